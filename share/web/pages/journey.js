// The journey of a device: where it stands now beside the last good time, what was seen at each stage, and what to do.
import {h, replace} from '../parts/dom.js';
import {clock, dateTime, duration, language, t, word} from '../parts/lang.js';
import {get} from '../parts/api.js';
import {mark, pair, stageWord} from '../parts/plot.js';
import {level} from '../parts/status.js';
import {newest, wide} from '../parts/table.js';
import {command} from '../parts/copy.js';

const STAGES = ['link', 'dhcp', 'clock', 'activation-dns', 'activation', 'provisioning-dns', 'provisioning', 'srv', 'connect', 'register', 'registered'];

const listOf = (value) => (Array.isArray(value) ? value : value ? [value] : []);

const items = (title, value, tag = 'h3.minor') => (listOf(value).length ? [h(tag, title), listOf(value).length > 1 ? h('ul', listOf(value).map((v) => h('li', v))) :
  h('p', listOf(value)[0])] : null);

// -- evidence

const timeOf = (at) => (at ? h('time', {datetime: at, title: dateTime(at)}, clock(at)) : null);

function factText(fact) {
  if (fact.text) return fact.text;
  return Object.entries(fact.fields ?? {}).map(([name, value]) => `${name}=${value}`).join(' ');
}

export function evidence(rows, label) {
  return wide(label, h('table.evidence', h('caption.unseen', label), h('thead', h('tr',
    h('th', {scope: 'col'}, t('fact.when')), h('th', {scope: 'col'}, t('fact.text')))),
  h('tbody', rows.map((f) => h('tr', h('td', timeOf(f.time ?? f.at), h('span.mono.under-line', f.kind)), h('td.mono.text', factText(f)))))));
}

// -- the ladder

function rung(stage, most, findings) {
  const name = stageWord(stage.stage);
  const finding = stage.state === 'failed' && findings.find((f) => f.finding === stage.finding || f.stage === stage.stage);
  const seen = stage.evidence;
  const times = [duration(stage.ms), stage.good === null ? '' : t('journey.good-took', {time: duration(stage.good)})];
  const head = [mark(stage.state), h('span.name', name), h('span.state', word('state', stage.state)),
  h('span.took', h('span.ms', times[0] || '–'), h('span.ms.good', times[1])), pair(stage.ms, stage.good, most)];
  const inner = [finding && h('p', h('a', {href: `#finding-${finding.finding}`}, finding.title)),
    seen.length ? evidence(seen, t('journey.evidence-of', {stage: name})) : h('p.soft', t('journey.no-evidence'))];
  return h(`li.rung.${stage.state}`, h('details', {'data-stage': stage.stage, open: stage.state === 'failed' && seen.length > 0 && seen.length < 8},
    h('summary', head), h('div.inner', inner)));
}

function ladder(journey) {
  const most = Math.max(10, ...journey.stages.flatMap((s) => [s.ms ?? 0, s.good ?? 0]));
  return h('section.ladder', h('h2', t('journey.ladder')), h('p.legend', h('span.key.now', {'aria-hidden': 'true'}),
    t('journey.this'), journey.boot?.began && [' ', h('span.soft', dateTime(journey.boot.began))], h('span.key.good', {'aria-hidden': 'true'}), t('journey.good'),
    ' ', journey.good?.began ? h('span.soft', dateTime(journey.good.began)) : h('span.soft', t('journey.never-good'))),
  h('ol.rungs', journey.stages.map((stage) => rung(stage, most, journey.findings))),
  tone(journey));
}

// From the first of a start to its registration.
function toneOf(boot) {
  const last = boot?.ladder?.find((s) => s.stage === 'registered' && s.state === 'ok');
  return boot?.began && last?.began ? Date.parse(last.began) - Date.parse(boot.began) : null;
}

function tone(journey) {
  const now = duration(toneOf(journey.boot));
  if (!now) return null;
  const good = duration(toneOf(journey.good));
  return h('p.tone', t('journey.tone', {time: now}), good && [' ', h('span.soft', t('journey.tone-good', {time: good}))]);
}

