// What an operator does, in each language and by keyboard alone: setting up, the wizard with its refusals, a replacement,
// a phone that comes, one that brings an activation code, unknown phones, a problem report.
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {choose, press, settled, tabTo, visit, write} from './lib/browser.mjs';
import {check, holds, same} from './lib/check.mjs';
import {ADMIN, run} from './lib/run.mjs';
import {say, wordsOf} from './lib/words.mjs';
import {guess, knock} from './lib/phone.mjs';

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), '../fixtures');
const heading = (page, name, level = 1) => page.getByRole('heading', {level, name}).waitFor();
const mac = (n) => `00:00:5e:00:53:${n.toString(16).padStart(2, '0')}`;

async function door(page, hub, w) {
  await page.goto(hub.setup);
  await settled(page);
  same('the link leaves the address', new URL(page.url()).hash, '');
  await page.keyboard.type(ADMIN.user);
  await write(page, 'input[name=password]', 'short');
  await press(page, {role: 'button', name: w['setup.do']});
  await page.getByText(say(w, 'user.password-short', {n: 10})).waitFor();
  await write(page, 'input[name=password]', ADMIN.password);
  await write(page, 'input[type=password] >> nth=1', ADMIN.password);
  await page.keyboard.press('Enter');
  await heading(page, w['nav.overview']);
  await press(page, {role: 'button', name: w.signout});
  await heading(page, w['signin.title']);
}

async function signIn(page, hub, w) {
  await visit(page, `${hub.url}/signin?to=%2Fdevices`);
  await page.keyboard.type(ADMIN.user);
  await page.keyboard.press('Tab');
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  await page.getByText(w['problem.unauthorized']).waitFor();
  await write(page, 'input[name=password]', ADMIN.password);
  await page.keyboard.press('Enter');
  await heading(page, w['nav.devices']);
}

// -- Devices > Add device; Personal usage; the user; Cisco IP phone and model; By MAC address; Save

async function newPerson(page, w, name) {
  await tabTo(page, 'input[role=combobox]');
  await page.keyboard.type(name);
  await page.locator('.options .make').waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  same('the name is carried on', await page.getByRole('dialog').locator('input[name=name]').inputValue(), name);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  same('and chosen', await page.locator('input[role=combobox]').first().inputValue(), name);
}

