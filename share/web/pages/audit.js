// Who changed what, when, from what to what.
import {h} from '../parts/dom.js';
import {dateTime, t, word} from '../parts/lang.js';
import {listing, unhurried} from '../parts/table.js';

const OBJECTS = ['device', 'person', 'workspace', 'site', 'account', 'registrar', 'layer', 'report', 'user', 'token'];

const show = (value) => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

// Only what differs; all of it where something was made or removed.
function difference(entry) {
  const before = entry.before ?? {};
  const after = entry.after ?? {};
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((n) => show(before[n]) !== show(after[n]));
  if (!names.length) return '';
  return h('details', h('summary', t('audit.members', {n: names.length})), h('dl.changes', names.map((n) => h('div', h('dt.mono', n),
    h('dd', entry.before && h('del', show(before[n])), ' ', entry.after && h('ins', show(after[n])))))));
}

const objectOf = (entry) => [word('object', entry.object), ' ', entry.object === 'device' && entry.object_id ?
  h('a', {href: `/devices/${entry.object_id}`}, entry.name || entry.object_id) : entry.name || entry.object_id];

export async function auditPage({query, signal}) {
  const asked = {who: query.get('who') ?? '', object: query.get('object') ?? ''};
  const list = listing({caption: t('nav.audit'), path: '/audit', asked: () => asked, empty: t('audit.none'), signal, columns: [
    {title: t('time'), cell: (e) => h('time', {datetime: e.at}, dateTime(e.at))},
    {title: t('audit.who'), cell: (e) => [h('span', e.who.replace(/^user:/, '')), e.source && h('span.soft.mono.under-line', e.source)]},
    {title: t('audit.what'), cell: (e) => word('what', e.action.split('.').pop())},
    {title: t('audit.object'), cell: objectOf},
    {title: t('audit.change'), kind: 'text', cell: difference},
  ]});
  const who = h('input', {type: 'search', value: asked.who, autocomplete: 'off', spellcheck: 'false', maxlength: 64});
  who.addEventListener('input', unhurried(() => {
    const name = who.value.trim();
    asked.who = name && !name.includes(':') ? `user:${name}` : name;
    list.load();
  }));
  const object = h('select', {onchange: () => {
    asked.object = object.value;
    list.load();
  }}, h('option', {value: ''}, t('filter.all')), OBJECTS.map((o) => h('option', {value: o, selected: o === asked.object}, word('object', o))));
  await list.load({quiet: true});
  return {title: t('nav.audit'), body: [h('form.filters', {role: 'search', onsubmit: (event) => event.preventDefault()}, h('label.filter', h('span', t('audit.who')), who), h('label.filter', h('span', t('audit.object')), object)), list.node]};
}
