// Addresses and pages. A page is a function (context) -> nodes or a promise of them; what it started ends with its signal.
import {h, replace} from './dom.js';
import {t} from './lang.js';
import {Problem} from './api.js';
import {problemText} from './form.js';
import {say} from './say.js';

const routes = [];
let place = null;
let leaving = new AbortController();
let onShown = () => {};
let mayLeave = null;
let shownPath = '';

// "/devices/:id": the part behind a colon is given to the page as params.id.
export function route(pattern, page) {
  const names = [];
  const source = pattern.replace(/:(\w+)(\*?)/g, (all, name, rest) => {
    names.push(name);
    return rest ? '(.+)' : '([^/]+)';
  });
  routes.push({match: new RegExp(`^${source}$`), names, page});
}

function find(path) {
  for (const {match, names, page} of routes) {
    const found = match.exec(path);
    if (found) return {page, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])]))};
  }
  return null;
}

export function begin(main, shown) {
  place = main;
  onShown = shown;
  addEventListener('popstate', () => { if (location.pathname + location.search !== shownPath) show({back: true}); });
  document.addEventListener('click', followed);
}

function followed(event) {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute('download') || link.pathname.startsWith('/api/')) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function go(path, {replaced = false} = {}) {
  if (mayLeave && !mayLeave()) return;
  history[replaced ? 'replaceState' : 'pushState'](null, '', path);
  show();
}

// The address follows what is chosen on a page, without leaving it.
export function stay(path) {
  history.replaceState(null, '', path);
  shownPath = path;
}

// Asked before the page is left by a link; returns false to stay.
export const guard = (ask) => { mayLeave = ask; };

function missing() {
  return {title: t('missing.title'), body: h('p', t('missing.text'), ' ', h('a', {href: '/'}, t('missing.home')))};
}

function failed(error) {
  if (!(error instanceof Problem)) throw error;
  return {title: error.status === 404 ? t('missing.title') : t('failed.title'),
    body: [h('p.alert', {role: 'alert'}, problemText(error)),
      h('p', h('button', {type: 'button', onclick: () => show()}, t('failed.again')))]};
}

// Shows the page of the address. The heading gets the keyboard, so that reading goes on there.
export async function show({quiet = false, back = false} = {}) {
  leaving.abort();
  const mine = leaving = new AbortController();
  mayLeave = null;
  shownPath = location.pathname + location.search;
  const found = find(location.pathname);
  const context = {params: found?.params ?? {}, query: new URLSearchParams(location.search), signal: mine.signal};
  if (!quiet) place.setAttribute('aria-busy', 'true');
  let page;
  try {
    page = found ? await found.page(context) : missing();
  } catch (error) {
    if (mine.signal.aborted || error.name === 'AbortError') return;
    page = failed(error);
  }
  if (mine.signal.aborted || !page) return;
  place.removeAttribute('aria-busy');
  const heading = h('h1', {tabindex: -1}, page.heading ?? page.title);
  const kept = quiet ? scrollY : 0;
  replace(place, h('div.head', h('div', page.above, heading, page.below), page.tools && h('div.tools', page.tools)), page.body);
  document.title = t('title', {page: page.title});
  onShown(location.pathname);
  if (quiet || back) scrollTo(0, kept);
  else scrollTo(0, 0);
  if (page.focus?.isConnected) page.focus.focus();
  else if (!quiet) heading.focus({preventScroll: true});
  if (!quiet) say(page.title);
}

export const again = () => show({quiet: true});
