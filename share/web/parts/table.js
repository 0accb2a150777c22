// Tables: lists that come in pages from the hub, and small ones that are there as a whole.
import {h, replace} from './dom.js';
import {t} from './lang.js';
import {get, query, unlessLeft} from './api.js';
import {say} from './say.js';
import {problemText} from './form.js';

// Columns: {title, cell(item) -> nodes, kind: 'mono'|'number'|'tools'|...}; the first names its row.
function line(columns, item) {
  return h('tr', columns.map((column, i) => h(`${i ? 'td' : 'th'}${column.kind ? `.${column.kind}` : ''}`,
    {scope: i ? null : 'row', 'data-label': column.title}, column.cell(item))));
}

// What may be wider than its place: reached by the keyboard when it has to be scrolled.
export function wide(caption, inner) {
  const node = h('div.wide-table', inner);
  new ResizeObserver(() => {
    const scrolls = node.scrollWidth > node.clientWidth + 1;
    for (const [name, value] of [['tabindex', '0'], ['role', 'region'], ['aria-label', caption]]) {
      if (scrolls) node.setAttribute(name, value);
      else node.removeAttribute(name);
    }
  }).observe(inner);
  return node;
}

const header = (columns) => h('thead', h('tr', columns.map((c) => h(`th${c.kind ? `.${c.kind}` : ''}`, {scope: 'col'},
  c.kind === 'tools' ? h('span.unseen', c.title) : c.title))));

export function table(caption, columns, items, {kind = ''} = {}) {
  return wide(caption, h(`table.list${kind ? `.${kind}` : ''}`, h('caption.unseen', caption), header(columns),
    h('tbody', items.map((item) => line(columns, item)))));
}

// A list of the hub, page after page. `path` and `asked()` (names and values of the query) say which; `ask` asks for a page.
export function listing({caption, columns, path, asked = () => ({}), ask = get, empty = t('list.empty'), signal, key = (i) => i.id, size = 50, kind = ''}) {
  const body = h('tbody');
  const rows = new Map();
  const nothing = h('div.empty', {hidden: true}, typeof empty === 'string' ? h('p', empty) : empty);
  const more = h('button', {type: 'button', hidden: true}, t('list.more'));
  const trouble = h('div', {role: 'alert'});
  const shell = wide(caption, h(`table.list${kind ? `.${kind}` : ''}`, h('caption.unseen', caption), header(columns), body));
  const node = h('div.listing', shell, nothing, trouble, more);
  let next = null;
  let turn = 0;
  let words = null;

  const put = (item, before) => {
    const row = line(columns, item);
    rows.get(key(item))?.row.replaceWith(row);
    if (!rows.has(key(item))) before ? body.prepend(row) : body.append(row);
    rows.set(key(item), {row, item});
  };
  const show = (page, fresh) => {
    if (fresh) {
      body.replaceChildren();
      rows.clear();
    }
    page.items.forEach((item) => put(item));
    next = page.next;
    more.hidden = !next;
    nothing.hidden = rows.size > 0;
    shell.hidden = rows.size === 0;
  };
  const load = async ({fresh = true, quiet = false} = {}) => {
    const mine = ++turn;
    node.setAttribute('aria-busy', 'true');
    replace(trouble);
    try {
      const page = await ask(path + query({limit: size, cursor: fresh ? '' : next, ...asked()}), {signal});
      if (mine !== turn) return;
      const focused = body.contains(document.activeElement) && document.activeElement.closest('tr');
      const kept = focused && [...rows].find(([, r]) => r.row === focused)?.[0];
      show(page, fresh);
      if (kept && rows.has(kept)) rows.get(kept).row.querySelector('a, button')?.focus();
      const told = next ? t('list.shown-more', {n: rows.size}) : t('list.shown', {n: rows.size});
      if (!quiet && told !== words) say(told);
      words = told;
    } catch (error) {
      if (error.name !== 'AbortError' && mine === turn) replace(trouble, h('p.alert', problemText(error)));
    } finally {
      if (mine === turn) node.removeAttribute('aria-busy');
    }
  };
  more.addEventListener('click', async () => {
    const last = body.lastElementChild;
    await load({fresh: false});
    last?.nextElementSibling?.querySelector('a, button')?.focus();
  });
  // Up and down go from row to row.
  body.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const row = event.target.closest('tr');
    const to = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
    const link = to?.querySelector('a, button');
    if (!link || !event.target.matches('a, button')) return;
    event.preventDefault();
    link.focus();
  });
  return {node, load, put, has: (k) => rows.has(k), item: (k) => rows.get(k)?.item,
    drop: (k) => { rows.get(k)?.row.remove(); rows.delete(k); nothing.hidden = rows.size > 0; shell.hidden = rows.size === 0; },
    focus: (k) => rows.get(k)?.row.querySelector('a, button')?.focus()};
}

// Words behind a short wait: searching while somebody types.
export function unhurried(call, wait = 200) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => (async () => call(...args))().catch(unlessLeft), wait);
  };
}

// Draws what was asked for last: an answer that another overtook is dropped.
export function newest(ask, draw) {
  let turn = 0;
  return async () => {
    const mine = ++turn;
    const answer = await ask();
    if (mine === turn) draw(answer);
  };
}