async function wizard(page, hub, w, who, number, wanted, n) {
  await visit(page, `${hub.url}/devices`);
  await press(page, {role: 'link', name: w['add.title']});
  await heading(page, w['add.title']);
  await tabTo(page, 'input[name=usage]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  check('personal usage', await page.locator('input[value=person]').isChecked());
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-owner'], 2);
  await press(page, {role: 'button', name: w.next});
  await page.getByText(w['field.missing']).first().waitFor();
  await newPerson(page, w, who);
  await write(page, 'input[name=number]', number);
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-model'], 2);
  await tabTo(page, 'input[role=combobox]');
  await page.keyboard.type('8851');
  await page.locator('.options li').filter({hasText: '8851'}).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-way'], 2);
  await refusals(page, w);
  await write(page, 'input[name=mac]', mac(n).replaceAll(':', '-').toUpperCase());
  await page.getByText(say(w, 'mac.free', {mac: mac(n)})).waitFor();
  await press(page, {role: 'button', name: w.save});
  await otherNumber(page, w, wanted);
  await heading(page, say(w, 'add.done', {mac: mac(n)}), 2);
  await press(page, {role: 'link', name: w['add.search']});
  await heading(page, w['nav.devices']);
  const row = page.getByRole('row', {name: new RegExp(mac(n))});
  await row.waitFor();
  holds('its status', await row.innerText(), w['status.unavailable']);
  holds('its owner', await row.innerText(), who);
  holds('its number', await row.innerText(), wanted);
}

// What was typed some steps before is refused: told at its field, and what else was chosen stays.
async function otherNumber(page, w, wanted) {
  await page.getByText(w['problem.bad-number']).waitFor();
  same('the number has the keyboard', await page.evaluate(() => document.activeElement.name), 'number');
  await page.keyboard.press('Control+A');
  await page.keyboard.type(wanted);
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-model'], 2);
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-way'], 2);
  await press(page, {role: 'button', name: w.save});
}

async function refusals(page, w) {
  for (const [text, key, values] of [['00005e00530g', 'mac.strange', {c: 'g'}], ['00005e005301ff', 'mac.long', {n: 2}], ['01005e005301', 'mac.group', {}]]) {
    await write(page, 'input[name=mac]', text);
    await page.getByText(say(w, key, values)).waitFor();
  }
  await write(page, 'input[name=mac]', '00005e');
  await press(page, {role: 'button', name: w.save});
  await page.getByText(say(w, 'mac.short', {n: 6})).waitFor();
  same('the field has the keyboard', await page.evaluate(() => document.activeElement.name), 'mac');
  same('and is marked', await page.locator('input[name=mac]').getAttribute('aria-invalid'), 'true');
}

async function used(page, hub, w, n) {
  await visit(page, `${hub.url}/devices?q=${mac(n)}`);
  await press(page, `a[href^="/devices/"]:has-text("${mac(n)}")`);
  await heading(page, mac(n));
  await press(page, {role: 'button', name: w['replace.open']});
  await write(page, 'dialog input[name=mac]', mac(n));
  await page.getByText(w['problem.mac-used']).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  same('the keyboard is back', await page.evaluate(() => document.activeElement.textContent), w['replace.open']);
}

// A broken phone: another one gets its lines.
async function replacement(page, hub, w, n, to) {
  await press(page, {role: 'button', name: w['replace.open']});
  await write(page, 'dialog input[name=mac]', mac(to));
  await page.getByText(say(w, 'mac.free', {mac: mac(to)})).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, mac(to));
  holds('the former address is told', await page.locator('.former').innerText(), mac(n));
}

// -- phones that nobody added: one proves itself, one only guesses

async function inbox(page, hub, w, who, n) {
  await visit(page, `${hub.url}/inbox`);
  await guess(hub, [mac(n + 1), mac(n + 2), mac(n + 3)]);
  await page.locator('tbody tr', {hasText: w['inbox.unproven']}).waitFor();
  same('guesses of one source are one row', await page.locator('tbody tr').count(), 1);
  await knock(hub, mac(n));
  const row = page.getByRole('row', {name: new RegExp(mac(n))});
  await row.waitFor();
  holds('it proved itself', await row.innerText(), w['inbox.proven']);
  await tabTo(page, `tr:has-text("${mac(n)}") button >> nth=0`);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, 'dialog input[role=combobox] >> nth=0');
  await page.keyboard.type(who);
  await page.locator('.options li').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const model = page.locator('dialog .find:has(input[id^=model]) input');
  if (!await model.inputValue()) {
    await tabTo(page, 'dialog .find:has(input[id^=model]) input');
    await page.keyboard.type('8851');
    await page.locator('.options li').filter({hasText: '8851'}).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  }
  await press(page, {role: 'button', name: w['inbox.adopt']});
  await heading(page, mac(n));
  await visit(page, `${hub.url}/inbox`);
  await press(page, {role: 'button', name: w['inbox.dismiss']});
  await page.getByText(w['inbox.empty']).waitFor();
}

// Holds the answer that tells of one device until the news of its status has come, and makes it older than that. Returns whether it came.
async function late(page, news) {
  let known = false;
  let came = () => {};
  const done = new Promise((resolve) => { came = resolve; });
  news.then(() => { known = true; });
  await page.route(/\/api\/v1\/devices\/\d+\?/, async (route) => {
    if (known) {
      await route.continue();
      return came(false);
    }
    const response = await route.fetch();
    const device = await response.json();
    await news;
    await route.fulfill({response, json: {...device, status: 'unavailable', last_seen: null, model: 'CP-8865-3PCC'}});
    return came(true);
  });
  return done;
}

