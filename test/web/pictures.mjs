// Pictures of the page for the documents: an installation whose phones came, were refused, or have not been heard of.
//
//     node pictures.mjs FOLDER
import path from 'node:path';
import {visit} from './lib/browser.mjs';
import {apiOf} from './lib/hub.mjs';
import {fetchConfiguration, guess, knock, register} from './lib/phone.mjs';
import {run, setUp} from './lib/run.mjs';
import {SECRET, macOf, stock} from './lib/stock.mjs';
import {wordsOf} from './lib/words.mjs';

const folder = process.argv[2];
const COMES = 6; // phones that get to their dial tone

// One after another, as on the morning of a move.
async function morning(hub, api) {
  await api('POST', '/publish', {scope: 'all'});
  for (let i = 0; i < COMES; i++) {
    await knock(hub, macOf(i));
    await fetchConfiguration(hub, macOf(i));
    await register(hub, String(2001 + i), SECRET);
  }
  await knock(hub, macOf(COMES), '--expired');
  await knock(hub, macOf(COMES + 1));
  await fetchConfiguration(hub, macOf(COMES + 1));
  await register(hub, String(2001 + COMES + 1), 'not the secret');
  await knock(hub, '00:00:5e:00:53:ea');
  await guess(hub, ['00:00:5e:00:53:a1', '00:00:5e:00:53:a2', '00:00:5e:00:53:a3']);
}

async function wizard(page, hub, w) {
  await visit(page, `${hub.url}/devices/add`);
  await page.getByRole('button', {name: w.next}).click();
  await page.locator('input[id^=owner]').fill('Aiko');
  await page.locator('.options li').first().click();
  await page.locator('input[name=number]').fill('2042');
  await page.getByRole('button', {name: w.next}).click();
  await page.locator('input[id^=model]').fill('8851');
  await page.locator('.options li').first().click();
  await page.getByRole('button', {name: w.next}).click();
  await page.locator('input[name=mac]').fill('00-00-5E-00-53-42');
  await page.locator('.checked .icon').waitFor();
}

await run(async ({hub, open}) => {
  const first = await open();
  await setUp(first, hub, await wordsOf('en'));
  const {pages} = await stock(first);
  const api = apiOf(first);
  await morning(hub, api);
  const storageState = await first.context().storageState();
  const device = async (i) => `/devices/${(await api('GET', `/devices?q=${macOf(i)}`)).items[0].id}`;
  const wide = {viewport: {width: 1200, height: 780}, deviceScaleFactor: 1.5, storageState};
  const narrow = {viewport: {width: 390, height: 844}, deviceScaleFactor: 2, storageState, hasTouch: true};
  const shot = async (page, name, address, whole = false) => {
    if (address) await visit(page, hub.url + address);
    if (address === pages.report) await page.locator('.log .l').first().waitFor();
    await page.locator('.note').first().waitFor({state: 'detached'});
    await page.screenshot({path: path.join(folder, `${name}.png`), fullPage: whole});
  };
  const light = await open(wide);
  await shot(light, 'hub-overview', '/', true);
  await shot(light, 'hub-devices', '/devices');
  await shot(light, 'hub-device', await device(COMES + 1), true);
  await shot(light, 'hub-inbox', '/inbox');
  await shot(light, 'hub-report', pages.report);
  await shot(light, 'hub-ways', '/provisioning');
  await shot(light, 'hub-configuration', pages.effective, true);
  await wizard(light, hub, await wordsOf('en'));
  await shot(light, 'hub-add');
  await shot(await open({...wide, colorScheme: 'dark'}), 'hub-dark', '/', true);
  await shot(await open({...narrow, locale: 'ja-JP'}), 'hub-phone-ja', '/devices');
  await shot(await open({...wide, locale: 'ja-JP'}), 'hub-ja', await device(COMES), true);
});
