// SPDX-License-Identifier: Apache-2.0
// What a page looks like where it is used otherwise than in the middle of a wide screen: far down a list,
// on paper, enlarged, with other colours, in another language's dates, and with names nobody expected.
import assert from 'node:assert/strict';
import { Installation } from './admin.mjs';
import { audit, openBrowser, shoot, signIn, testPage, until } from './browser.mjs';

const server = new Installation();
const WIDE = { width: 1280, height: 800 };
const { page, base, on, open, button } = await testPage({
  server, as: ['admin', 'hookwise'], allow: [/status of 500/],
  clean: async () => {
    await page.emulateMedia({ media: null, colorScheme: null, forcedColors: null, contrast: null });
    await page.setViewportSize(WIDE);
  },
});

const rect = (selector) => page.locator(selector).first().evaluate((e) => { const { top, bottom, left, right, width, height } = e.getBoundingClientRect(); return { top, bottom, left, right, width, height }; });
const near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1.5, `${what}: ${a} is not ${b}`);
const goDown = async (by) => { await page.evaluate((y) => scrollTo(0, y), by); await until(async () => await page.evaluate(() => scrollY) > by - 50, 'the page scrolls'); };
const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

on('the head of a long list stays below the top bar, the banner and what can be done with a selection', async () => {
  for (const colorScheme of ['light', 'dark']) {
    server.maintenance = false;
    await page.emulateMedia({ colorScheme });
    await open('#/history?live=0');
    await goDown(900);
    await until(async () => near((await rect('.list th')).top, (await rect('.top')).bottom, `${colorScheme}, head`));
    const seen = await page.locator('.list th').nth(3).evaluate((th) => {
      const { left, top } = th.getBoundingClientRect();
      return { over: document.elementFromPoint(left + 20, top + 16) === th, ground: getComputedStyle(th).backgroundColor };
    });
    assert.equal(seen.over, true, 'nothing is drawn over it');
    assert.doesNotMatch(seen.ground, /transparent|, 0\)$/, 'rows do not shine through');
    await shoot(page, `head-${colorScheme}`);
    await page.locator('tbody tr').nth(40).getByRole('checkbox').click();
    await until(async () => near((await rect('.list th')).top, (await rect('.bulk')).bottom, `${colorScheme}, head below the selection`));
    server.maintenance = true;
    await open('#/history?live=0');
    await page.locator('.banner').waitFor();
    await goDown(900);
    await until(async () => near((await rect('.list th')).top, (await rect('.top')).bottom, `${colorScheme}, head below the banner`));
  }
});

on('rows and links that get the keys are not covered by the head', async () => {
  await open('#/history?live=0');
  const covered = () => page.evaluate(() => document.activeElement.getBoundingClientRect().top - document.querySelector('.list th').getBoundingClientRect().bottom);
  for (let i = 0; i < 45; i++) await page.keyboard.press('j');
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('k');
    await until(async () => await covered() >= -1, `row ${44 - i} is covered`);
  }
  await goDown(1200);
  await page.evaluate(() => [...document.querySelectorAll('tbody td.main a')].find((a) => a.getBoundingClientRect().top > 200).focus({ preventScroll: true }));
  for (let i = 0; i < 24; i++) {
    await page.keyboard.press('Shift+Tab');
    await until(async () => await covered() >= -1, `link ${i} is covered`);
  }
});

on('a table that is too wide for its place scrolls there, and the keys reach it; others are no stop of theirs', async () => {
  await open('#/history?live=0');
  assert.equal(await page.locator('.table-box').getAttribute('tabindex'), null);
  await page.locator('td.main').first().evaluate((td) => { td.style.setProperty('min-width', '2000px'); });
  await page.locator('.table-box.wide[tabindex="0"]').waitFor();
  assert.equal(await tooWide(), 0);
  await page.locator('td.main').first().evaluate((td) => { td.style.removeProperty('min-width'); });
  await page.locator('.table-box:not(.wide)').waitFor();
});

on('lists keep their main column readable at every width', async () => {
  for (const width of [721, 768, 901, 1024, 1161]) {
    await page.setViewportSize({ width, height: 800 });
    for (const hash of ['#/history', '#/incidents', '#/endpoints', '#/tenantmap', '#/maintenance?view=list', '#/audit', '#/settings/users', '#/settings/keys']) {
      await open(hash);
      await until(async () => assert.ok((await rect('.list th.main')).width >= 118, `${hash} at ${width}: ${(await rect('.list th.main')).width}`));
      assert.equal(await tooWide(), 0, `${hash} at ${width}`);
    }
  }
});

