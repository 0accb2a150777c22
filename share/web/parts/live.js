// What happens, as the hub tells it (server-sent events). A connection that breaks is tried again, and the page says so.
import {BASE, unlessLeft} from './api.js';

const NAMES = ['device.status', 'device.changed', 'report.added', 'report.changed', 'unknown.added', 'overview', 'reset'];
const FIRST = 1000;
const MOST = 30000;
const listeners = new Set();
let source = null;
let wait = FIRST;
let timer = 0;
let state = 'off';
let wanted = false;

function tell(name, data) {
  for (const listener of [...listeners]) if (listener.name === name) (async () => listener.call(data))().catch(unlessLeft);
}

function become(next) {
  if (next === state) return;
  const was = state;
  state = next;
  tell('state', {state, was});
}

function received(event) {
  let data = null;
  try {
    data = JSON.parse(event.data || 'null');
  } catch {
    return;
  }
  tell(event.type, data);
}

function open() {
  source = new EventSource(`${BASE}/events`);
  source.addEventListener('open', () => {
    wait = FIRST;
    become('on');
  });
  source.addEventListener('error', () => {
    become('lost');
    if (!source || source.readyState !== EventSource.CLOSED) return;
    // The browser gave up (the hub refused): our own turn, each time a little later.
    source.close();
    clearTimeout(timer);
    timer = setTimeout(() => { if (wanted) open(); }, wait);
    wait = Math.min(wait * 2, MOST);
  });
  for (const name of NAMES) source.addEventListener(name, received);
}

export function start() {
  if (wanted) return;
  wanted = true;
  open();
}

export function stop() {
  wanted = false;
  clearTimeout(timer);
  source?.close();
  source = null;
  become('off');
}

// Pages that listen to `name` ask anew: something may have been missed.
export const retell = (name) => tell(name, {});

export const liveState = () => state;

// Calls back until `signal` is aborted: the page that listens was left.
export function on(name, call, signal) {
  const listener = {name, call};
  listeners.add(listener);
  signal?.addEventListener('abort', () => listeners.delete(listener));
  return () => listeners.delete(listener);
}

// What the hub answers, and `amend(answer, data)` for each that is told meanwhile: it may be newer than the answer.
export async function amended(name, ask, amend) {
  const told = [];
  const off = on(name, (data) => told.push(data));
  try {
    const answer = await ask();
    for (const data of told) amend(answer, data);
    return answer;
  } finally {
    off();
  }
}
