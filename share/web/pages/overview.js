// The overview: how far the phones came, how long it took, what keeps them, and how they stand now.
import {h, replace} from '../parts/dom.js';
import {dateTime, duration, language, number, t} from '../parts/lang.js';
import {get} from '../parts/api.js';
import {on} from '../parts/live.js';
import {badge, level, STATUSES} from '../parts/status.js';
import {bars, edgeLabel, figure, funnel, stageWord} from '../parts/plot.js';
import {table, newest, unhurried} from '../parts/table.js';
import {can} from '../parts/session.js';

const STEPS = ['added', 'contacted', 'configured', 'registered'];

function statuses(o) {
  return h('section', {'aria-label': t('overview.status')}, h('ul.tiles', STATUSES.map((status) =>
    h('li', h('a', {href: `/devices?status=${status}`}, h('span.n', number(o.status?.[status] ?? 0)), badge(status))))));
}

function journey(o) {
  const items = STEPS.map((step) => ({label: t(`funnel.${step}`), n: o.funnel[step] ?? 0}));
  return figure(t('overview.funnel'), funnel(t('overview.funnel'), items), t('overview.funnel'), [
    {title: t('overview.step'), cell: (i) => i.label}, {title: t('overview.devices'), kind: 'number', cell: (i) => number(i.n)},
  ], items, t('overview.funnel-text'));
}

function dialTone(o) {
  const {edges_s: edges, counts, median_s: median, p95_s: p95} = o.dial_tone;
  const items = counts.map((n, i) => ({n, label: edgeLabel(edges, i)}));
  const total = counts.reduce((a, b) => a + b, 0);
  const text = total && median !== null && median !== undefined ?
    t('overview.tone-text', {median: duration(median * 1000), p95: duration((p95 ?? median) * 1000)}) : t('overview.tone-none');
  return figure(t('overview.tone'), bars(t('overview.tone'), items), t('overview.tone'), [
    {title: t('overview.time'), cell: (i) => i.label}, {title: t('overview.phones'), kind: 'number', cell: (i) => number(i.n)},
  ], items, text);
}

function findings(o) {
  if (!o.findings.length) return h('section.plot', h('h2', t('overview.findings')), h('p.soft', t('overview.no-findings')));
  return h('section.plot', h('h2', t('overview.findings')), table(t('overview.findings'), [
    {title: t('finding'), cell: (f) => [f.severity && level(f.severity), ' ', h('a', {href: `/devices?finding=${encodeURIComponent(f.finding)}`}, f.title || f.finding)]},
    {title: t('stage'), cell: (f) => stageWord(f.stage)},
    {title: t('finding.id'), kind: 'mono', cell: (f) => f.finding},
    {title: t('overview.phones'), kind: 'number', cell: (f) => number(f.devices)},
  ], o.findings));
}

const first = () => h('section.empty', h('h2', t('overview.first')), h('p', t('overview.first-text')), h('p.buttons',
  can('operator') && h('a.button.primary', {href: '/devices/add'}, t('add.title')), h('a.button', {href: '/import'}, t('nav.import')),
  h('a.button', {href: '/provisioning'}, t('nav.ways'))));

const notices = (o) => (o.unknown > 0 ? h('p.notice', h('a', {href: '/inbox'}, t('overview.unknown', {n: o.unknown}))) : null);

export async function overviewPage({signal}) {
  const ask = () => get(`/overview?lang=${language()}`, {signal});
  const body = h('div.overview');
  const draw = (o) => {
    // What was opened stays open.
    const open = [...body.querySelectorAll('details')].map((d) => d.open);
    replace(body, notices(o), o.devices ? [statuses(o), h('div.plots', journey(o), dialTone(o)), findings(o)] : first(),
      h('p.soft.at', t('overview.at', {time: dateTime(o.at)})));
    [...body.querySelectorAll('details')].forEach((d, i) => { d.open = open[i] ?? false; });
  };
  const o = await ask();
  draw(o);
  const renew = newest(ask, draw);
  const anew = unhurried(() => (body.contains(document.activeElement) ? null : renew()), 400);
  for (const name of ['overview', 'device.status', 'device.changed', 'unknown.added']) on(name, anew, signal);
  return {title: t('nav.overview'), body, tools: can('operator') && h('a.button.primary', {href: '/devices/add'}, t('add.title'))};
}
