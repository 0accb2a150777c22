// The pages of an emulated phone: every one, wide and narrow, light and dark; then what the guide asks of a person, by keyboard alone: log in,
// report a problem, fetch the report.
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {NARROW, WIDE, faultsOf, launch, open, press, tabTo, visit, write} from './lib/browser.mjs';
import {check, failures, holds, same} from './lib/check.mjs';

const SETTINGS = `Provision_Enable=No
User_ID_1_=2001
Display_Name_1_=Ada <Example>
Station_Display_Name=Reception
Proxy_1_=127.0.0.1:9
SIP_Transport_1_=TCP
Password_1_=line-secret
Admin_Password=let me in
`;
const PAGES = ['/', '/debug', '/downloads', '/screen', '/voice', '/voice?ext=1', '/admin/advanced', '/admin/factory-reset', '/nothing'];
const PATIENCE = 60000;

// Resolves to the address of its pages.
function start(folder) {
  const settings = path.join(folder, 'settings');
  fs.writeFileSync(settings, SETTINGS, {mode: 0o600});
  const child = spawn(process.env.DIALTONE, ['phone', '-a', '127.0.0.1', '-d', '127.0.0.1', '--web', '0', '--settings', settings, '--folder', path.join(folder, 'phone')],
    {stdio: ['ignore', 'pipe', 'pipe']});
  let said = '';
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const url = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the phone does not start: ${said}`)), PATIENCE);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        said += data;
        const found = /pages +(https:\S+)\//.exec(said);
        if (!found) return;
        clearTimeout(timer);
        resolve(found[1]);
      });
    }
    ended.then(() => reject(new Error(`the phone ended: ${said}`)));
  });
  return {url, stop: () => { child.kill('SIGTERM'); return ended; }};
}

async function everyPage(browser, url, state) {
  for (const [size, viewport] of [['wide', WIDE], ['narrow', NARROW]]) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(browser, {viewport, colorScheme, storageState: state, ignoreHTTPSErrors: true});
      for (const address of PAGES) {
        const name = `${address}, ${size}, ${colorScheme}`;
        await visit(page, url + address);
        for (const fault of await faultsOf(page)) check(`${name}: axe`, false, fault);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(`${name}: fits`, over <= 0, `${over} pixels too wide`);
        check(`${name}: no secret`, !/line-secret|let me in/.test(await page.content()));
      }
      await page.context().close();
    }
  }
}

async function logIn(page, url) {
  await visit(page, `${url}/voice`);
  same('the page that needs a log-in leads there', new URL(page.url()).pathname, '/login');
  await write(page, '#password', 'let me out');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  for (const fault of await faultsOf(page)) check('log-in refused: axe', false, fault);
  await write(page, '#password', 'let me in');
  await page.keyboard.press('Enter');
  await page.getByRole('button', {name: 'Log out'}).waitFor();
}

async function report(page) {
  await Promise.all([page.waitForEvent('load'), press(page, {role: 'link', name: 'Debug Info'})]);
  await tabTo(page, '#text');
  await page.keyboard.type('The phone is not r');
  await Promise.all([page.waitForEvent('load'), press(page, {role: 'button', name: 'Generate PRT'})]);
  await page.getByRole('status').waitFor();
  await tabTo(page, {role: 'link', name: 'Download the PRT log'});
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  holds('the name of the report', download.suggestedFilename(), 'probrep-');
  const bytes = fs.readFileSync(await download.path());
  same('the report is gzip', bytes.subarray(0, 2).toString('hex'), '1f8b');
}

async function pressKeys(page) {
  await Promise.all([page.waitForEvent('load'), press(page, {role: 'link', name: 'Screen'})]);
  const screen = page.locator('.screen');
  holds('the screen', await screen.innerText(), 'Ada <Example>');
  for (const key of ['Applications', 'Select', 'Select']) {
    await Promise.all([page.waitForEvent('load'), press(page, {role: 'button', name: key, exact: true})]);
  }
  await page.locator('.screen', {hasText: 'Product information'}).waitFor();
  holds('the screen', await screen.innerText(), '00:00:5e:00:53:21');
}

const folder = fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'desk-'));
const phone = start(folder);
let browser = null;
let code = 1;
try {
  const url = await phone.url;
  browser = await launch();
  const page = await open(browser, {ignoreHTTPSErrors: true});
  await logIn(page, url);
  await everyPage(browser, url, await page.context().storageState());
  await report(page);
  await pressKeys(page);
  for (const complaint of browser.complaints) console.log(`FAILED: the page complains: ${complaint}`);
  code = failures() || browser.complaints.length ? 1 : 0;
} catch (error) {
  console.log(error.stack);
} finally {
  await browser?.close();
  await phone.stop();
}
process.exit(code);