on('on paper: what the page says, with exact times, and nothing to press', async () => {
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.setViewportSize({ width: 700, height: 990 });
  for (const [hash, words] of [['#/history/8995', 'Recorded'], [`#/incidents/${server.incidents[0].id}`, 'Description']]) {
    await open(hash);
    await page.getByRole('heading', { name: words }).waitFor();
    for (const gone of ['.rail', '.top', 'main .button', 'main form']) {
      for (const one of await page.locator(gone).all()) assert.equal(await one.isVisible(), false, `${hash}: ${gone}`);
    }
    assert.equal(await tooWide(), 0);
    assert.match(await page.locator('main time').first().evaluate((t) => getComputedStyle(t, '::before').content), /\d{4}.*\d\d:\d\d:\d\d/);
    assert.equal(await page.locator('main').evaluate((e) => getComputedStyle(e).colorScheme), 'light');
    await shoot(page, `paper-${words.toLowerCase()}`, true);
  }
});

on('more contrast, and colours that the system forces, keep every state visible', async () => {
  await page.emulateMedia({ contrast: 'more' });
  for (const hash of ['#/', '#/history', `#/endpoints/${server.endpoints[1].id}`]) {
    await open(hash);
    assert.deepEqual(await audit(page), [], hash);
    await shoot(page, `contrast-${hash.replace(/\W+/g, '').slice(0, 9)}`);
  }
  await page.emulateMedia({ contrast: null, forcedColors: 'active' });
  await open('#/');
  const ground = (e) => e.evaluate((x) => getComputedStyle(x).backgroundColor);
  const choice = page.getByRole('group', { name: 'Period' });
  assert.notEqual(await ground(choice.locator('[aria-pressed="true"]')), await ground(choice.locator('[aria-pressed="false"]').first()));
  assert.notEqual(await ground(page.locator('.rail .nav[aria-current]')), await ground(page.locator('.rail .nav:not([aria-current])').first()));
  assert.notEqual(await ground(page.locator('.health .dot')), await ground(page.locator('.health .button')));
  await shoot(page, 'forced-dashboard');
});

on('enlarged to 200 and 400 %: nothing is wider than the window, and most of it is left for the page', async () => {
  for (const [width, height, least] of [[640, 400, 240], [320, 256, 140]]) {
    await page.setViewportSize({ width, height });
    for (const hash of ['#/', '#/history', '#/history/8995', '#/endpoints', `#/endpoints/${server.endpoints[1].id}?section=rules`, '#/settings/general', '#/help']) {
      await open(hash);
      assert.equal(await tooWide(), 0, `${hash} at ${width}`);
      await page.evaluate(() => scrollTo(0, 400));
      const left = await page.evaluate(() => {
        let n = 0;
        for (let y = 2; y < innerHeight; y += 4) if (!document.elementFromPoint(innerWidth / 2, y)?.closest('.top, .rail, .save-bar, .anchors, .bulk, th')) n += 4;
        return n;
      });
      assert.ok(left >= least, `${hash} at ${height}: ${left} are left`);
    }
    await page.setViewportSize({ width, height });
    await open('#/');
    await page.locator('.health > button').click();
    await page.locator('.health .sheet').waitFor();
    assert.ok((await rect('.health .sheet')).bottom <= height, 'the services fit, or scroll');
    await page.keyboard.press('Escape');
  }
});

const LONG = `${'W'.repeat(60)}-${'Sehrlangername'.repeat(9)} and more`;
const ODD = [LONG, 'تنبيه: الخادم لا يستجيب (db-01) منذ ٥ دقائق', '🔥 Köln 🚨 db-01 👩‍💻 down'];

on('names of 200 characters, from right to left and with pictures break no page and no dialog', async () => {
  server.endpoints.slice(0, 3).forEach((e, i) => Object.assign(e, { name: ODD[i], board: LONG }));
  server.history.forEach((r, i) => Object.assign(r, { config_name: ODD[i % 3], company: LONG, dedup_key: LONG }, r.summary && { summary: ODD[i % 3] }, r.error_message && { error_message: LONG }));
  server.incidents.forEach((r, i) => Object.assign(r, { summary: ODD[i % 3], company: LONG }));
  Object.assign(server.tenantmap[0], { pattern: LONG, company: LONG });
  Object.assign(server.apikeys[0], { name: LONG });
  Object.assign(server.users[1], { name: LONG.slice(0, 64) });
  Object.assign(server.audit[0], { after: { name: LONG, board: LONG } });
  server.windows.forEach((w, i) => Object.assign(w, { endpoint_name: ODD[i % 3], text: LONG }));
  const pages = ['#/', '#/history', '#/history/8995', '#/history/compare?a=8995&b=8990', '#/incidents', `#/incidents/${server.incidents[0].id}`, '#/endpoints', `#/endpoints/${server.endpoints[0].id}`, '#/tenantmap', '#/maintenance', '#/audit', '#/settings/users', '#/settings/keys'];
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    for (const hash of pages) {
      await open(hash);
      assert.equal(await tooWide(), 0, `${hash} at ${width}`);
    }
  }
  await page.setViewportSize({ width: 360, height: 640 });
  const dialogs = [['#/endpoints', () => page.getByRole('button', { name: `Actions for ${LONG}` }).click().then(() => page.getByRole('menuitem', { name: 'Delete…' }).click())],
    ['#/endpoints', () => page.getByRole('button', { name: `Actions for ${LONG}` }).click().then(() => page.getByRole('menuitem', { name: /Quick edit/ }).click())],
    ['#/tenantmap', () => button(`Remove ${LONG}`).click()], ['#/settings/keys', () => button(`Revoke ${LONG}`).click()]];
  for (const [hash, press] of dialogs) {
    await open(hash);
    await press();
    await page.locator('dialog[open]').waitFor();
    await until(async () => assert.equal(await page.locator('dialog').evaluate((d) => d.scrollWidth - d.clientWidth), 0, hash));
    const close = await rect('dialog > header .button');
    assert.ok(close.right <= 360 && close.width >= 28, `${hash}: the cross is there`);
    await page.keyboard.press('Escape');
  }
});

