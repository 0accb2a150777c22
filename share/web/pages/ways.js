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

// How many steps a way has, and what the probe asks for it. A way that the hub names and that is not here is not one for phones.
const WAYS = {'dhcp-160': {steps: 3, check: ['dhcp', 'http']}, 'dhcp-66': {steps: 3, check: ['dhcp', 'http']}, srv: {steps: 3, check: ['dns', 'http']},
  redirect: {steps: 3, check: ['http']}, rule: {steps: 2, check: ['http']}};
const NAMES = ['provisioning_url', 'activation_url', 'http_url', 'tftp_server', 'edge', 'realm'];

const story = () => h('section', h('h2', t('ways.story')), h('ol.story', STORY.map((name, i) => h('li', h('span.n', {'aria-hidden': 'true'}, i + 1),
  h('div', h('h3', t(`ways.${name}`)), h('p', t(`ways.${name}-text`)))))));

const names = (live) => h('dl.facts.names', NAMES.filter((name) => live.names[name]).map((name) => h('div', h('dt', t(`ways.${name}`)), h('dd', h('code', live.names[name])))));

function way(w) {
  const {steps, check} = WAYS[w.way];
  // Both options of DHCP are set up in the same way.
  const kind = w.way.split('-')[0];
  return h('section.way', {id: `way-${w.way}`}, h('h3', t(`ways.by-${w.way}`)), command(w.value),
    h('ol', Array.from({length: steps}, (_, i) => h('li', t(`ways.${kind}-${i + 1}`)))),
    w.snippets.length > 0 && h('div.snippets', w.snippets.map((s) => h('details', h('summary', word('snippet', s.for)), snippet(s.text.trimEnd(), word('snippet', s.for))))),
    h('p.soft', t('ways.then-check')), command(`dialtone probe ${check.join(' ')} --service ${SERVICE}`));
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
  return h('section.check', h('h2', t('ways.check')), h('p', t('ways.check-text', {file: SERVICE})), snippet(`provisioning ${live.names.provisioning_url}`, SERVICE), h('p', t('ways.check-phone')), place);
}

export async function waysPage({signal}) {
  const live = await get(`/setup/live?lang=${language()}`, {signal});
  const ways = (live.ways ?? []).filter((w) => w.way in WAYS);
  if (!ways.length) return {title: t('nav.ways'), body: [story(), h('p.notice', live.problem ? t('ways.problem', {text: live.problem}) : t('ways.not-served'))]};
  return {title: t('nav.ways'), body: h('div.ways', h('p.lead', t('ways.text')), live.ways.some((w) => w.way === 'lab') && h('p.notice', t('ways.lab')), story(),
    h('section', h('h2', t('ways.names')), names(live)),
    h('section', h('h2', t('ways.which')), h('p', t('ways.which-text')), h('nav', {'aria-label': t('ways.which')}, h('ul.chips', ways.map((w) =>
      h('li', h('a.chip', {href: `#way-${w.way}`}, t(`ways.by-${w.way}`)))))), ways.map(way)), await check(live, signal))};
}
