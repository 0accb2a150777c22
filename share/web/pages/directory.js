// People, workspaces and sites: who and where phones are for.
import {h, sign} from '../parts/dom.js';
import {number, t} from '../parts/lang.js';
import {get, patch, post, remove} from '../parts/api.js';
import {action, field} from '../parts/form.js';
import {ask, confirm} from '../parts/dialog.js';
import {listing, unhurried} from '../parts/table.js';
import {forgetNames, nameOf, sites} from '../parts/names.js';
import {can} from '../parts/session.js';
import {note} from '../parts/say.js';

const PATHS = {person: '/people', workspace: '/workspaces', site: '/sites'};

async function fieldsOf(kind, item = {}) {
  const places = kind === 'site' ? [] : await sites();
  return [
    field({name: 'name', label: t('name'), value: item.name ?? '', required: true, maxlength: 200}),
    kind === 'person' && field({name: 'mail', label: t('mail'), kind: 'email', value: item.mail ?? '', maxlength: 254}),
    kind !== 'site' && places.length > 0 && field({name: 'site_id', label: t('site'), kind: 'select', value: item.site_id ?? '',
      options: [['', t('site.none')], ...places.map((s) => [s.id, s.name])]}),
    field({name: 'note', label: t('note'), kind: 'area', value: item.note ?? '', maxlength: 2000}),
  ].filter(Boolean);
}

function body(kind, v) {
  const b = {name: v.name.trim(), note: v.note};
  if (kind === 'person') b.mail = v.mail.trim() || null;
  if (v.site_id !== undefined) b.site_id = v.site_id || null;
  return b;
}

// Asks for a new person, workspace or site; gives it, or nothing.
export async function newOwner(kind, name = '') {
  const made = await ask(t(`${kind}.new`), {fields: await fieldsOf(kind, {name}), send: (v) => post(PATHS[kind], body(kind, v))});
  if (made) forgetNames();
  return made;
}

async function edit(kind, id, list) {
  const item = await get(`${PATHS[kind]}/${id}`);
  const done = await ask(t(`${kind}.edit`), {fields: await fieldsOf(kind, item), send: (v) => patch(`${PATHS[kind]}/${id}`, body(kind, v), item.etag)});
  if (!done) return;
  forgetNames();
  list.put(done);
  list.focus(done.id);
  note(t('saved'));
}

async function drop(kind, item, list) {
  const done = await confirm(t(`${kind}.remove`), t(item.devices ? 'directory.has-devices' : 'directory.remove-text', {name: item.name, n: item.devices}),
    {save: t('remove'), danger: true, send: async () => {
      await remove(`${PATHS[kind]}/${item.id}`);
      return true;
    }});
  if (!done) return;
  forgetNames();
  list.drop(item.id);
  note(t('removed', {name: item.name}));
  document.querySelector('h1').focus();
}

const devicesOf = (kind, item) => h('a', {href: kind === 'site' ? `/devices?site_id=${item.id}` : `/devices?owner_id=${item.id}`},
  number(item.devices), h('span.unseen', ` ${t('nav.devices')}`));

// The search box of a list; the list is asked again a little after the last key.
export function searchBox(label, asked, list) {
  const input = h('input', {type: 'search', 'aria-label': label, placeholder: label, autocomplete: 'off', spellcheck: 'false', maxlength: 100});
  const typed = unhurried(() => {
    asked.q = input.value.trim();
    list.load();
  });
  input.addEventListener('input', (event) => { if (!event.isComposing) typed(); });
  input.addEventListener('compositionend', typed);
  return h('form.filters', {role: 'search', onsubmit: (event) => event.preventDefault()}, h('div.search', sign('search'), input));
}

const directory = (kind, title) => async ({query, signal}) => {
  const places = kind === 'site' ? [] : await sites();
  const asked = {q: query.get('q') ?? ''};
  let list = null;
  const columns = [
    {title: t('name'), cell: (i) => (can('operator') ? h('button.link', {type: 'button', onclick: () => edit(kind, i.id, list)}, i.name) : i.name)},
    kind === 'person' && {title: t('mail'), cell: (i) => i.mail ?? ''},
    kind !== 'site' && {title: t('site'), cell: (i) => nameOf(places, i.site_id)},
    {title: t('nav.devices'), kind: 'number', cell: (i) => devicesOf(kind, i)},
    {title: t('note'), kind: 'text', cell: (i) => i.note},
    can('operator') && {title: t('actions'), kind: 'tools', cell: (i) => [action(t('edit'), () => edit(kind, i.id, list)),
      action(t('remove'), () => drop(kind, i, list), {kind: 'danger'})]},
  ].filter(Boolean);
  list = listing({caption: t(title), path: PATHS[kind], columns, asked: () => asked, empty: t(`${kind}.none`), signal});
  await list.load({quiet: true});
  const add = async () => {
    const made = await newOwner(kind);
    if (!made) return;
    await list.load({quiet: true});
    list.focus(made.id);
    note(t('added', {name: made.name}));
  };
  return {title: t(title), body: [searchBox(t('directory.search'), asked, list), list.node],
    tools: can('operator') && action(t(`${kind}.new`), add, {kind: 'primary', icon: 'plus'})};
};

export const peoplePage = directory('person', 'nav.people');
export const workspacesPage = directory('workspace', 'nav.workspaces');
export const sitesPage = directory('site', 'nav.sites');