// -- findings

export function finding(f, open) {
  const who = f.actor_name || (f.actor && word('actor', f.actor));
  return h(`details.finding.${f.level}`, {id: `finding-${f.finding}`, open},
    h('summary', level(f.level), h('span.title', f.title || f.message), h('span.mono.soft', f.finding)),
    h('div.inner', f.title && f.message && h('p', f.message), listOf(f.explanation).map((p) => h('p', p)), items(t('finding.causes'), f.causes),
      items(t('finding.confirm'), f.confirm), items(t('finding.remedy'), f.remedy), items(t('finding.side-effects'), f.side_effects),
      who && [h('h3.minor', t('finding.who')), h('p', who)], listOf(f.next).length > 0 && [h('h3.minor', t('finding.commands')), listOf(f.next).map(command)],
      f.confidence !== undefined && h('p.soft', t('finding.confidence', {n: Math.round(f.confidence <= 1 ? f.confidence * 100 : f.confidence)})),
      listOf(f.evidence).length > 0 && [h('h3.minor', t('finding.evidence')), evidence(f.evidence, t('finding.evidence'))]));
}

function verdict(journey) {
  const v = journey.verdict;
  if (!v) {
    const good = journey.status === 'online';
    return h(`section.verdict.${good ? 'fine' : 'open'}`, {'aria-label': t('journey.verdict')}, h('p.big', t(good ? 'journey.fine' : `journey.waits-${journey.status}`)));
  }
  const who = v.actor_name || (v.actor && word('actor', v.actor));
  return h(`section.verdict.${v.level}`, {'aria-label': t('journey.verdict')}, h('p.big', level(v.level), v.title || v.message),
    v.title && v.message && h('p', v.message),
    h('p.soft', v.stage !== 'none' && [t('journey.stops', {stage: stageWord(v.stage)}), ' '], who && t('journey.who', {who})),
    items(t('finding.remedy'), v.remedy, 'h2.minor'));
}

// The two ladders that the hub tells become one with both times. A phone that was never heard of has none.
function read(j) {
  const good = new Map((j.good?.ladder ?? []).map((s) => [s.stage, s.ms]));
  const rungs = j.boot?.ladder ?? STAGES.map((stage) => ({stage, state: 'unknown', ms: null}));
  return {...j, findings: j.findings ?? [], stages: rungs.map((s) => ({...s, good: good.get(s.stage) ?? null, evidence: s.evidence ?? []}))};
}

const others = (journey) => (journey.findings.length ? h('section.findings', h('h2', t('journey.findings')),
  journey.findings.map((f, i) => finding(f, i === 0 && f.finding === journey.verdict?.finding))) : null);

export async function journeyParts(device, {signal}) {
  const ask = async () => read(await get(`/devices/${device.id}/journey?lang=${language()}`, {signal}));
  const body = h('div.journey');
  const draw = (journey) => {
    const open = new Set([...body.querySelectorAll('details[open]')].map((d) => d.dataset.stage || d.id));
    const first = !body.firstChild;
    const at = body.contains(document.activeElement) ? document.activeElement.closest('details') : null;
    const key = at && (at.dataset.stage || at.id);
    replace(body, verdict(journey), h('div.two', ladder(journey), others(journey) ?? recent(device, signal)));
    if (first) return;
    for (const d of body.querySelectorAll('details')) {
      d.open = d.open || open.has(d.dataset.stage || d.id);
      if (key && key === (d.dataset.stage || d.id)) d.querySelector('summary').focus();
    }
  };
  draw(await ask());
  return {body, anew: newest(ask, draw)};
}

// What was last seen of it, where there is nothing to find.
function recent(device, signal) {
  const place = h('section.recent', h('h2', t('journey.recent')));
  get(`/devices/${device.id}/facts?limit=12`, {signal}).then(({items: rows}) => place.append(rows.length ?
    evidence(rows, t('journey.recent')) : h('p.soft', t('journey.nothing'))), () => {});
  return place;
}

