// One device: its head with status and actions, and its parts - journey, lines, configuration, reports, access.
import {h, replace} from '../parts/dom.js';
import {dateTime, t} from '../parts/lang.js';
import {get, patch, post, put, remove} from '../parts/api.js';
import {on} from '../parts/live.js';
import {again, go} from '../parts/router.js';
import {action, field} from '../parts/form.js';
import {ask, confirm, dialog} from '../parts/dialog.js';
import {table, unhurried} from '../parts/table.js';
import {badge, when} from '../parts/status.js';
import {copyButton} from '../parts/copy.js';
import {nameOf, registrars, sites} from '../parts/names.js';
import {readMac, showMac} from '../parts/mac.js';
import {can} from '../parts/session.js';
import {note, say} from '../parts/say.js';
import {accountFinder, macField, modelFinder, ownerFinder} from './add.js';
import {macText, ownerOf} from './devices.js';
import {journeyParts} from './journey.js';
import {effectiveParts} from './effective.js';
import {reportsParts} from './reports.js';

const PARTS = [['', 'journey'], ['/lines', 'lines'], ['/configuration', 'configuration'], ['/reports', 'reports'], ['/access', 'access']];

// Its MAC address, or whose it is while it waits for its phone.
const called = (device) => (device.mac ? showMac(device.mac) : device.owner.name);

// -- what can be done with it

const order = (device, kind) => action(t(`action.${kind}`), async () => {
  if (kind !== 'report' && !await confirm(t(`action.${kind}`), t(`action.${kind}-text`), {save: t(`action.${kind}`), send: () => true})) return;
  const done = await post(`/devices/${device.id}/actions`, {action: kind});
  note(t(done.sent ? 'action.sent' : 'action.not-registered', {n: done.sent}), done.sent ? 'done' : 'trouble');
});

async function replacePhone(device) {
  const mac = macField({label: t('replace.mac')});
  const model = await modelFinder({label: t('replace.model'), required: false, hint: t('replace.model-hint', {model: device.model})});
  const done = await ask(t('replace.title'), {text: t('replace.text', {mac: called(device)}), fields: [mac, model], save: t('replace.do'),
    send: (v) => post(`/devices/${device.id}/replace`, {mac: readMac(v.mac).digits, ...(v.model ? {model: v.model.name} : {})}, {etag: device.etag})});
  if (!done) return;
  note(t('replace.done', {mac: showMac(done.mac)}));
  await again();
}

async function release(device) {
  const done = await confirm(t('release.title'), t('release.text', {mac: called(device)}), {save: t('release.do'), danger: true,
    send: async () => {
      await remove(`/devices/${device.id}`, device.etag);
      return true;
    }});
  if (!done) return;
  note(t('release.done', {mac: called(device)}));
  go('/devices');
}

async function edit(device) {
  const [places, model] = await Promise.all([sites(), modelFinder({label: t('device.model')})]);
  model.value = {name: device.model, title: device.model, lines: 0};
  const kind = device.owner.kind;
  const owner = ownerFinder(kind, {label: t(kind === 'person' ? 'owner.person' : 'owner.workspace'), hint: '', value: device.owner});
  const fields = [owner, model, ...detailFields(device, places)];
  const done = await ask(t('device.edit'), {fields, send: (v) => patch(`/devices/${device.id}`, {owner: {kind, id: v.owner.id},
    model: v.model.name, site_id: v.site_id || null, serial: v.serial.trim(), note: v.note}, device.etag)});
  if (!done) return;
  note(t('saved'));
  await again();
}

const detailFields = (device, places) => [
  field({name: 'site_id', label: t('site'), kind: 'select', value: device.site_id ?? '', options: [['', t('site.none')], ...places.map((s) => [s.id, s.name])]}),
  field({name: 'serial', label: t('device.serial'), value: device.serial, mono: true, maxlength: 64}),
  field({name: 'note', label: t('note'), kind: 'area', value: device.note, maxlength: 2000}),
];

const tools = (device) => (can('operator') ? [action(t('edit'), () => edit(device)), order(device, 'resync'), order(device, 'reboot'),
  order(device, 'report'), action(t('replace.open'), () => replacePhone(device)), action(t('release.open'), () => release(device), {kind: 'danger'})] : []);

