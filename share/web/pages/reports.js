// Problem reports: taking a file, the list, and one with its diagnosis and its raw log.
import {h, replace, sign} from '../parts/dom.js';
import {bytes, dateTime, duration, language, number, t, word} from '../parts/lang.js';
import {BASE, get, post, Problem, query as asQuery, remove, text} from '../parts/api.js';
import {amended, on} from '../parts/live.js';
import {drop} from '../parts/drop.js';
import {listing, unhurried} from '../parts/table.js';
import {level, when} from '../parts/status.js';
import {mark, stageWord} from '../parts/plot.js';
import {command} from '../parts/copy.js';
import {confirm} from '../parts/dialog.js';
import {action, problemText} from '../parts/form.js';
import {showMac} from '../parts/mac.js';
import {go} from '../parts/router.js';
import {can} from '../parts/session.js';
import {note, say} from '../parts/say.js';

const result = (r) => (r.verdict ? [level(r.verdict.severity ?? 'info'), ' ', r.verdict.title] : r.state === 'done' ? level('nothing') :
  h('span.soft', t(`report.${r.state}`)));

function columns(withDevice) {
  const all = [
    {title: t('report.name'), cell: (r) => h('a', {href: `/reports/${r.id}`}, r.name)},
    {title: t('report.result'), cell: result},
    {title: t('device'), cell: (r) => (r.device_id ? h('a', {href: `/devices/${r.device_id}`}, h('span.mac', showMac(r.mac))) : r.mac ? h('span.mac', showMac(r.mac)) : '')},
    {title: t('report.at'), cell: (r) => when(r.received_at)},
    {title: t('report.size'), kind: 'number', cell: (r) => bytes(r.size)},
  ];
  return withDevice ? all : all.filter((_, i) => i !== 2);
}

