// Adding a device, step by step: for whom, which user or workspace, which model, by MAC address or activation code.
import {h, replace, sign} from '../parts/dom.js';
import {dateTime, t} from '../parts/lang.js';
import {get, post, Problem, query as asQuery} from '../parts/api.js';
import {choice, field, form} from '../parts/form.js';
import {finder} from '../parts/find.js';
import {readMac, showMac} from '../parts/mac.js';
import {models, sites} from '../parts/names.js';
import {unhurried} from '../parts/table.js';
import {badge} from '../parts/status.js';
import {copyButton} from '../parts/copy.js';
import {say} from '../parts/say.js';
import {newOwner} from './directory.js';

const STEPS = ['usage', 'owner', 'model', 'way'];

// A field for a MAC address: looked at while somebody types, and asked of the hub once it is whole.
export function macField({name = 'mac', label = t('device.mac')} = {}) {
  const told = h('p.checked', {'aria-live': 'polite'});
  const f = field({name, label, required: true, mono: true, hint: t('mac.hint'), placeholder: '00:00:5e:00:53:01', maxlength: 40,
    autocapitalize: 'none', inputmode: 'text'});
  f.node.append(told);
  f.covers = ['bad-mac', 'mac-used', 'mac-duplicate'];
  let turn = 0;
  const ask = unhurried(async (digits) => {
    const mine = ++turn;
    try {
      const [found] = (await post('/devices/validate-macs', {macs: [digits]})).macStatus;
      if (mine !== turn) return;
      if (found.state === 'AVAILABLE') replace(told, sign('check'), h('span', t('mac.free', {mac: showMac(digits)})));
      else f.error(t(found.errorCode === 5675 ? 'problem.mac-used' : 'problem.bad-mac', {detail: found.message}));
    } catch (error) {
      // Saving will tell.
      if (!(error instanceof Problem)) throw error;
    }
  }, 250);
  f.input.addEventListener('input', () => {
    turn++;
    const mac = readMac(f.value);
    replace(told);
    if (mac.digits) ask(mac.digits);
    else if (mac.error !== 'mac.empty' && mac.error !== 'mac.short') f.error(t(mac.error, mac.values));
    else if (mac.error === 'mac.short' && f.value.trim()) replace(told, h('span.soft', t('mac.missing', mac.values)));
  });
  f.check = () => {
    const mac = readMac(f.value);
    if (mac.digits) return true;
    f.error(t(mac.error, mac.values));
    return false;
  };
  return f;
}

const people = (q) => get(`/people${asQuery({q, limit: 20})}`).then((page) => page.items);
const workspaces = (q) => get(`/workspaces${asQuery({q, limit: 20})}`).then((page) => page.items);
const accounts = (q) => get(`/accounts${asQuery({q, limit: 20})}`).then((page) => page.items);

export const accountFinder = (label, options = {}) => finder({name: 'account_id', label, search: accounts, required: false,
  show: (a) => ({title: a.number || a.user, text: [a.display, a.number && a.user !== a.number ? a.user : ''].filter(Boolean).join(', ')}), ...options});

// A person, or a workspace, or a new one of either.
export function ownerFinder(kind, options = {}) {
  const personal = kind === 'person';
  return finder({name: 'owner', label: t(personal ? 'add.find-user' : 'add.find-workspace'), hint: t('add.find-hint'),
    search: personal ? people : workspaces, show: (o) => ({title: o.name, text: o.mail ?? ''}), covers: ['no-owner', 'two-owners'],
    make: {title: t(personal ? 'person.new' : 'workspace.new'), call: (name) => newOwner(kind, name)}, ...options});
}

export async function modelFinder(options = {}) {
  const kinds = await models();
  const fits = (m, q) => `${m.name} ${m.title} ${m.psn ?? ''}`.toLowerCase().includes(q.toLowerCase());
  return finder({name: 'model', label: t('add.find-model'), covers: ['unknown-model'], show: (m) => ({title: m.title || m.name,
    text: t('model.lines', {n: m.lines})}), search: async (q) => kinds.filter((m) => fits(m, q)), ...options});
}

function lineFields() {
  const number = field({name: 'number', label: t('add.number'), hint: t('add.number-hint'), inputmode: 'tel', maxlength: 32, mono: true});
  number.covers = ['bad-number', 'number-used', 'user-used'];
  const account = accountFinder(t('add.account'), {hint: t('add.account-hint')});
  return {number, account};
}

// -- the steps: each gives fields and takes what was chosen

function usageStep(state) {
  const usage = choice({name: 'usage', label: t('add.usage'), value: state.usage ?? 'person', options: [
    {value: 'person', title: t('add.personal'), text: t('add.personal-text'), icon: 'user'},
    {value: 'workspace', title: t('add.shared'), text: t('add.shared-text'), icon: 'room'},
  ]});
  return {fields: [usage], take: (v) => {
    if (state.usage !== v.usage) state.owner = null;
    state.usage = v.usage;
  }};
}

async function ownerStep(state) {
  const places = await sites();
  const owner = ownerFinder(state.usage, {value: state.owner});
  const {number, account} = lineFields();
  number.value = state.number ?? '';
  account.value = state.account ?? null;
  number.check = () => {
    if (!number.value.trim() || !account.value) return true;
    number.error(t('add.number-or-account'));
    return false;
  };
  const site = places.length ? field({name: 'site_id', label: t('site'), kind: 'select', value: state.site_id ?? state.owner?.site_id ?? '',
    options: [['', t('site.none')], ...places.map((p) => [p.id, p.name])]}) : null;
  return {fields: [owner, number, account, site].filter(Boolean), take: (v) => Object.assign(state,
    {owner: v.owner, number: v.number.trim(), account: v.account_id, site_id: v.site_id ?? ''})};
}