// -- the head, which follows what happens

function facts(device, places, foreign) {
  const pairs = [[t('device.model'), device.model], [t('device.serial'), device.serial && h('span.mono', device.serial)],
    [t('site'), nameOf(places, device.site_id)], [t('registrar'), device.registrar_id && nameOf(foreign, device.registrar_id)], [t('device.numbers'), device.lines.map((l) => l.number || l.user).join(', ')],
    [t('device.seen'), when(device.last_seen)], [t('device.published'), when(device.published_at, t('device.not-published'))], [t('note'), device.note]];
  return h('dl.facts', pairs.filter(([, v]) => v).map(([name, value]) => h('div', h('dt', name), h('dd', value))));
}

const former = (device) => (device.mac_history.length ? h('p.soft.former', t('device.former'), ' ', device.mac_history.map((m, i) => [i ? ', ' : '',
  h('span.mac', showMac(m.mac)), ' ', t('device.until', {time: dateTime(m.until)})])) : null);

function frame(device, part, places, foreign, body) {
  const status = h('span.now', badge(device.status), device.status_since && h('span.soft', t('device.since'), ' ', when(device.status_since)));
  return {title: t('device.title', {mac: called(device), part: t(`device.${part}`)}),
    heading: [macText(device.mac)], above: h('p.above', h('a', {href: '/devices'}, t('nav.devices'))),
    below: [h('p.under', h('span.owner', ownerOf(device)), status), former(device)], tools: tools(device), status,
    body: [facts(device, places, foreign), h('nav.parts', {'aria-label': t('device.parts')}, h('ul', PARTS.map(([path, name]) =>
      h('li', h('a', {href: `/devices/${device.id}${path}`, 'aria-current': name === part ? 'page' : null}, t(`device.${name}`)))))), body]};
}

// `make(device, context)` gives the body of the part, and may give `anew`, called when something happened.
const partPage = (part, make) => async (context) => {
  const {params, signal} = context;
  let latest = null;
  let told = (e) => { latest = e; };
  on('device.status', (e) => { if (e.id === params.id) told(e); }, signal);
  const [device, places, foreign] = await Promise.all([get(`/devices/${params.id}`, {signal}), sites(), registrars()]);
  const {body, anew} = await make(device, context);
  const page = frame(device, part, places, foreign, body);
  const changed = unhurried((e) => {
    replace(page.status, badge(e.status), h('span.soft', t('device.since'), ' ', when(e.status_since)));
    return anew?.();
  }, 150);
  told = (e) => {
    if (e.status !== device.status) say(t('devices.became', {mac: called(device), status: t(`status.${e.status}`)}));
    device.status = e.status;
    changed(e);
  };
  // What was told while the parts were asked for.
  if (latest) told(latest);
  on('reset', () => anew?.(), signal);
  return page;
};

export const deviceJourney = partPage('journey', journeyParts);
export const deviceConfiguration = partPage('configuration', effectiveParts);
export const deviceReports = partPage('reports', reportsParts);

// -- lines

async function saveLines(device, lines, said) {
  await put(`/devices/${device.id}/lines`, {lines: lines.map(({n, account_id, label, shared}) => ({n, account_id, label, shared}))}, device.etag);
  note(said);
  await again();
}

async function lineDialog(device, line) {
  const account = accountFinder(t('line.account'), {required: true, hint: t('line.account-hint')});
  if (line) account.value = {id: line.account_id, number: line.number, user: line.user};
  const fields = [account, field({name: 'label', label: t('line.label'), value: line?.label ?? '', hint: t('line.label-hint'), maxlength: 200}),
    field({name: 'shared', label: t('line.shared'), kind: 'check', value: line?.shared ?? false})];
  const used = new Set(device.lines.map((l) => l.n));
  let free = 1;
  while (used.has(free)) free++;
  const n = line?.n ?? free;
  await ask(line ? t('line.edit', {n}) : t('line.add'), {fields, send: (v) => saveLines(device,
    [...device.lines.filter((l) => l.n !== n), {n, account_id: v.account_id.id, label: v.label.trim(), shared: v.shared}].sort((a, b) => a.n - b.n), t('saved'))});
}

