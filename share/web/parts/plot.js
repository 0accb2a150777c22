// Pictures as SVG: bars, a funnel, and the ladder of a journey, in the shapes of the HTML report. Colours come by class from the
// style sheet; shape and words tell the same. Each has a table beside it for those who do not see pictures.
import {h, s} from './dom.js';
import {duration, number, t, word} from './lang.js';
import {table} from './table.js';

// A picture with its title, and the numbers as a table to open.
export function figure(title, picture, caption, columns, items, text = '') {
  return h('figure.plot', h('figcaption', h('h2', title), text && h('p.soft', text)), picture,
    h('details.numbers', h('summary', t('plot.numbers')), table(caption, columns, items)));
}

const WIDTH = 480;
const HEIGHT = 190;
const FOOT = 30;
const TOP = 18;
const TICKS = 8;

// Upright bars: [{label, n}].
export function bars(title, items) {
  const most = Math.max(1, ...items.map((i) => i.n));
  const step = WIDTH / Math.max(1, items.length);
  const high = HEIGHT - FOOT - TOP;
  // Where many bars stand, not each has room for its words.
  const each = Math.ceil(items.length / TICKS);
  return s('svg.bars', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title},
    s('path.axis', {d: `M0 ${HEIGHT - FOOT}.5H${WIDTH}`}),
    items.map(({label, n}, i) => {
      const tall = n ? Math.max(2, (n / most) * high) : 0;
      const x = i * step + step / 2;
      return s('g', s('rect.bar', {x: (i * step + step * 0.14).toFixed(1), y: (HEIGHT - FOOT - tall).toFixed(1),
        width: (step * 0.72).toFixed(1), height: tall.toFixed(1), rx: 2.5}),
      n > 0 && s('text.count', {x: x.toFixed(1), y: (HEIGHT - FOOT - tall - 5).toFixed(1), 'text-anchor': 'middle'}, number(n)),
      i % each === 0 && s('text.tick', {x: x.toFixed(1), y: HEIGHT - FOOT + 17, 'text-anchor': 'middle'}, label));
    }));
}

// Lying bars, the first one the whole: [{label, n, href}].
export function funnel(title, items) {
  const row = 40;
  const left = 132;
  const right = 92;
  const most = Math.max(1, items[0]?.n ?? 1);
  return s('svg.funnel', {viewBox: `0 0 ${WIDTH} ${items.length * row}`, role: 'img', 'aria-label': title},
    items.map(({label, n}, i) => {
      const long = (n / most) * (WIDTH - left - right);
      const y = i * row;
      return s('g', s('text.label', {x: 0, y: y + 25}, label),
        s('rect.ground', {x: left, y: y + 8, width: WIDTH - left - right, height: 24, rx: 4}),
        n > 0 && s('rect.bar', {x: left, y: y + 8, width: Math.max(3, long).toFixed(1), height: 24, rx: 4}),
        s('text.count', {x: WIDTH - right + 10, y: y + 25}, number(n)),
        s('text.part', {x: WIDTH, y: y + 25, 'text-anchor': 'end'}, t('plot.percent', {n: Math.round((100 * n) / most)})));
    }));
}

// The marks of the report: a disc with a tick, an octagon with a cross, rings.
const MARKS = {
  ok: [['circle', {r: 10}], ['path', {d: 'M-4.5 .5l3 3.2 6-7'}]],
  failed: [['path', {class: 'body', d: 'M-5-12H5L12-5V5L5 12H-5L-12 5V-5z'}], ['path', {d: 'M-4.5-4.5l9 9m0-9l-9 9'}]],
  unknown: [['circle', {r: 9.5}], ['path', {d: 'M-2.6-3.2a2.7 2.7 0 1 1 3.9 2.9c-.9.5-1.3 1-1.3 2m0 2.6v.5'}]],
  'not-reached': [['circle', {r: 9.5}], ['path', {d: 'M-4 0h8'}]],
  skipped: [['circle', {r: 9.5}], ['path', {d: 'M-4.5-3.5l3.5 3.5-3.5 3.5m5-7l3.5 3.5-3.5 3.5'}]],
};

export function mark(state) {
  const shapes = MARKS[state] ?? MARKS.unknown;
  return s(`svg.mark.${state}`, {viewBox: '-13 -13 26 26', 'aria-hidden': 'true'}, shapes.map(([tag, shape]) => s(tag, shape)));
}

// How long this took beside the last good time: two bars on one measure.
export function pair(ms, good, most) {
  const part = (v) => (v > 0 ? Math.max(1.5, (Math.log1p(v) / Math.log1p(most)) * 96) : 0);
  return s('svg.pair', {viewBox: '0 0 100 14', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
    ms !== null && ms !== undefined && s('rect.now', {x: 0, y: 1, width: part(ms).toFixed(1), height: 5, rx: 1}),
    good !== null && good !== undefined && s('rect.good', {x: 0, y: 8, width: part(good).toFixed(1), height: 5, rx: 1}));
}

export const edgeLabel = (edges, i) => (i < edges.length ? t('plot.below', {s: duration(edges[i] * 1000)})
  : t('plot.above', {s: duration((edges.at(-1) ?? 0) * 1000)}));

export const stageWord = (stage) => word('stage', stage);
