// How provisioning works here: the ways for a phone to find this server, with its own names, what to type, and what to copy.
import {h, replace} from '../parts/dom.js';
import {language, t, word} from '../parts/lang.js';
import {get} from '../parts/api.js';
import {command, snippet} from '../parts/copy.js';
import {showMac} from '../parts/mac.js';
import {on} from '../parts/live.js';

const NAMES = ['provisioning_url', 'activation_url', 'http_url', 'tftp_server', 'edge', 'realm'];
const SIGHT = 12;

const names = (live) => h('dl.facts', NAMES.filter((name) => live.names[name]).map((name) => h('div', h('dt', t(`ways.${name}`)), h('dd', h('code', live.names[name])))));

const FLOW = ['add', 'find', 'prove', 'fetch', 'register'];

const story = () => h('section', h('h2', t('ways.story')), h('ol.story', FLOW.map((name, i) => h('li', h('span.n', {'aria-hidden': 'true'}, i + 1), h('div', h('h3', t(`ways.${name}`)), h('p', t(`ways.${name}-text`)))))));

function snippets(way) {
  if (!way.snippets.length) return null;
  return h('div.snippets', way.snippets.map((s) => h('details', h('summary', word('snippet', s.for)), snippet(s.text, word('snippet', s.for)))));
}

function way(w) {
  return h('section.way', {id: `way-${w.way}`}, h('h3', w.title || word('ways.way', w.way)), w.value && command(w.value),
    w.steps?.length > 0 && h('ol', w.steps.map((step) => h('li', step))), (w.notes ?? []).map((n) => h('p.notice', n)), snippets(w));
}

// The last step of every way: switch a phone on and see it come. What came lately is shown, and what comes now.
async function check(signal) {
  const place = h('ul.seen', {'aria-live': 'polite'});
  const draw = async () => {
    const rows = (await get('/journal?limit=60', {signal})).items.filter((r) => /^(activation|provision|device\.unknown)/.test(r.kind)).slice(0, SIGHT);
    replace(place, rows.length ? rows.map((r) => h('li', h('span.mono', r.kind), ' ', r.subject && h('span.mac', showMac(r.subject)), ' ',
      h('span.soft', r.fields?.reason ? word('reason', r.fields.reason) : r.source))) : h('li.soft', t('ways.nobody')));
  };
  await draw();
  for (const name of ['device.status', 'unknown.added', 'reset']) on(name, draw, signal);
  return h('section.check', h('h2', t('ways.check')), h('p', t('ways.check-text')), command('dialtone probe --provisioning-url URL'), place);
}

export async function waysPage({signal}) {
  const live = await get(`/setup/live?lang=${language()}`, {signal});
  if (!live.ways) return {title: t('nav.ways'), body: [story(), h('p.notice', t('ways.not-served'))]};
  return {title: t('nav.ways'), body: h('div.ways', h('p.lead', t('ways.text')), story(), h('section', h('h2', t('ways.names')), names(live)),
    h('section', h('h2', t('ways.which')), h('p', t('ways.which-text')), h('nav', {'aria-label': t('ways.which')}, h('ul.chips', live.ways.map((w) =>
      h('li', h('a.chip', {href: `#way-${w.way}`}, word('ways.way', w.way)))))), live.ways.map(way)), await check(signal))};
}

