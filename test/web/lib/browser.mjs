// Chromium for the tests: contexts, a keyboard that looks for what it presses, complaints of pages, and axe.
import {createRequire} from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.env.WEB_MODULES ?? '.', 'x.js'));
const {chromium} = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = {width: 1280, height: 900};
export const NARROW = {width: 360, height: 740};

export async function launch() {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : []});
  browser.complaints = [];
  return browser;
}

// A page in a context of its own. What it complains of is kept, but for what a test asks for: answers of 4xx, a hub that ended.
export async function open(browser, options = {}) {
  const context = await browser.newContext({viewport: WIDE, locale: 'en-US', timezoneId: 'UTC', reducedMotion: 'reduce', ...options});
  context.setDefaultTimeout(45000);
  const page = await context.newPage();
  page.on('pageerror', (error) => browser.complaints.push(`${page.url()}: ${error.stack}`));
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type()) && !/status of 4\d\d|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/.test(m.text())) browser.complaints.push(`${page.url()}: ${m.text()}`);
  });
  return page;
}

// The page of an address, shown whole: nothing is loading any more.
export async function visit(page, url) {
  await page.goto(url);
  await settled(page);
}

export async function settled(page) {
  await page.locator('main:not([aria-busy]) h1').waitFor();
  await page.locator('[aria-busy]').first().waitFor({state: 'detached'});
}

// What axe finds on the page as it is now, in words.
export async function faultsOf(page) {
  const client = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const {result, exceptionDetails} = await client.send('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${axe};0`);
  const found = JSON.parse(await run(`axe.run(document, {resultTypes: ['violations']}).then((r) => JSON.stringify(r.violations.map((v) =>
    [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))])))`));
  await client.detach();
  return found.map(([id, help, nodes]) => `${id}: ${help}: ${nodes.join(' | ')}`);
}

// -- the keyboard alone

const MOST = 150;

// Tab until what has the keyboard fits: {role, name} as a screen reader would hear them, or a selector. It may have to be drawn first.
export async function tabTo(page, what, {back = false} = {}) {
  const target = typeof what === 'string' ? page.locator(what) : page.getByRole(what.role, {name: what.name, exact: what.exact ?? true});
  await target.first().waitFor({state: 'attached'});
  for (let i = 0; i < MOST; i++) {
    if (await target.evaluateAll((nodes) => nodes.some((n) => n === document.activeElement))) return;
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
  }
  throw new Error(`the keyboard does not come to ${JSON.stringify(what)}; it stands at ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200))}`);
}

export async function press(page, what, key = 'Enter') {
  await tabTo(page, what);
  await page.keyboard.press(key);
}

export async function write(page, what, text) {
  await tabTo(page, what);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

// A file for a field of files, which Space opens; once more where the browser was not ready for it.
export async function choose(page, selector, file) {
  for (let left = 3; left; left--) {
    await tabTo(page, selector);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser', {timeout: 7000}).catch(() => null), page.keyboard.press('Space')]);
    if (chooser) return chooser.setFiles(file);
  }
  throw new Error(`${selector} does not open`);
}
