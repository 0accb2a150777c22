// An import of 1,000 rows, three of which are wrong, in each language and by keyboard alone: the preview says which, and only good rows
// are taken.
import fs from 'node:fs';
import path from 'node:path';
import {choose, press, visit} from './lib/browser.mjs';
import {holds, same} from './lib/check.mjs';
import {run, setUp} from './lib/run.mjs';
import {say, wordsOf} from './lib/words.mjs';

const heading = (page, name, level = 1) => page.getByRole('heading', {level, name}).waitFor();

function csv(base) {
  const rows = ['mac,model,owner,kind,number'];
  for (let i = 0; i < 1000; i++) {
    const at = (base * 1000 + i).toString(16).padStart(6, '0');
    const address = i === 17 ? '00:00:5e:zz:00:01' : `00:00:5e:${at.match(/../g).join(':')}`;
    rows.push(`${address},${i === 400 ? '9999' : '8841'},Person ${base}-${i},${i % 10 ? 'person' : 'workspace'},${30000 + base * 1000 + i}`);
  }
  rows[900] = rows[899];
  return `${rows.join('\n')}\n`;
}

async function imports(page, hub, w, base) {
  const file = path.join(hub.folder, `devices-${base}.csv`);
  fs.writeFileSync(file, csv(base));
  await visit(page, `${hub.url}/import`);
  await choose(page, 'input[type=file]', file);
  await heading(page, say(w, 'import.preview-of', {name: `devices-${base}.csv`, n: 1000}), 2);
  const tiles = await page.locator('.tiles').innerText();
  holds('good rows', tiles, '997');
  holds('refused rows', tiles, '3');
  const refused = await page.locator('tbody tr').evaluateAll((rows) => rows.slice(0, 3).map((r) => r.innerText));
  holds('a bad address', refused.join(), w['problem.bad-mac']);
  holds('an unknown model', refused.join(), w['problem.unknown-model']);
  holds('one that stands twice', refused.join(), w['problem.mac-duplicate']);
  same('rows are shown by the hundred', await page.locator('tbody tr').count(), 100);
  await press(page, {role: 'button', name: say(w, 'import.apply', {n: 997})});
  await heading(page, say(w, 'import.done', {n: 997}), 2);
  await visit(page, `${hub.url}/devices`);
  await page.keyboard.press('/');
  await page.keyboard.type(String(30005 + base * 1000));
  await page.getByRole('row', {name: new RegExp(`Person ${base}-5(\\D|$)`)}).waitFor();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('Person');
  await page.locator('tbody tr').nth(49).waitFor();
  await press(page, {role: 'button', name: w['list.more']});
  await page.locator('tbody tr').nth(50).waitFor();
}

await run(async ({hub, open}) => {
  const first = await open();
  await setUp(first, hub, await wordsOf('en'));
  const state = await first.context().storageState();
  await imports(first, hub, await wordsOf('en'), 1);
  await imports(await open({locale: 'ja-JP', storageState: state}), hub, await wordsOf('ja'), 2);
});
