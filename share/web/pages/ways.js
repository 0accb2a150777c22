// How provisioning works here: the ways for a phone to find this server, with its own names, what to type, what to copy, how to check.
import {h, replace} from '../parts/dom.js';
import {language, t, word} from '../parts/lang.js';
import {get} from '../parts/api.js';
import {command, snippet} from '../parts/copy.js';
import {showMac} from '../parts/mac.js';
import {on} from '../parts/live.js';

const STORY = ['add', 'find', 'prove', 'fetch', 'register'];
const SEEN = 12;
const SERVICE = 'here.conf';

// What is given out or typed, which servers' snippets belong to it, how many steps there are, and what the probe asks.
const WAYS = [
  {name: 'dhcp', steps: 3, value: (live) => live.provisioning_url, snippets: ['dnsmasq', 'kea', 'isc'], check: ['dhcp', 'http']},
  {name: 'srv', steps: 3, value: (live) => live.domain && `_ciscoprov-https._tls.${live.domain}`, snippets: ['bind', 'dnsmasq'], check: ['dns', 'http']},
  {name: 'redirect', steps: 3, value: (live) => live.provisioning_url, snippets: [], check: ['http']},
  {name: 'rule', steps: 2, value: (live) => live.provisioning_url, snippets: [], check: ['http']},
];

const story = () => h('section', h('h2', t('ways.story')), h('ol.story', STORY.map((name, i) => h('li', h('span.n', {'aria-hidden': 'true'}, i + 1),
  h('div', h('h3', t(`ways.${name}`)), h('p', t(`ways.${name}-text`)))))));

function names(live) {
  const pairs = [[t('ways.provisioning_url'), live.provisioning_url], [t('ways.domain'), live.domain],
    [t('ways.edge'), ['tls', 'tcp', 'udp'].filter((p) => live[`${p}_port`]).map((p) => `${word('transport', p)} ${live[`${p}_port`]}`).join(', ')]];
  return h('dl.facts', pairs.filter(([, v]) => v).map(([name, value]) => h('div', h('dt', name), h('dd', h('code', value)))));
}

const notices = (live) => [live.problem && h('p.notice', t('ways.problem', {text: live.problem})), live.lab && h('p.notice', t('ways.lab'))];

function way(w, live) {
  const value = w.value(live);
  const shown = w.snippets.filter((name) => live.snippets[name]);
  return h('section.way', {id: `way-${w.name}`}, h('h3', t(`ways.by-${w.name}`)), value && command(value),
    h('ol', Array.from({length: w.steps}, (_, i) => h('li', t(`ways.${w.name}-${i + 1}`)))),
    shown.length > 0 && h('div.snippets', shown.map((name) => h('details', h('summary', word('snippet', name)), snippet(live.snippets[name].trimEnd(), word('snippet', name))))),
    h('p.soft', t('ways.then-check')), command(`dialtone probe ${w.check.join(' ')} --service ${SERVICE}`));
}

// The last step of every way: switch a phone on and see it come. What came lately is shown, and what comes now.
async function check(live, signal) {
  const place = h('ul.seen', {'aria-live': 'polite'});
  const draw = async () => {
    const rows = (await get('/journal?limit=60', {signal})).items.filter((r) => /^(activation|provision|device\.unknown)/.test(r.kind)).slice(0, SEEN);
    replace(place, rows.length ? rows.map((r) => h('li', h('span.mono', r.kind), ' ', r.subject && h('span.mac', showMac(r.subject)), ' ',
      h('span.soft', r.fields?.reason ? word('reason', r.fields.reason) : r.source))) : h('li.soft', t('ways.nobody')));
  };
  await draw();
  for (const name of ['device.status', 'unknown.added', 'reset']) on(name, draw, signal);
  return h('section.check', h('h2', t('ways.check')), h('p', t('ways.check-text', {file: SERVICE})), snippet(`provisioning ${live.provisioning_url}`, SERVICE), h('p', t('ways.check-phone')), place);
}

export async function waysPage({signal}) {
  const live = await get(`/setup/live?lang=${language()}`, {signal});
  if (!live.provisioning_url) return {title: t('nav.ways'), body: [story(), h('p.notice', t('ways.not-served'))]};
  return {title: t('nav.ways'), body: h('div.ways', h('p.lead', t('ways.text')), notices(live), story(), h('section', h('h2', t('ways.names')), names(live)),
    h('section', h('h2', t('ways.which')), h('p', t('ways.which-text')), h('nav', {'aria-label': t('ways.which')}, h('ul.chips', WAYS.map((w) =>
      h('li', h('a.chip', {href: `#way-${w.name}`}, t(`ways.by-${w.name}`)))))), WAYS.map((w) => way(w, live))), await check(live, signal))};
}