// Sends the file as it is; its diagnosis opens when it is there.
function upload(deviceId) {
  const state = h('div', {role: 'status'});
  const take = async (file) => {
    replace(state, h('p.busy', t('report.sending', {name: file.name, size: bytes(file.size)})));
    try {
      const made = await post(`/reports${asQuery({name: file.name, device_id: deviceId})}`, file, {body: file, type: 'application/octet-stream'});
      replace(state);
      go(`/reports/${made.id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      replace(state, h('p.alert', sign('warn'), problemText(error)));
    }
  };
  return [drop({label: t('report.choose'), hint: t('report.hint'), take}).node, state];
}

function list(path, asked, withDevice, signal) {
  const ask = (where, options) => amended('report.changed', () => get(where, options), (page, r) => {
    page.items = page.items.map((item) => (item.id === r.id ? r : item));
  });
  const l = listing({caption: t('nav.reports'), path, ask, asked: () => asked, columns: columns(withDevice), empty: t('report.none'), signal});
  for (const name of ['report.added', 'report.changed', 'reset']) {
    on(name, (r) => {
      if (r?.id && l.has(r.id)) l.put(r);
      else if (!asked.device_id || !r?.device_id || r.device_id === asked.device_id) l.load({quiet: true});
    }, signal);
  }
  return l;
}

export async function reportsParts(device, {signal}) {
  const l = list('/reports', {device_id: device.id}, false, signal);
  await l.load({quiet: true});
  return {body: h('section', h('h2', t('device.reports')), can('operator') && upload(device.id), l.node)};
}

export async function reportsPage({signal}) {
  const l = list('/reports', {}, true, signal);
  await l.load({quiet: true});
  return {title: t('nav.reports'), body: [can('operator') && upload(), l.node]};
}

// -- one report

function ladder(phone) {
  return h('ol.rungs.small', phone.ladder.map((g) => h(`li.rung.${g.state}`, h('div.row', mark(g.state), h('span.name', stageWord(g.stage)),
    h('span.state', word('state', g.state)), h('span.took', h('span.ms', duration(g.ms)))))));
}

function evidence(f, jump) {
  return h('ol.lines', f.evidence.map((e) => h(`li.is-${e.kind}${e.decisive ? '.decisive' : ''}`,
    e.kind === 'line' ? h('button.line', {type: 'button', onclick: () => jump(e.line), title: t('report.to-line', {n: e.line})}, number(e.line)) : h('span.line', e.line),
    h('span.mono', e.text))));
}

function finding(f, jump) {
  const list = (title, text) => (text ? [h('h4', title), h('ul', text.split('; ').map((part) => h('li', part)))] : null);
  return h(`details.finding.${f.level}`, {open: f.level === 'error'}, h('summary', level(f.level), h('span.title', f.message), h('span.mono.soft', f.id)),
    h('div.inner', h('p.soft', t('finding.who'), ': ', word('actor', f.actor), f.recovered && [' · ', t('finding.recovered')], ' · ',
      t('finding.confidence', {n: Math.round(f.confidence * 100)})), h('h4', t('finding.evidence')), evidence(f, jump),
    list(t('finding.remedy'), f.remedy), list(t('finding.side-effects'), f.side_effects), f.next.length > 0 && [h('h4', t('finding.commands')), f.next.map(command)]));
}

// How bad it is: errors that were got past later do not count.
const sounds = (p) => (p.findings.some((f) => f.level === 'error' && !f.recovered) ? 'error' : p.findings.some((f) => f.level === 'warning') ? 'warning' : 'fine');

function phone(p, jump) {
  return h('section.phone', h('h2', p.mac ? h('span.mac', p.mac) : t('report.some-phone'), ' ', h('span.soft', [p.model, p.serial, p.firmware].filter(Boolean).join(' · '))),
    h(`p.verdict.big.${sounds(p)}`, p.verdict), h('div.two', h('section', h('h3', t('journey.ladder')), ladder(p)),
      h('section', h('h3', t('journey.findings')), p.findings.length ? p.findings.map((f) => finding(f, jump)) : h('p.fine', sign('check'), t('report.no-findings')))));
}

const PIECE = 2000;
const READ = 1 << 20;

// The raw log, read and drawn piece by piece; a line can be jumped to.
function rawLog(id) {
  const pre = h('div.log', {tabindex: 0, role: 'region', 'aria-label': t('report.log')});
  const search = h('input', {type: 'search', 'aria-label': t('report.find'), placeholder: t('report.find'), autocomplete: 'off', spellcheck: 'false'});
  const told = h('output.soft', {'aria-live': 'polite'});
  const more = h('button', {type: 'button', hidden: true}, t('list.more'));
  let lines = [];
  let shown = 0;
  let hit = -1;
  const draw = (to) => {
    const until = Math.min(lines.length, Math.max(to, shown));
    const piece = document.createDocumentFragment();
    for (; shown < until; shown++) piece.append(h('div.l', {'data-n': shown + 1}, lines[shown] || ' '));
    pre.append(piece);
    more.hidden = shown >= lines.length;
  };
  const jump = (n) => {
    draw(n + PIECE / 2);
    pre.querySelector('.here')?.classList.remove('here');
    const row = pre.children[n - 1];
    if (!row) return;
    row.classList.add('here');
    pre.scrollTop = row.offsetTop - pre.clientHeight / 2;
    pre.scrollIntoView({block: 'nearest'});
    pre.focus({preventScroll: true});
    say(t('report.line-said', {n, text: lines[n - 1]}));
  };
  const find = (step) => {
    const words = search.value.trim().toLowerCase();
    if (!words) return;
    const from = hit;
    for (let i = 1; i <= lines.length; i++) {
      const at = (from + step * i + lines.length * 2) % lines.length;
      if (!lines[at].toLowerCase().includes(words)) continue;
      hit = at;
      const at2 = document.activeElement;
      jump(at + 1);
      if (at2 === search) search.focus();
      told.textContent = t('report.found', {n: at + 1});
      return;
    }
    told.textContent = t('report.not-found');
  };
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    find(event.shiftKey ? -1 : 1);
  });
  search.addEventListener('input', () => { hit = -1; });
  more.addEventListener('click', () => draw(shown + PIECE));
  const load = async (signal) => {
    const all = await text(`/reports/${id}/log`, {signal});
    lines = all.slice(0, READ * 32).split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    draw(PIECE);
    told.textContent = t('report.lines', {n: lines.length});
  };
  return {node: h('section', h('h2', t('report.log')), h('form.filters', {role: 'search', onsubmit: (event) => event.preventDefault()}, h('div.search', sign('search'), search), told),
    pre, more), jump, load};
}

function tools(report) {
  return [h('a.button', {href: `${BASE}/reports/${report.id}/file`, download: report.name}, t('report.download')), can('operator') && action(t('remove'), async () => {
    const done = await confirm(t('report.remove'), t('report.remove-text', {name: report.name}), {save: t('remove'), danger: true, send: async () => {
      await remove(`/reports/${report.id}`);
      return true;
    }});
    if (!done) return;
    note(t('report.removed'));
    go('/reports');
  }, {kind: 'danger'})];
}

const PATIENCE = 5000;

// Waits until the report is diagnosed: the hub says so, or is asked now and then.
async function diagnosed(report, signal) {
  while (report.state === 'received') {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      const off = on('report.changed', (r) => {
        if (r?.id !== report.id) return;
        clearTimeout(timer);
        off();
        resolve();
      }, signal);
    });
    report = await get(`/reports/${report.id}`, {signal});
  }
  return report;
}

function told(d, place, jump) {
  const said = (d.problems ?? []).map((p) => h('li', [p.input, p.member].filter(Boolean).join(': '), ' ', p.message));
  replace(place, d.phones.length ? d.phones.map((p) => phone(p, jump)) : h('p.notice', t('report.no-phone')),
    said.length > 0 && h('section', h('h2', t('report.problems')), h('ul', said)));
  say(t('report.ready'));
}

async function diagnosis(report, place, log, signal) {
  if (report.state === 'received') replace(place, h('p.busy', {role: 'status'}, t('report.running')));
  try {
    const now = await diagnosed(report, signal);
    if (now.state === 'failed') throw new Problem(404, null);
    told(await get(`/reports/${report.id}/diagnosis?lang=${language()}`, {signal}), place, log.jump);
    await log.load(signal);
  } catch (error) {
    if (error.name === 'AbortError') return;
    if (!(error instanceof Problem)) throw error;
    replace(place, h('p.alert', {role: 'alert'}, error.status === 404 ? t('report.failed-text') : problemText(error)));
  }
}

export async function reportPage({params, signal}) {
  const report = await get(`/reports/${params.id}`, {signal});
  const place = h('div');
  const log = rawLog(report.id);
  diagnosis(report, place, log, signal);
  return {title: report.name, above: h('p.above', h('a', {href: '/reports'}, t('nav.reports'))), tools: tools(report),
    below: h('p.under', t('report.about', {time: dateTime(report.received_at), size: bytes(report.size)}), report.device_id &&
      [' · ', h('a', {href: `/devices/${report.device_id}`}, h('span.mac', showMac(report.mac)))]), body: [place, log.node]};
}
