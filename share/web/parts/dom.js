// Elements from values. Whatever is shown becomes a text node; markup is never made of strings.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
  else if (name === 'value' || name === 'checked' || name === 'selected' || name === 'indeterminate') node[name] = value;
  else node.setAttribute(name, value === true ? '' : String(value));
}

// "td.mono.soft" is a td with two classes; attributes are optional: h('p', 'text'), h('a', {href}, 'text').
function make(create, what, rest) {
  const [tag, ...classes] = what.split('.');
  const node = create(tag);
  if (classes.length) node.setAttribute('class', classes.join(' '));
  const given = rest.length && rest[0] !== null && typeof rest[0] === 'object' && !Array.isArray(rest[0]) &&
    !(rest[0] instanceof Node);
  if (given) for (const [name, value] of Object.entries(rest[0])) set(node, name, value);
  return fill(node, given ? rest.slice(1) : rest);
}

export const h = (what, ...rest) => make((tag) => document.createElement(tag), what, rest);
export const s = (what, ...rest) => make((tag) => document.createElementNS(SVG, tag), what, rest);

export function replace(node, ...children) {
  node.replaceChildren();
  return fill(node, children);
}

let ids = 0;
export const unique = (prefix) => `${prefix}-${++ids}`;

// Small signs, one line high; drawn here so that no font or file is needed.
const SIGNS = {
  check: 'M3 8.5l3.2 3.5L13 4.5',
  cross: 'M4 4l8 8m0-8l-8 8',
  dash: 'M4 8h8',
  skip: 'M4 4l4 4-4 4m5-8l4 4-4 4',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4L14 14',
  plus: 'M8 3v10M3 8h10',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  file: 'M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2',
  warn: 'M8 2.2L14.6 13.4H1.4zM8 6.4v3.4m0 1.6v.4',
  info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 5v.4M8 7.4v3.8',
  away: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.4 1.6',
  user: 'M8 2.2a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.8 13.8c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 4.4',
  room: 'M2.5 13.5v-11h8v11M10.5 6h3v7.5M1.5 13.5h13M6 5.5v.4M6 8.5v.4M6 11.2v.4',
  phone: 'M2.5 5.5h11v8h-11zM4.5 5.5v-3h7v3M5.2 8.6h.4m2.2 0h.4m2.2 0h.4M5.2 11h.4m2.2 0h.4m2.2 0h.4',
};

export function sign(name) {
  return s('svg.icon', {viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false'}, s('path', {d: SIGNS[name]}));
}
