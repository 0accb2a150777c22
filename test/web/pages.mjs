// Every page, wide or narrow, light and dark, in each language: axe finds nothing, nothing is cut at the side.
//
//     node pages.mjs wide|narrow
import {NARROW, WIDE, faultsOf, visit} from './lib/browser.mjs';
import {check, same} from './lib/check.mjs';
import {run, setUp} from './lib/run.mjs';
import {stock} from './lib/stock.mjs';
import {wordsOf} from './lib/words.mjs';

const viewport = process.argv[2] === 'narrow' ? NARROW : WIDE;
const LOOKS = [['light', {viewport, colorScheme: 'light'}], ['dark', {viewport, colorScheme: 'dark', locale: 'ja-JP'}]];

async function sound(page, name) {
  for (const fault of await faultsOf(page)) check(`${name}: axe`, false, fault);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`${name}: fits`, over <= 0, `${over} pixels too wide`);
}

async function everyPage(open, hub, state, pages) {
  for (const [look, options] of LOOKS) {
    const page = await open({...options, storageState: state});
    for (const [name, address] of Object.entries(pages)) {
      await visit(page, hub.url + address);
      if (name === 'report') await page.locator('.phone').waitFor();
      same(`${name}, ${look}: language`, await page.evaluate(() => document.documentElement.lang), (options.locale ?? 'en').slice(0, 2));
      await sound(page, `${name}, ${look}`);
    }
    await page.context().close();
  }
}

await run(async ({hub, open}) => {
  const w = await wordsOf('en');
  const first = await open({viewport});
  for (const address of ['/signin', '/setup']) {
    await visit(first, hub.url + address);
    await sound(first, address);
  }
  await setUp(first, hub, w);
  const {pages} = await stock(first);
  await everyPage(open, hub, await first.context().storageState(), pages);
});
