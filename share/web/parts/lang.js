// The words of the page, and numbers and times as the language writes them.
import en from '../lang/en.js';
import ja from '../lang/ja.js';

export const LANGUAGES = {en, ja};
let code = 'en';
let plural = new Intl.PluralRules('en');

function wanted() {
  try {
    const kept = localStorage.getItem('lang');
    if (kept in LANGUAGES) return kept;
  } catch {
    // Without storage the browser's languages decide.
  }
  const asked = (navigator.languages ?? [navigator.language]).map((l) => l.slice(0, 2).toLowerCase());
  return asked.find((l) => l in LANGUAGES) ?? 'en';
}

export function useLanguage(lang = wanted(), remember = false) {
  code = lang;
  plural = new Intl.PluralRules(lang);
  document.documentElement.lang = lang;
  if (!remember) return;
  try {
    localStorage.setItem('lang', lang);
  } catch {
    // It holds for this visit then.
  }
}

export const language = () => code;
export const has = (key) => key in LANGUAGES[code];

// The text of a key. {name} is a value; a text of two forms ("one|other") is chosen by {n}.
export function t(key, values = {}) {
  let text = LANGUAGES[code][key] ?? LANGUAGES.en[key] ?? key;
  if (Array.isArray(text)) text = text[plural.select(Number(values.n)) === 'one' ? 0 : text.length - 1];
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name];
    return value === undefined || value === null ? '' : typeof value === 'number' ? number(value) : String(value);
  });
}

// The text of a word that the server uses ("status.online"), or the word itself when it is a new one.
export const word = (group, value) => (has(`${group}.${value}`) ? t(`${group}.${value}`) : String(value ?? ''));

export const number = (n, digits = 0) => new Intl.NumberFormat(code, {maximumFractionDigits: digits}).format(n);

export function dateTime(text) {
  const at = new Date(text);
  if (!text || Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(code, {dateStyle: 'medium', timeStyle: 'medium'}).format(at);
}

export function clock(text) {
  const at = new Date(text);
  if (!text || Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(code, {hour: '2-digit', minute: '2-digit', second: '2-digit',
    fractionalSecondDigits: 3}).format(at);
}

const SPANS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

export function ago(text, now = Date.now()) {
  const at = new Date(text).getTime();
  if (!text || Number.isNaN(at)) return '';
  const seconds = (at - now) / 1000;
  const [unit, size] = SPANS.find(([, length]) => Math.abs(seconds) >= length) ?? SPANS[3];
  return new Intl.RelativeTimeFormat(code, {numeric: 'auto'}).format(Math.round(seconds / size), unit);
}

// Milliseconds in the unit that reads best.
export function duration(ms) {
  if (ms === null || ms === undefined || ms < 0) return '';
  const show = (n, unit, digits) => new Intl.NumberFormat(code, {style: 'unit', unit, unitDisplay: 'short',
    maximumFractionDigits: digits}).format(n);
  if (ms < 1) return `< ${show(1, 'millisecond', 0)}`;
  if (ms < 1000) return show(ms, 'millisecond', 0);
  if (ms < 120000) return show(ms / 1000, 'second', ms < 10000 ? 2 : 1);
  return ms < 7200000 ? show(ms / 60000, 'minute', 1) : show(ms / 3600000, 'hour', 1);
}

export function bytes(n) {
  const unit = n < 1000 ? 'byte' : n < 1e6 ? 'kilobyte' : 'megabyte';
  const size = {byte: 1, kilobyte: 1000, megabyte: 1e6}[unit];
  return new Intl.NumberFormat(code, {style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1}).format(n / size);
}
