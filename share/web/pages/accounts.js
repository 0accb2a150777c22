// Accounts (what registers) and registrars (where, if not with this server's own edge).
import {h} from '../parts/dom.js';
import {number, t, word} from '../parts/lang.js';
import {get, patch, post, remove} from '../parts/api.js';
import {action, field} from '../parts/form.js';
import {ask, confirm} from '../parts/dialog.js';
import {listing} from '../parts/table.js';
import {forgetNames, nameOf, registrars} from '../parts/names.js';
import {can} from '../parts/session.js';
import {note} from '../parts/say.js';
import {searchBox} from './directory.js';

const TRANSPORTS = ['auto', 'tls', 'tcp', 'udp'];

async function accountFields(item = {}) {
  const foreign = await registrars();
  const user = field({name: 'user', label: t('account.user'), value: item.user ?? '', required: true, mono: true, maxlength: 128, hint: t('account.user-hint')});
  user.covers = ['user-used'];
  const told = field({name: 'number', label: t('number'), value: item.number ?? '', mono: true, maxlength: 32});
  told.covers = ['number-used', 'bad-number'];
  return [user, told, field({name: 'display', label: t('account.display'), value: item.display ?? '', maxlength: 200}),
    field({name: 'secret', label: t('account.secret'), kind: 'password', autocomplete: 'new-password', maxlength: 128,
      hint: t(item.id ? 'account.secret-kept' : 'account.secret-made')}),
    field({name: 'auth', label: t('account.auth'), value: item.auth ?? '', mono: true, maxlength: 128, hint: t('account.auth-hint')}),
    field({name: 'domain', label: t('account.domain'), value: item.domain ?? '', mono: true, maxlength: 255, hint: t('account.domain-hint')}),
    field({name: 'registrar_id', label: t('registrar'), kind: 'select', value: item.registrar_id ?? '',
      options: [['', t('registrar.own')], ...foreign.map((r) => [r.id, r.name])]})];
}

function accountBody(v, was) {
  const b = {user: v.user.trim(), number: v.number.trim(), display: v.display.trim(), auth: v.auth.trim(), registrar_id: v.registrar_id || null};
  if (v.domain.trim() || was) b.domain = v.domain.trim();
  if (v.secret) b.secret = v.secret;
  return b;
}

function registrarFields(item = {}) {
  return [field({name: 'name', label: t('name'), value: item.name ?? '', required: true, maxlength: 200}),
    field({name: 'proxy', label: t('registrar.proxy'), value: item.proxy ?? '', required: true, mono: true, maxlength: 255, hint: t('registrar.proxy-hint')}),
    field({name: 'outbound_proxy', label: t('registrar.outbound'), value: item.outbound_proxy ?? '', mono: true, maxlength: 255, hint: t('registrar.outbound-hint')}),
    field({name: 'transport', label: t('registrar.transport'), kind: 'select', value: item.transport ?? 'auto', options: TRANSPORTS.map((v) => [v, word('transport', v)])}),
    field({name: 'realm', label: t('registrar.realm'), value: item.realm ?? '', mono: true, maxlength: 255, hint: t('registrar.realm-hint')})];
}

const trimmed = (v) => Object.fromEntries(Object.entries(v).map(([name, value]) => [name, value.trim()]));

// A list whose rows are edited in a dialog and removed after a question.
async function managed({title, path, columns, name, fields, body, kind, search, signal, text}) {
  const asked = {};
  let list = null;
  const edit = async (id) => {
    const item = await get(`${path}/${id}`);
    const done = await ask(t(`${kind}.edit`), {fields: await fields(item), send: (v) => patch(`${path}/${id}`, body(v, item), item.etag)});
    if (!done) return;
    forgetNames();
    list.put(done);
    list.focus(done.id);
    note(t('saved'));
  };
  const drop = async (item) => {
    const done = await confirm(t(`${kind}.remove`), t(`${kind}.remove-text`, {name: name(item)}), {save: t('remove'), danger: true, send: async () => {
      await remove(`${path}/${item.id}`);
      return true;
    }});
    if (!done) return;
    forgetNames();
    list.drop(item.id);
    note(t('removed', {name: name(item)}));
    document.querySelector('h1').focus();
  };
  const add = async () => {
    const made = await ask(t(`${kind}.new`), {fields: await fields(), send: (v) => post(path, body(v))});
    if (!made) return;
    forgetNames();
    await list.load({quiet: true});
    list.focus(made.id);
    note(t('added', {name: name(made)}));
  };
  const shown = [{...columns[0], cell: (i) => (can('operator') ? h('button.link', {type: 'button', onclick: () => edit(i.id)}, columns[0].cell(i)) : columns[0].cell(i))},
    ...columns.slice(1), can('operator') && {title: t('actions'), kind: 'tools', cell: (i) => [action(t('edit'), () => edit(i.id)),
      action(t('remove'), () => drop(i), {kind: 'danger'})]}].filter(Boolean);
  list = listing({caption: title, path, columns: shown, asked: () => asked, empty: t(`${kind}.none`), signal});
  await list.load({quiet: true});
  return {title, body: [text && h('p.lead', text), search && searchBox(search, asked, list), list.node],
    tools: can('operator') && action(t(`${kind}.new`), add, {kind: 'primary', icon: 'plus'})};
}

export async function accountsPage({signal}) {
  const foreign = await registrars();
  return managed({title: t('nav.accounts'), path: '/accounts', kind: 'account', signal, fields: accountFields, body: accountBody, search: t('account.search'),
    name: (a) => a.number || a.user, columns: [
      {title: t('account.user'), kind: 'mono', cell: (a) => a.user}, {title: t('number'), kind: 'mono', cell: (a) => a.number},
      {title: t('account.display'), cell: (a) => a.display}, {title: t('account.domain'), kind: 'mono', cell: (a) => a.domain},
      {title: t('registrar'), cell: (a) => (a.registrar_id ? nameOf(foreign, a.registrar_id) : t('registrar.own'))},
      {title: t('nav.devices'), kind: 'number', cell: (a) => (a.lines ? h('a', {href: `/devices?q=${encodeURIComponent(a.number || a.user)}`}, number(a.lines)) : number(0))}]});
}

export const registrarsPage = ({signal}) => managed({title: t('nav.registrars'), path: '/registrars', kind: 'registrar', signal, text: t('registrar.text'),
  fields: registrarFields, body: trimmed, name: (r) => r.name, columns: [
    {title: t('name'), cell: (r) => r.name}, {title: t('registrar.proxy'), kind: 'mono', cell: (r) => r.proxy},
    {title: t('registrar.outbound'), kind: 'mono', cell: (r) => r.outbound_proxy}, {title: t('registrar.transport'), cell: (r) => word('transport', r.transport)},
    {title: t('nav.accounts'), kind: 'number', cell: (r) => number(r.accounts)}]});
