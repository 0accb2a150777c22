// Who may use this: people with passwords, programs with tokens.
import {h} from '../parts/dom.js';
import {dateTime, t, word} from '../parts/lang.js';
import {patch, post, remove} from '../parts/api.js';
import {action, field} from '../parts/form.js';
import {ask, confirm, dialog} from '../parts/dialog.js';
import {listing} from '../parts/table.js';
import {when} from '../parts/status.js';
import {copyButton} from '../parts/copy.js';
import {who} from '../parts/session.js';
import {note} from '../parts/say.js';
import {passwordFields} from './door.js';

const ROLES = ['reader', 'operator', 'admin'];

const roleField = (value) => field({name: 'role', label: t('role'), kind: 'select', value, hint: t('role.hint'), options: ROLES.map((r) => [r, word('role', r)])});

// A list with "new" and, in each row, what can be done.
function managed({title, text, path, columns, none, signal, add}) {
  const list = listing({caption: title, path, columns: columns(() => list), empty: none, signal});
  return list.load({quiet: true}).then(() => ({title, body: [h('p.lead', text), list.node], tools: action(add.title, async () => {
    if (await add.call()) await list.load({quiet: true});
  }, {kind: 'primary', icon: 'plus'})}));
}

async function dropped(list, item, {title, text, path, name}) {
  const done = await confirm(title, text, {save: t('remove'), danger: true, send: async () => {
    await remove(`${path}/${item.id}`);
    return true;
  }});
  if (!done) return;
  list.drop(item.id);
  note(t('removed', {name}));
  document.querySelector('h1').focus();
}

async function changeUser(item, list) {
  const done = await ask(t('users.edit', {name: item.user}), {fields: [roleField(item.role)], send: (v) => patch(`/users/${item.id}`, {role: v.role})});
  if (!done) return;
  list.put(done);
  note(t('saved'));
}

async function changePassword(item) {
  const done = await ask(t('users.password', {name: item.user}), {text: t('users.password-text'), fields: passwordFields(),
    send: (v) => patch(`/users/${item.id}`, {password: v.password})});
  if (done) note(t('saved'));
}

export const usersPage = ({signal}) => managed({title: t('nav.users'), text: t('users.text'), path: '/users', none: t('list.empty'), signal,
  columns: (list) => [
    {title: t('user.name'), cell: (u) => [u.user, u.user === who().user && h('span.soft', ` ${t('users.you')}`)]},
    {title: t('role'), cell: (u) => word('role', u.role)},
    {title: t('users.last'), cell: (u) => when(u.last_login)},
    {title: t('users.since'), cell: (u) => dateTime(u.created_at)},
    {title: t('actions'), kind: 'tools', cell: (u) => [action(t('role.change'), () => changeUser(u, list())), action(t('users.new-password'), () => changePassword(u)),
      action(t('remove'), () => dropped(list(), u, {title: t('users.remove'), text: t('users.remove-text', {name: u.user}), path: '/users', name: u.user}), {kind: 'danger'})]},
  ], add: {title: t('users.new'), call: async () => {
    const user = field({name: 'user', label: t('user.name'), required: true, hint: t('user.name-hint'), maxlength: 64});
    user.covers = ['user-used', 'conflict'];
    const made = await ask(t('users.new'), {fields: [user, roleField('operator'), ...passwordFields()],
      send: (v) => post('/users', {user: v.user.trim(), password: v.password, role: v.role})});
    if (made) note(t('added', {name: made.user}));
    return made;
  }}});

export const tokensPage = ({signal}) => managed({title: t('nav.tokens'), text: t('tokens.text'), path: '/tokens', none: t('tokens.none'), signal,
  columns: (list) => [
    {title: t('name'), cell: (k) => k.name}, {title: t('role'), cell: (k) => word('role', k.role)}, {title: t('tokens.used'), cell: (k) => when(k.last_used)},
    {title: t('tokens.until'), cell: (k) => (k.expires_at ? dateTime(k.expires_at) : t('tokens.forever'))},
    {title: t('actions'), kind: 'tools', cell: (k) => action(t('tokens.end'), () => dropped(list(), k, {title: t('tokens.end'),
      text: t('tokens.end-text', {name: k.name}), path: '/tokens', name: k.name}), {kind: 'danger'})},
  ], add: {title: t('tokens.new'), call: async () => {
    const days = field({name: 'days', label: t('tokens.days'), kind: 'select', value: '90', options: [[30, t('days', {n: 30})], [90, t('days', {n: 90})], [365, t('days', {n: 365})], ['', t('tokens.forever')]]});
    const made = await ask(t('tokens.new'), {fields: [field({name: 'name', label: t('name'), required: true, maxlength: 200, hint: t('tokens.name-hint')}), roleField('reader'), days],
      send: (v) => post('/tokens', {name: v.name.trim(), role: v.role, ...(v.days ? {days: Number(v.days)} : {})})});
    if (!made) return null;
    const code = h('code.big', made.token);
    await dialog(t('tokens.made'), (close) => [h('p', t('tokens.made-text')), h('div.command', code, copyButton(code, t('tokens.token'))), h('p.hint', t('once')),
      h('div.buttons', h('button.primary', {type: 'button', onclick: () => close(true)}, t('done')))]);
    return made;
  }}});
