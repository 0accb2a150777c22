// The page as a whole: who is signed in, the frame with its navigation, and which page belongs to which address.
import {h, replace, sign} from './parts/dom.js';
import {LANGUAGES, language, t, useLanguage} from './parts/lang.js';
import {get, Problem, whenSignedOut} from './parts/api.js';
import {begin, go, route, show} from './parts/router.js';
import {can, forget, resume, signOut, who} from './parts/session.js';
import {problemText, whenActionFails} from './parts/form.js';
import {note, placeSpeech, say} from './parts/say.js';
import {keepTimes} from './parts/status.js';
import {useTheme, theme, THEMES} from './parts/look.js';
import * as live from './parts/live.js';
import {forgetNames} from './parts/names.js';
import {setupPage, signinPage} from './pages/door.js';
import {overviewPage} from './pages/overview.js';
import {devicesPage} from './pages/devices.js';
import {addPage} from './pages/add.js';
import {deviceConfiguration, deviceJourney, deviceLines, deviceReports, deviceAccess} from './pages/device.js';
import {inboxPage} from './pages/inbox.js';
import {reportPage, reportsPage} from './pages/reports.js';
import {peoplePage, sitesPage, workspacesPage} from './pages/directory.js';
import {accountsPage, registrarsPage} from './pages/accounts.js';
import {configurationPage} from './pages/configuration.js';
import {importPage} from './pages/import.js';
import {waysPage} from './pages/ways.js';
import {auditPage} from './pages/audit.js';
import {tokensPage, usersPage} from './pages/settings.js';

const NAV = [
  [null, [['/', 'overview'], ['/devices', 'devices'], ['/inbox', 'inbox'], ['/reports', 'reports']]],
  ['directory', [['/people', 'people'], ['/workspaces', 'workspaces'], ['/sites', 'sites']]],
  ['calling', [['/accounts', 'accounts'], ['/registrars', 'registrars']]],
  ['provisioning', [['/configuration', 'configuration'], ['/import', 'import'], ['/provisioning', 'ways']]],
  ['administration', [['/audit', 'audit'], ['/users', 'users', 'admin'], ['/tokens', 'tokens', 'admin']]],
];

const main = h('main', {id: 'main', tabindex: -1});
let frame = null;
let waiting = h('span.count', {hidden: true});

function routes() {
  route('/', overviewPage);
  route('/devices', devicesPage);
  route('/devices/add', addPage);
  route('/devices/:id', deviceJourney);
  route('/devices/:id/lines', deviceLines);
  route('/devices/:id/configuration', deviceConfiguration);
  route('/devices/:id/reports', deviceReports);
  route('/devices/:id/access', deviceAccess);
  route('/inbox', inboxPage);
  route('/reports', reportsPage);
  route('/reports/:id', reportPage);
  route('/people', peoplePage);
  route('/workspaces', workspacesPage);
  route('/sites', sitesPage);
  route('/accounts', accountsPage);
  route('/registrars', registrarsPage);
  route('/configuration', configurationPage);
  route('/configuration/:scope*', configurationPage);
  route('/import', importPage);
  route('/provisioning', waysPage);
  route('/audit', auditPage);
  route('/users', usersPage);
  route('/tokens', tokensPage);
  route('/signin', signinPage);
  route('/setup', setupPage);
}

function picker(label, value, options, change) {
  const select = h('select', {'aria-label': label}, options.map(([v, text, lang]) =>
    h('option', {value: v, selected: v === value, lang}, text)));
  select.addEventListener('change', () => change(select.value));
  return select;
}

const languagePicker = () => picker(t('language'), language(), Object.keys(LANGUAGES).map((code) =>
  [code, LANGUAGES[code]['language.own'], code]), (code) => {
  useLanguage(code, true);
  forgetNames();
  draw();
  show({quiet: true});
  document.querySelector('.choices select')?.focus();
});

const themePicker = () => picker(t('theme'), theme(), THEMES.map((v) => [v, t(`theme.${v}`)]), useTheme);

function navigation() {
  const groups = NAV.map(([title, links]) => {
    const shown = links.filter(([, , role]) => !role || can(role));
    return shown.length ? [title && h('h2', t(`nav.${title}`)), h('ul', shown.map(([href, name]) =>
      h('li', h('a', {href}, t(`nav.${name}`), name === 'inbox' && waiting))))] : null;
  });
  return h('nav', {id: 'nav', 'aria-label': t('nav.label')}, groups);
}