export const deviceLines = partPage('lines', (device) => {
  const edits = (line) => [action(t('edit'), () => lineDialog(device, line)), action(t('remove'), async () => {
    await confirm(t('line.remove', {n: line.n}), t('line.remove-text'), {save: t('remove'), danger: true,
      send: () => saveLines(device, device.lines.filter((l) => l.n !== line.n), t('saved'))});
  }, {kind: 'danger'})];
  const columns = [{title: t('line.n'), cell: (l) => l.n}, {title: t('number'), kind: 'mono', cell: (l) => l.number},
    {title: t('account.user'), kind: 'mono', cell: (l) => l.user}, {title: t('line.label'), cell: (l) => l.label},
    {title: t('line.shared'), cell: (l) => (l.shared ? t('yes') : t('no'))}];
  if (can('operator')) columns.push({title: t('actions'), kind: 'tools', cell: edits});
  return {body: h('section', h('h2', t('device.lines')), device.lines.length ? table(t('device.lines'), columns, device.lines) :
    h('div.empty', h('p', t('line.none'))), can('operator') && h('p.buttons', action(t('line.add'), () => lineDialog(device), {icon: 'plus'})))};
});

// -- access: by code, by password, by window

const shown = (title, text, value) => dialog(title, (close) => {
  const code = h('code.big', value);
  return [h('p', text), h('div.command', code, copyButton(code, title)), h('p.hint', t('once')),
    h('div.buttons', h('button.primary', {type: 'button', onclick: () => close(true)}, t('done')))];
});

async function makeCode(device) {
  const made = await post(`/devices/${device.id}/code`, {});
  await shown(t('code.title'), t('code.text', {time: dateTime(made.expires_at)}), made.code.replace(/(.{4})(?=.)/g, '$1 '));
  await again();
}

async function makePassword(device) {
  const made = await post(`/devices/${device.id}/password`, {});
  await shown(t('password.title'), t(made.previous_until ? 'password.text-old' : 'password.text',
    {user: made.username, time: dateTime(made.previous_until)}), made.password);
}

async function openWindow(device) {
  const minutes = field({name: 'minutes', label: t('window.minutes'), kind: 'select', value: '15',
    options: [5, 15, 30, 60, 240].map((n) => [n, t('minutes', {n})])});
  const done = await ask(t('window.title'), {text: t('window.warning'), fields: [minutes], save: t('window.open'),
    send: (v) => post(`/devices/${device.id}/window`, {minutes: Number(v.minutes)})});
  if (done) await again();
}

export const deviceAccess = partPage('access', async (device, {signal}) => {
  const open = (await get('/windows?limit=200', {signal})).items.filter((w) => w.device_id === device.id);
  const may = can('operator');
  const windows = open.map((w) => h('p.notice', t('window.is-open', {time: dateTime(w.expires_at), who: w.opened_by}), ' ',
    may && action(t('window.close'), async () => {
      await remove(`/windows/${w.id}`);
      note(t('window.closed'));
      await again();
    })));
  const key = device.url_key && h('code', device.url_key);
  return {body: h('div.cards-3',
    h('section', h('h2', t('code.title')), h('p', t('code.about')), device.code_expires_at && h('p.notice', t('code.is-open', {time: dateTime(device.code_expires_at)})), may && h('p.buttons', action(t('code.make'), () => makeCode(device)),
      device.code_expires_at && action(t('code.end'), async () => {
        await remove(`/devices/${device.id}/code`);
        note(t('code.ended'));
        await again();
      }))),
    h('section', h('h2', t('password.title')), h('p', t('password.about', {user: showMac(device.mac).replaceAll(':', '')})),
      may && h('p.buttons', action(t('password.make'), () => makePassword(device)))),
    h('section', h('h2', t('window.title')), h('p', t('window.about')), windows, may && !open.length && h('p.buttons', action(t('window.open'), () => openWindow(device)))),
    key && h('section', h('h2', t('key.title')), h('p', t('key.about')), h('div.command', key, copyButton(key, t('key.title')))))};
});

