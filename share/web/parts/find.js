// A field that finds one of many while somebody types: a combobox with a list, by keyboard and mouse.
import {h, replace, sign, unique} from './dom.js';
import {t} from './lang.js';
import {unhurried} from './table.js';

// `search(text)` -> items; `show(item)` -> {title, text}. `make`: {title, call(text)} offers to make a new one.
export function finder({name, label, hint, search, show, value = null, required = true, make, covers, onchange}) {
  const id = unique(name);
  const listId = `${id}-list`;
  let chosen = value;
  let options = [];
  let at = -1;
  let turn = 0;

  const list = h('ul.options', {id: listId, role: 'listbox', 'aria-label': label, hidden: true});
  const input = h('input', {id, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': listId, required: required || null,
    value: value ? show(value).title : '', 'aria-describedby': hint ? `${id}-hint` : null});
  const problem = h('p.refusal', {id: `${id}-error`, hidden: true});
  const told = h('p.unseen', {'aria-live': 'polite'});

  const error = (text) => {
    problem.hidden = !text;
    replace(problem, text && [sign('warn'), h('span', text)]);
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
    const described = [hint && `${id}-hint`, text && `${id}-error`].filter(Boolean).join(' ');
    if (described) input.setAttribute('aria-describedby', described);
    else input.removeAttribute('aria-describedby');
  };
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const point = (to) => {
    at = to;
    [...list.children].forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
    const here = list.children[at];
    if (here) input.setAttribute('aria-activedescendant', here.id);
    else input.removeAttribute('aria-activedescendant');
    here?.scrollIntoView({block: 'nearest'});
  };
  const take = async (option) => {
    close();
    if (option.make) {
      const made = await make.call(input.value.trim());
      if (!made) return input.focus();
      chosen = made;
    } else {
      chosen = option.item;
    }
    input.value = show(chosen).title;
    error('');
    input.focus();
    onchange?.(chosen);
  };
  const words = (option) => (option.make ? '' : `${show(option.item).title}\n${show(option.item).text}`);
  // What is pointed at stays so when the list is drawn anew while somebody types.
  const draw = (before) => {
    replace(list, options.map((option, i) => h(`li${option.make ? '.make' : ''}`, {id: `${listId}-${i}`, role: 'option',
      'aria-selected': 'false', onmousedown: (event) => event.preventDefault(), onclick: () => take(option)},
    option.make ? [sign('plus'), h('span', option.make)] : [h('span', show(option.item).title), h('span.soft', show(option.item).text)])));
    list.hidden = options.length === 0;
    input.setAttribute('aria-expanded', String(options.length > 0));
    point(before ? options.findIndex((option) => words(option) === words(before)) : -1);
  };
  const look = async () => {
    const mine = ++turn;
    const text = input.value.trim();
    const items = await search(chosen ? '' : text);
    if (mine !== turn || document.activeElement !== input) return;
    const before = options[at];
    options = items.slice(0, 20).map((item) => ({item}));
    if (make) options.push({make: text && !chosen ? t('find.make-named', {what: make.title, name: text}) : make.title});
    draw(before);
    told.textContent = t('find.found', {n: items.length});
  };
  const soon = unhurried(look, 150);
  input.addEventListener('input', () => {
    if (chosen) onchange?.(null);
    chosen = null;
    error('');
    soon();
  });
  input.addEventListener('click', () => { if (list.hidden) look(); });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) look();
      else if (event.key === 'ArrowDown') point((at + 1) % options.length);
      else point(at <= 0 ? options.length - 1 : at - 1);
    } else if (event.key === 'Enter' && !list.hidden) {
      event.preventDefault();
      if (at >= 0) take(options[at]);
      else if (options.length && !options[0].make) take(options[0]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  const node = h('div.field.find', h('label', {for: id}, label, required && h('span.must', {'aria-hidden': 'true'}, '*')),
    h('div.find-box', sign('search'), input, list), hint && h('p.hint', {id: `${id}-hint`}, hint), problem, told);
  const check = () => {
    if (chosen || (!required && !input.value.trim())) return true;
    error(t(input.value.trim() ? 'find.choose' : 'field.missing'));
    return false;
  };
  return {node, input, name, label, error, check, covers, get value() { return chosen; },
    set value(item) { chosen = item; input.value = item ? show(item).title : ''; }};
}