function liveSign() {
  const box = h('span.live', {'data-state': live.liveState()}, h('span.dot', {'aria-hidden': 'true'}),
    h('span.words', t(`live.${live.liveState()}`)));
  return box;
}

// The header, and, for who is signed in, the navigation. Drawn anew when the language changes.
function draw() {
  const inside = Boolean(who());
  waiting = h('span.count', {hidden: true});
  const toggle = h('button.quiet.menu', {type: 'button', 'aria-expanded': 'false', 'aria-controls': 'nav', 'aria-label': t('nav.menu'),
    onclick: () => openMenu(toggle.getAttribute('aria-expanded') !== 'true')}, sign('menu'));
  const leave = h('button', {type: 'button', onclick: async () => {
    await signOut();
    draw();
    go('/signin');
  }}, t('signout'));
  const header = h('header.top', inside && toggle, h('a.brand', {href: '/'}, h('img', {src: '/icon.svg', alt: '', width: 26, height: 26}), 'dialtone'),
    inside && liveSign(), h('div.choices', languagePicker(), themePicker(), inside && h('span.who', sign('user'), who().user), inside && leave));
  const skip = h('a.skip', {href: '#main', onclick: (event) => {
    event.preventDefault();
    main.focus();
  }}, t('skip'));
  const next = h(`div.frame${inside ? '' : '.outside'}`, skip, header, inside && navigation(), main);
  if (frame) frame.replaceWith(next);
  else document.body.append(next);
  frame = next;
  mark(location.pathname);
  if (inside) count();
}

function openMenu(open) {
  frame.classList.toggle('open', open);
  frame.querySelector('.menu')?.setAttribute('aria-expanded', String(open));
}

function mark(path) {
  openMenu(false);
  for (const link of frame.querySelectorAll('nav[id] a')) {
    const href = link.getAttribute('href');
    const here = href === path || (href !== '/' && path.startsWith(`${href}/`));
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

// How many phones wait in the inbox.
async function count() {
  try {
    const {unknown} = await get(`/overview?lang=${language()}`);
    replace(waiting, unknown || '', h('span.unseen', ` ${t('inbox.waiting', {n: unknown})}`));
    waiting.hidden = !unknown;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

function watchConnection() {
  live.on('state', ({state, was}) => {
    const box = frame.querySelector('.live');
    if (box) {
      box.dataset.state = state;
      box.querySelector('.words').textContent = t(`live.${state}`);
    }
    if (state === 'lost') say(t('live.lost'));
    if (state === 'on' && was === 'lost') {
      say(t('live.back'));
      for (const name of ['overview', 'reset']) live.retell(name);
    }
  });
  live.on('unknown.added', count);
  live.on('overview', count);
}

function keys(event) {
  const typing = event.target.closest('input, textarea, select, [contenteditable], dialog');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = main.querySelector('input[type=search]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  } else if (event.key === 'Escape' && frame.classList.contains('open')) {
    openMenu(false);
    frame.querySelector('.menu').focus();
  }
}

async function door() {
  if (location.pathname === '/setup') return;
  const health = await get('/health', {quiet: true});
  if (location.pathname === '/signin' && !health?.setup) return;
  const here = location.pathname + location.search;
  const back = here === '/' ? '' : `?to=${encodeURIComponent(here)}`;
  history.replaceState(null, '', health?.setup ? '/setup' : `/signin${back}`);
}

async function boot() {
  useLanguage();
  routes();
  placeSpeech(document.body);
  keepTimes();
  whenActionFails((error) => {
    if (!(error instanceof Problem)) throw error;
    note(problemText(error), 'trouble');
  });
  whenSignedOut(() => {
    if (!who()) return;
    forget();
    draw();
    go(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
  });
  document.addEventListener('keydown', keys);
  document.addEventListener('signed-in', draw);
  try {
    if (!(await resume())) await door();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    draw();
    replace(main, h('h1', t('failed.title')), h('p.alert', {role: 'alert'}, problemText(error)),
      h('button', {type: 'button', onclick: () => location.reload()}, t('failed.again')));
    return;
  }
  draw();
  watchConnection();
  begin(main, mark);
  await show();
}

boot();
