// A device's status as a badge: shape and words, not colour alone; and times that say how long ago.
import {h, s} from './dom.js';
import {ago, dateTime, t, word} from './lang.js';

export const STATUSES = ['unavailable', 'activating', 'online', 'issues', 'offline', 'expired'];

const SHAPES = {
  online: ['circle', {cx: 6, cy: 6, r: 5}],
  issues: ['path', {d: 'M6 .8L11.4 10.6H.6z'}],
  offline: ['path', {d: 'M3.6.8h4.8l2.8 2.8v4.8l-2.8 2.8H3.6L.8 8.4V3.6z'}],
  activating: ['path', {d: 'M6 1a5 5 0 0 1 0 10zM6 1a5 5 0 0 0 0 10', class: 'half'}],
  expired: ['path', {d: 'M1.5 1h9L7 6l3.5 5h-9L5 6z'}],
  unavailable: ['circle', {cx: 6, cy: 6, r: 4.3, class: 'ring'}],
};

export function badge(status) {
  const [tag, shape] = SHAPES[status] ?? SHAPES.unavailable;
  return h(`span.status.${STATUSES.includes(status) ? status : 'unavailable'}`,
    s('svg', {viewBox: '0 0 12 12', 'aria-hidden': 'true'}, s(tag, shape)), word('status', status));
}

export function when(text, never = t('never')) {
  if (!text) return h('span.soft', never);
  return h('time.ago', {datetime: text, title: dateTime(text)}, ago(text));
}

// What is shown as "a minute ago" grows old while the page stands.
export function keepTimes() {
  setInterval(() => {
    for (const node of document.querySelectorAll('time.ago')) node.textContent = ago(node.dateTime);
  }, 15000);
}

const LEVELS = {error: 'M4.2.8h3.6L11.2 4.2v3.6L7.8 11.2H4.2L.8 7.8V4.2zM4.2 4.2l3.6 3.6m0-3.6L4.2 7.8',
  warning: 'M6 1L11.6 11H.4zM6 4.6v3m0 1.4v.3', info: 'M6 .8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 6 .8zM6 3.4v.3m0 1.8v3',
  nothing: 'M2 6.4l2.8 3L10 3'};

export const level = (name) => h(`span.level.${name in LEVELS ? name : 'info'}`,
  s('svg', {viewBox: '0 0 12 12', 'aria-hidden': 'true'}, s('path', {d: LEVELS[name] ?? LEVELS.info})), word('level', name));
