// A test with a hub and a browser: started, ended whatever happens; exits with 1 where something did not hold.
import {launch, open} from './browser.mjs';
import {failures} from './check.mjs';
import {startHub} from './hub.mjs';

export async function run(test) {
  const hub = await startHub(process.env.TMPDIR ?? '/tmp');
  let code = 1;
  let browser = null;
  try {
    browser = await launch();
    await test({hub, browser, open: (options) => open(browser, options)});
    for (const complaint of browser.complaints) console.log(`FAILED: the page complains: ${complaint}`);
    code = failures() || browser.complaints.length ? 1 : 0;
  } catch (error) {
    console.log(error.stack);
    for (const page of browser?.contexts().flatMap((c) => c.pages()) ?? []) {
      console.log(page.url(), await page.locator('main').innerText({timeout: 1000}).catch(() => ''));
    }
  } finally {
    await browser?.close();
    const ended = await hub.stop();
    if (ended !== 0) {
      console.log(`FAILED: the hub ended with ${ended}: ${hub.said().slice(-2000)}`);
      code = 1;
    }
  }
  process.exit(code);
}

export const ADMIN = {user: 'admin', password: 'correct horse battery'};

// The first administrator by the link; the page then is inside.
export async function setUp(page, hub, words) {
  await page.goto(hub.setup);
  await page.getByLabel(words['user.name'], {exact: false}).first().waitFor();
  await page.locator('input[name=user]').fill(ADMIN.user);
  await page.locator('input[name=password]').fill(ADMIN.password);
  await page.locator('input[type=password]').nth(1).fill(ADMIN.password);
  await page.getByRole('button', {name: words['setup.do']}).click();
  await page.getByRole('heading', {level: 1, name: words['nav.overview']}).waitFor();
}