on('narrow: what the search finds is readable, and the bar says that its "More" holds the page', async () => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open('#/tenantmap');
  const more = page.locator('.rail .overflow > .button');
  assert.notEqual(await more.evaluate((e) => getComputedStyle(e).backgroundColor), await page.locator('.rail > div > .nav').first().evaluate((e) => getComputedStyle(e).backgroundColor));
  await page.keyboard.press('/');
  await page.keyboard.type('backups');
  const name = page.getByRole('option').first().locator('.clip');
  await name.filter({ hasText: 'Backups (Healthchecks)' }).waitFor();
  assert.ok(await name.evaluate((e) => e.scrollWidth <= e.clientWidth), 'the whole name is seen');
  await page.keyboard.press('Escape');
});

on('what cannot be undone does not happen by Enter alone', async () => {
  await open('#/settings/keys');
  const { length } = server.apikeys;
  await button('Revoke Terraform').click();
  await page.getByRole('dialog').getByText('Revoke “Terraform”?').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(server.apikeys.length, length);
});

on('dates are written as the reader writes them, and "Today" says when it began on the reader’s clock', async () => {
  const german = await openBrowser('de-DE');
  try {
    const other = await german.context.newPage();
    await signIn(other, base);
    await other.goto(`${base}#/?of=today`);
    await other.getByRole('heading', { name: /^Today, since midnight UTC \(0[12]:00 here\)$/ }).waitFor();
    await other.goto(`${base}#/incidents`);
    await until(async () => assert.match(await other.locator('.list time').first().getAttribute('title'), /^\d{1,2}\. \S+ \d{4}, \d\d:\d\d:\d\d,\d{3} /));
  } finally {
    await german.close();
  }
});

on('the Dashboard says nothing is well that it could not read, and each part that failed says so', async () => {
  const fine = () => page.getByText('Everything is running');
  server.history = server.history.filter((r) => /^(processed|skipped)$/.test(r.status));
  server.endpoints.forEach((e) => Object.assign(e, { is_enabled: false, last_seen_at: new Date().toISOString() }));
  await open('#/');
  await fine().waitFor();
  for (const [path, words] of [['/api/stats', 'the numbers of the last 24 hours'], ['/api/endpoints', 'the endpoints']]) {
    server.scenario = { fail: { [`GET ${path}`]: 500 } };
    await open('#/');
    await page.getByText(`Not known whether all is well: ${words} could not be read.`).waitFor();
    assert.equal(await fine().count(), 0);
  }
  await page.locator('.panel', { has: page.getByRole('heading', { name: 'Endpoints' }) }).getByRole('button', { name: 'Try again' }).waitFor();
  server.scenario = { fail: { 'GET /api/incidents': 500 } };
  await open('#/');
  await page.locator('.panel', { has: page.getByRole('heading', { name: 'Open incidents' }) }).getByRole('button', { name: 'Try again' }).waitFor();
});

on('a thousand endpoints: the list is there, is filtered as one types, and shows more on request', async () => {
  const [first] = server.endpoints;
  server.endpoints = Array.from({ length: 1000 }, (_, i) => ({ ...first, id: `e${i}`, name: `Site ${String(i).padStart(4, '0')}`, is_pinned: false }));
  await open('#/endpoints');
  await page.getByText('1,000 endpoints, the first 200 shown').waitFor();
  await page.getByLabel('Search endpoints', { exact: true }).fill('Site 0999');
  await page.getByText('1 of 1,000 endpoints').waitFor();
  await page.getByLabel('Search endpoints', { exact: true }).fill('');
  await button('Show 200 more').click();
  await page.getByText('1,000 endpoints, the first 400 shown').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 400);
});
