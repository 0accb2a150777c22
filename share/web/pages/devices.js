// The list of devices: search, filters, and the status of each as it changes.
import {h, sign} from '../parts/dom.js';
import {language, t, word} from '../parts/lang.js';
import {get, Problem, query as asQuery} from '../parts/api.js';
import {amended, on} from '../parts/live.js';
import {listing, unhurried} from '../parts/table.js';
import {badge, STATUSES, when} from '../parts/status.js';
import {showMac} from '../parts/mac.js';
import {models, nameOf, sites} from '../parts/names.js';
import {stay} from '../parts/router.js';
import {can} from '../parts/session.js';
import {say} from '../parts/say.js';

const FEW = 10;

export const ownerOf = (device) => [h('span.kind', {title: t(`owner.${device.owner.kind}`)},
  sign(device.owner.kind === 'person' ? 'user' : 'room')), h('span', device.owner.name)];

export const macText = (mac) => (mac ? h('span.mac', showMac(mac)) : h('span.soft', t('device.no-mac')));

function columns(places, kinds) {
  return [
    {title: t('device'), cell: (d) => h('a', {href: `/devices/${d.id}`}, macText(d.mac))},
    {title: t('device.status'), cell: (d) => [badge(d.status), d.verdict && h('span.verdict-line', d.verdict.title)]},
    {title: t('owner'), cell: (d) => h('span.owner', ownerOf(d))},
    {title: t('device.numbers'), kind: 'digits', cell: (d) => d.lines.map((l) => l.number || l.user).join(', ')},
    {title: t('device.model'), cell: (d) => kinds.find((m) => m.name === d.model)?.title ?? d.model},
    {title: t('site'), cell: (d) => nameOf(places, d.site_id)},
    {title: t('device.seen'), cell: (d) => when(d.last_seen)},
  ];
}

function filter(name, label, all, options, value, change) {
  return h('label.filter', h('span', label), h('select', {name, onchange: change}, h('option', {value: ''}, all),
    options.map(([v, text]) => h('option', {value: v, selected: v === value}, text))));
}

const restated = (device, {status, status_since, last_seen, verdict}) => ({...device, status, status_since, last_seen,
  verdict: verdict && {...verdict, title: verdict.titles[language()] ?? verdict.title}});

const askPage = (path, options) => amended('device.status', () => get(path, options), (page, e) => {
  page.items = page.items.map((device) => (device.id === e.id ? restated(device, e) : device));
});

const askOne = (id, options) => amended('device.status', () => get(`/devices/${id}?lang=${language()}`, options), (device, e) => {
  if (device.id === e.id) Object.assign(device, restated(device, e));
});

// Devices that were changed are asked for anew; those that are gone leave the list.
function renew(list, reload, signal) {
  const ids = new Set();
  const soon = unhurried(async () => {
    const these = [...ids];
    ids.clear();
    if (these.length > FEW || these.some((id) => !list.has(id))) {
      reload({quiet: true});
      return;
    }
    for (const id of these) {
      try {
        list.put(await askOne(id, {signal}));
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
        list.drop(id);
      }
    }
  }, 100);
  on('device.changed', ({id, gone}) => {
    if (gone) {
      ids.delete(id);
      if (list.has(id)) list.drop(id);
    } else {
      ids.add(id);
      soon();
    }
  }, signal);
}

// Status changes reach the rows that are shown; several at once are told as a number.
function follow(list, signal) {
  let changed = [];
  const tell = unhurried(() => {
    say(changed.length === 1 ? t('devices.became', {mac: showMac(changed[0].mac), status: word('status', changed[0].status)})
      : t('devices.changed', {n: changed.length}));
    changed = [];
  }, 600);
  on('device.status', (e) => {
    const item = list.item(e.id);
    if (!item) return;
    const differs = item.status !== e.status;
    const held = document.activeElement?.closest?.('tr')?.contains(document.activeElement) &&
      document.activeElement.getAttribute('href') === `/devices/${e.id}`;
    list.put(restated(item, e));
    if (held) list.focus(e.id);
    if (!differs) return;
    changed.push(e);
    tell();
  }, signal);
}

export async function devicesPage({query, signal}) {
  const [places, kinds] = await Promise.all([sites(), models()]);
  const asked = Object.fromEntries(['q', 'status', 'model', 'site_id', 'owner_id', 'finding'].map((k) => [k, query.get(k) ?? '']));
  const search = h('input', {type: 'search', name: 'q', value: asked.q, 'aria-label': t('devices.search'), placeholder: t('devices.search-hint'),
    autocomplete: 'off', spellcheck: 'false', maxlength: 100});
  const nothing = h('div', h('p', t('devices.none')), can('operator') && h('p', h('a.button.primary', {href: '/devices/add'}, t('add.title'))));
  const list = listing({caption: t('nav.devices'), path: '/devices', columns: columns(places, kinds), asked: () => ({...asked, lang: language()}), ask: askPage, empty: nothing, signal, kind: 'devices'});
  const anew = (options) => {
    stay(`/devices${asQuery(asked)}`);
    return list.load(options);
  };
  const change = (event) => {
    asked[event.target.name] = event.target.value;
    anew();
  };
  const typed = unhurried(() => {
    asked.q = search.value.trim();
    anew();
  });
  search.addEventListener('input', (event) => { if (!event.isComposing) typed(); });
  search.addEventListener('compositionend', typed);
  const drop = asked.owner_id || asked.finding ? h('a.button', {href: '/devices'}, t('devices.all')) : null;
  const form = h('form.filters', {role: 'search', onsubmit: (event) => {
    event.preventDefault();
    typed();
  }}, h('div.search', sign('search'), search, h('kbd', {'aria-hidden': 'true'}, '/')),
  filter('status', t('device.status'), t('filter.all'), STATUSES.map((s) => [s, word('status', s)]), asked.status, change),
  filter('model', t('device.model'), t('filter.all'), kinds.map((m) => [m.name, m.title || m.name]), asked.model, change),
  places.length > 0 && filter('site_id', t('site'), t('filter.all'), places.map((s) => [s.id, s.name]), asked.site_id, change),
  asked.finding && h('span.chip', t('devices.with-finding', {id: asked.finding})), drop);
  await list.load({quiet: true});
  follow(list, signal);
  renew(list, anew, signal);
  on('reset', () => anew({quiet: true}), signal);
  return {title: t('nav.devices'), body: [form, list.node], tools: can('operator') && [
    h('a.button', {href: '/import'}, t('nav.import')), h('a.button.primary', {href: '/devices/add'}, sign('plus'), t('add.title'))]};
}