// A phone that comes is seen to come: nobody reloads the list, and what is older does not undo what is newer.
async function comes(page, hub, w, n) {
  await visit(page, `${hub.url}/devices?q=${mac(n)}`);
  const row = page.getByRole('row', {name: new RegExp(mac(n))});
  holds('before', await row.innerText(), w['status.unavailable']);
  await page.locator('.live[data-state=on]').waitFor();
  const news = row.getByText(w['status.activating']).waitFor();
  const held = late(page, news);
  await knock(hub, mac(n));
  await news;
  if (await held) await row.getByText('8865').waitFor();
  await page.unrouteAll({behavior: 'wait'});
  holds('after', await row.innerText(), w['status.activating']);
  same('when it was seen is told', (await row.innerText()).includes(w.never), false);
}

// -- shared usage, and the phone brings its address by an activation code

async function byCode(page, hub, w, room) {
  await visit(page, `${hub.url}/devices/add`);
  await tabTo(page, 'input[name=usage]');
  await page.keyboard.press('ArrowDown');
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-owner'], 2);
  await tabTo(page, 'input[role=combobox]');
  await page.keyboard.type(room);
  await page.locator('.options .make').waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-model'], 2);
  await tabTo(page, 'input[role=combobox]');
  await page.keyboard.type('8832');
  await page.locator('.options li').filter({hasText: '8832'}).first().waitFor();
  await page.keyboard.press('Enter');
  await press(page, {role: 'button', name: w.next});
  await heading(page, w['add.step-way'], 2);
  await tabTo(page, 'input[name=way]');
  await page.keyboard.press('ArrowDown');
  await press(page, {role: 'button', name: w.save});
  await heading(page, say(w, 'add.done', {mac: say(w, 'add.phone-of', {owner: room})}), 2);
  check('sixteen digits', /^(\d{4} ){3}\d{4}$/.test(await page.locator('code.big').innerText()));
  await press(page, {role: 'link', name: w['add.see']});
  await heading(page, w['device.no-mac']);
}

// -- a problem report: the diagnosis, and from its evidence to the line

async function report(page, hub, w) {
  await visit(page, `${hub.url}/reports`);
  await choose(page, 'input[type=file]', path.join(fixtures, 'DN-02.log'));
  await heading(page, 'DN-02.log');
  await page.locator('.phone').waitFor();
  holds('the verdict', await page.locator('.phone').innerText(), 'config.example.net');
  await page.locator('.log .l').first().waitFor();
  await tabTo(page, '.decisive button.line');
  const line = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press('Enter');
  same('its line is shown', await page.locator('.log .here').getAttribute('data-n'), line);
  await tabTo(page, '.log ~ button, form[role=search] input[type=search]', {back: true});
  await page.keyboard.type('dhcp-option66');
  await page.keyboard.press('Enter');
  holds('found', await page.locator('.log .here').innerText(), 'DHCP-option66');
  await visit(page, `${hub.url}/reports`);
  await page.getByRole('row', {name: /DN-02\.log/}).first().waitFor();
}

await run(async ({hub, open}) => {
  let n = 1;
  for (const [code, locale, who] of [['en', 'en-US', 'Aiko Tanaka'], ['ja', 'ja-JP', '田中 愛子']]) {
    const w = await wordsOf(code);
    const page = await open({locale});
    if (code === 'en') await door(page, hub, w);
    await signIn(page, hub, w);
    await wizard(page, hub, w, who, 'reception', String(7000 + n), n);
    await used(page, hub, w, n);
    await replacement(page, hub, w, n, n + 128);
    await comes(page, hub, w, n + 128);
    await byCode(page, hub, w, code === 'en' ? 'Lobby' : '会議室');
    await report(page, hub, w);
    await inbox(page, hub, w, who, n + 32);
    await page.context().close();
    n++;
  }
});