async function modelStep(state) {
  const kind = choice({name: '', label: t('add.kind'), value: 'phone', options: [
    {value: 'phone', title: t('add.cisco'), text: t('add.cisco-text'), icon: 'phone'}]});
  const model = await modelFinder({value: state.model});
  return {fields: [kind, model], take: (v) => { state.model = v.model; }};
}

function wayStep(state) {
  const code = h('p.hint', t('add.code-note'));
  const mac = macField();
  const needed = mac.check;
  const use = (v) => {
    mac.node.hidden = v === 'code';
    mac.input.required = v !== 'code';
    mac.check = v === 'code' ? null : needed;
    code.hidden = v !== 'code';
  };
  const options = [{value: 'mac', title: t('add.by-mac'), text: t('add.by-mac-text')}];
  if (state.model.by_code) options.push({value: 'code', title: t('add.by-code'), text: t('add.by-code-text')});
  const way = choice({name: 'way', label: t('add.way'), value: state.way ?? 'mac', onchange: use, options});
  mac.value = state.mac ?? '';
  use(state.way ?? 'mac');
  return {fields: [way, mac], extra: code, take: (v) => {
    state.way = v.way;
    state.mac = v.way === 'code' ? null : readMac(v.mac).digits;
  }};
}

const MAKERS = [usageStep, ownerStep, modelStep, wayStep];

function device(state) {
  const body = {model: state.model.name, owner: {kind: state.usage, id: state.owner.id}};
  if (state.mac) body.mac = state.mac;
  if (state.site_id) body.site_id = state.site_id;
  if (state.account) body.account_id = state.account.id;
  else if (state.number) body.number = state.number;
  return body;
}

const trail = (at) => h('ol.steps', {'aria-label': t('add.steps')}, STEPS.map((name, i) => h('li', {'aria-current': i === at ? 'step' : null,
  class: i < at ? 'done' : null}, h('span.n', {'aria-hidden': 'true'}, i < at ? sign('check') : i + 1), h('span', t(`add.step-${name}`)))));

const chosen = (state) => [state.owner?.name, state.number || state.account?.number, state.model?.title].filter(Boolean);

// The address is there: what comes next, with the code where one was asked for.
async function finish(place, state, made) {
  const code = state.way === 'code' ? await post(`/devices/${made.id}/code`, {}) : null;
  const digits = h('code.big', code?.code.replace(/(.{4})(?=.)/g, '$1 '));
  const name = made.mac ? showMac(made.mac) : t('add.phone-of', {owner: made.owner.name});
  const heading = h('h2', {tabindex: -1}, t('add.done', {mac: name}));
  replace(place, h('section.done', sign('check'), heading, h('p', badge(made.status), ' ', t(code ? 'add.done-code' : 'add.done-status')),
    code && h('div.code', h('p', t('code.text', {time: dateTime(code.expires_at)})), h('div.command', digits, copyButton(digits, t('code')))),
    h('ol.next', h('li', t(code ? 'add.next-code' : 'add.next-reset')), h('li', t('add.next-watch'))),
    h('p.buttons', h('a.button.primary', {href: `/devices/${made.id}`}, t('add.see')),
      h('a.button', {href: `/devices${asQuery({q: made.mac ? showMac(made.mac) : made.owner.name})}`}, t('add.search')), h('a.button', {href: '/devices/add'}, t('add.another')))));
  heading.focus();
  say(t('add.done', {mac: name}));
}

export async function addPage() {
  const place = h('div.wizard');
  const state = {};
  const refused = async (error) => {
    // What an earlier step holds is refused there.
    const at = {owner: 1, number: 1, account_id: 1, lines: 1, site_id: 1, model: 2}[error.field] ??
      {'no-owner': 1, 'two-owners': 1, 'bad-number': 1, 'number-used': 1, 'user-used': 1, 'line-limit': 1, 'unknown-model': 2}[error.code];
    if (at === undefined) throw error;
    (await step(at)).fail(error);
  };
  const save = async () => {
    let made;
    try {
      made = await post('/devices', device(state));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return refused(error);
    }
    return finish(place, state, made);
  };
  const step = async (at) => {
    const {fields, take, extra} = await MAKERS[at](state);
    const last = at === STEPS.length - 1;
    const f = form({fields, extra, save: t(last ? 'save' : 'next'), send: (values) => {
      take(values);
      return last ? save() : step(at + 1);
    }});
    if (at > 0) f.button.before(h('button', {type: 'button', onclick: () => step(at - 1)}, t('back')));
    const heading = h('h2', {tabindex: -1}, t(`add.step-${STEPS[at]}`));
    replace(place, trail(at), h('section', heading, chosen(state).length > 0 && h('p.chosen', chosen(state).join(' · ')), f.node));
    if (place.isConnected) heading.focus();
    say(t('add.at', {n: at + 1, of: STEPS.length, name: t(`add.step-${STEPS[at]}`)}));
    return f;
  };
  await step(0);
  return {title: t('add.title'), above: h('p.above', h('a', {href: '/devices'}, t('nav.devices'))), body: place};
}

