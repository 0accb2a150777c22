// What the page keeps to: dialogs and the keyboard, its policy, no secret in the browser's storage, a connection that comes back.
import {faultsOf, press, settled, tabTo, visit} from './lib/browser.mjs';
import {check, same} from './lib/check.mjs';
import {run, setUp} from './lib/run.mjs';
import {stock} from './lib/stock.mjs';
import {say, wordsOf} from './lib/words.mjs';

// Dialogs: the keyboard stays in them, Escape closes, and it is back where it was.
async function dialogs(page, hub, pages, w) {
  for (const [address, button] of [[pages.people, 'person.new'], [pages.sites, 'site.new'], [pages.accounts, 'account.new'], [pages.registrars, 'registrar.new'],
    [pages.users, 'users.new'], [pages.tokens, 'tokens.new'], [pages.journey, 'edit'], [pages.journey, 'replace.open'], [pages.journey, 'release.open'],
    [pages.lines, 'line.add'], [pages.access, 'window.open'], [pages.configuration, 'publish.all'], [pages.configuration, 'preview']]) {
    await visit(page, hub.url + address);
    await press(page, {role: 'button', name: w[button]});
    await page.getByRole('dialog').waitFor();
    for (const fault of await faultsOf(page)) check(`dialog ${button}: axe`, false, fault);
    for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
    check(`dialog ${button}: keeps the keyboard`, await page.evaluate(() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({state: 'detached'});
    same(`dialog ${button}: the keyboard is back`, await page.evaluate(() => document.activeElement.textContent), w[button]);
  }
}

async function manners(page, hub, w) {
  await visit(page, `${hub.url}/`);
  await tabTo(page, '.skip');
  await page.keyboard.press('Enter');
  same('the skip link leads to the content', await page.evaluate(() => document.activeElement.id), 'main');
  await press(page, {role: 'link', name: w['nav.people']});
  await page.getByRole('heading', {level: 1, name: w['nav.people']}).waitFor();
  same('a new page begins at its heading', await page.evaluate(() => document.activeElement.tagName), 'H1');
  await page.goBack();
  await page.getByRole('heading', {level: 1, name: w['nav.overview']}).waitFor();
  same('only looks are kept', await page.evaluate(() => Object.keys(localStorage).filter((k) => !['lang', 'theme'].includes(k)).join()), '');
  same('nothing in the session', await page.evaluate(() => sessionStorage.length), 0);
  same('no script reads the cookie', await page.evaluate(() => document.cookie), '');
  await page.locator('.choices select').nth(0).selectOption('ja');
  await page.getByRole('heading', {level: 1, name: (await wordsOf('ja'))['nav.overview']}).waitFor();
  await page.reload();
  await settled(page);
  same('the language is remembered', await page.evaluate(() => document.documentElement.lang), 'ja');
  await page.locator('.choices select').nth(1).selectOption('dark');
  await page.reload();
  await settled(page);
  same('and the look', await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
}

async function policy(page, hub) {
  const answer = await page.request.get(`${hub.url}/`);
  const csp = answer.headers()['content-security-policy'] ?? '';
  check('only what is ours', csp.includes("default-src 'self'") && !/unsafe/.test(csp), csp);
  same('a page that is not there is the page', (await page.request.get(`${hub.url}/devices/1`)).status(), 200);
  same('a file that is not there is not', (await page.request.get(`${hub.url}/nothing.js`)).status(), 404);
}

// A value is saved as a draft, published, and taken back; the page says each.
async function publishing(page, hub, w) {
  await visit(page, `${hub.url}/configuration`);
  await page.getByText(w['configuration.layer-draft']).waitFor();
  await press(page, {role: 'button', name: w['publish.all']});
  await press(page, 'dialog button.primary');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.getByText(w['configuration.layer-draft']).waitFor({state: 'detached'});
  await page.getByLabel(say(w, 'configuration.value-of', {name: 'Resync_Periodic'})).fill('7200');
  await press(page, {role: 'button', name: w.save, exact: true});
  await page.getByText(w['configuration.layer-draft']).waitFor();
  await press(page, {role: 'button', name: w.undo});
  await press(page, 'dialog button.primary');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await page.locator('details.help summary').click();
  same('both are told', await page.locator('details.help tbody tr').count(), 2);
}

// The hub ends and starts again: the page says so, and is connected again by itself.
async function lost(page, hub, w) {
  await visit(page, `${hub.url}/devices`);
  await page.locator('.live[data-state=on]').waitFor();
  same('the hub ends in order', await hub.stop(), 0);
  await page.locator('.live[data-state=lost]').waitFor();
  check('it says so', (await page.locator('.live').innerText()).includes(w['live.lost']));
  await hub.again();
  await page.locator('.live[data-state=on]').waitFor({timeout: 60000});
  check('live again', (await page.locator('.live').innerText()).includes(w['live.on']));
}

await run(async ({hub, open}) => {
  const w = await wordsOf('en');
  const first = await open();
  await setUp(first, hub, w);
  const {pages} = await stock(first);
  const state = await first.context().storageState();
  await policy(first, hub);
  await dialogs(await open({storageState: state}), hub, pages, w);
  await manners(await open({storageState: state}), hub, w);
  await publishing(await open({storageState: state}), hub, w);
  await lost(await open({storageState: state}), hub, w);
});
