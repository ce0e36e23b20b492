// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { audit, settled, shoot, signIn, testPage, until, watchedPage } from './browser.mjs';
import { PAGES, shootAll } from './shots.mjs';
import { Imitation } from './server.mjs';

const server = new Imitation();
const { page, base, browser, watch, on, open, button, said } = await testPage({ server });
const rows = () => page.locator('main table.list tbody tr');
const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();
const shows = (n, of = rows()) => until(async () => assert.equal(await of.count(), n));
const holds = (field, value) => until(async () => assert.equal(await field.inputValue(), value));
// Answers to the requests that hold these words wait until they may arrive.
const letter = (words) => {
  let arrives;
  const opened = new Promise((resolve) => { arrives = resolve; });
  server.scenario = { ...server.scenario, hold: (request) => (request.includes(words) ? opened : undefined) };
  return { arrives: () => { arrives(); delete server.scenario.hold; } };
};
const status = () => page.getByLabel('Status', { exact: true });
const at = (address, what) => until(() => (address instanceof RegExp ? assert.match(page.url(), address, what) : assert.equal(page.url(), base + address, what)));

on('signing in: a wrong password, too many of them, a second factor, and in', async () => {
  await page.goto(`${base}#/history?status=failed`);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('The user name or the password is wrong.').waitFor();
  watch.allow(/status of 429/);
  server.scenario = { throttled: true };
  await button('Sign in').click();
  await page.getByText('Try again in 42 s.').waitFor();
  server.scenario = { totp: true };
  await page.getByLabel('Password').fill('hookwise');
  await button('Sign in').click();
  await page.getByLabel('Code of your authenticator').fill('000000');
  await button('Sign in').click();
  await page.getByText('The one-time code is wrong or was used.').waitFor();
  assert.deepEqual(await audit(page), []);
  await page.getByLabel('Code of your authenticator').fill('123 456');
  await button('Sign in').click();
  await heading('History');
  await at(/#\/history\?status=failed$/, 'and to where one wanted to go');
});

on('the Dashboard says what needs attention and leads there', async () => {
  await open('#/');
  await page.getByText(/\d+ things need attention/).waitFor();
  await page.getByText('Numbers as a table').click();
  await shows(24, page.locator('.numbers tbody tr'));
  await page.getByRole('button', { name: '7 days' }).click();
  await shows(7, page.locator('.numbers tbody tr'));
  await page.locator('.plot canvas').waitFor();
  await page.locator('.plot').focus();
  await page.keyboard.press('End');
  await page.locator('.chart [role="status"]').filter({ hasText: /^\d+ \w+: \d+ processed, \d+ skipped, / }).waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await audit(page), []);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.keyboard.press('Enter');
  await heading('History');
  await at(/\?from=[^&]+&to=/, 'a bar opens its events');
  await page.goBack();
  await heading('Dashboard');
  await page.getByRole('link', { name: 'See all' }).click();
  await heading('History');
  await holds(status(), 'failed');
});

on('the Dashboard of a new installation shows the first steps', async () => {
  server.scenario = { empty: true };
  await open('#/');
  await page.getByText('Everything is running').waitFor();
  await page.getByText('Three steps to the first ticket').waitFor();
  await shoot(page, 'first-run-light');
});

on('History: filters live in the address, and back keeps the place', async () => {
  await open('#/history');
  await shows(100);
  await button('Show 100 more').click();
  await shows(200);
  await status().selectOption('failed');
  await page.getByText('that is all').waitFor();
  const failed = server.history.filter((r) => r.status === 'failed').length;
  await shows(failed);
  await page.getByRole('searchbox').fill('Router');
  await page.waitForURL(/q=Router/);
  const router = server.history.filter((r) => r.status === 'failed' && /router/i.test(JSON.stringify([r.summary, r.payload]))).length;
  assert.ok(router > 0 && router < failed, 'some of them are of a router');
  await shows(router);
  await page.reload();
  await settled(page);
  await holds(page.getByRole('searchbox'), 'Router');
  const first = await rows().first().locator('td.main a').textContent();
  await rows().first().locator('td.main a').click();
  await heading(first);
  await page.goBack();
  await heading('History');
  await holds(status(), 'failed');
  await button('Clear').click();
  await page.waitForURL(/#\/history$/);
});

on('History by keyboard: j, k, x, Enter, c, Escape', async () => {
  await open('#/history');
  for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
  await until(async () => assert.match(await rows().first().getAttribute('class'), /current/));
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('c');
  await heading('Compare two events');
  await page.getByText(/difference/).first().waitFor();
  await page.goBack();
  await heading('History');
  await settled(page);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await page.keyboard.press('Escape');
  await heading('History');
  await open('#/history/9000');
  await page.keyboard.press('Escape');
  await heading('History');
});

on('what can be done with a selection stays in sight, also below the banner of maintenance', async () => {
  server.maintenance = true;
  await open('#/history?live=0');
  const box = () => page.locator('.bulk').boundingBox();
  const top = () => page.locator('.top').evaluate((e) => e.getBoundingClientRect().bottom);
  for (const viewport of [{ width: 1280, height: 800 }, { width: 360, height: 740 }]) {
    await page.setViewportSize(viewport);
    await rows().nth(60).getByRole('checkbox').click();
    await page.locator('.bulk').waitFor();
    await until(async () => assert.ok(await page.evaluate(() => scrollY) > 400, 'far down'));
    await until(async () => {
      const { y, height } = await box();
      assert.ok(y >= await top() - 1 && y + height < viewport.height, `${y} lies below ${await top()}`);
    });
    await button('Clear selection').click();
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

on('the keys go to the title of another page, and back to the row that was opened', async () => {
  const row = (i) => rows().nth(i).locator('td.main a').getAttribute('href');
  const focused = (href) => until(async () => assert.equal(await page.evaluate(() => document.activeElement.querySelector('td.main a')?.getAttribute('href')), href));
  await open('#/history');
  for (let i = 0; i < 4; i++) await page.keyboard.press('j');
  const third = await row(3);
  await focused(third);
  server.arrive({ summary: 'Alert: one that came meanwhile' });
  await rows().first().getByText('Alert: one that came meanwhile').waitFor();
  await until(async () => assert.match(await rows().nth(4).getAttribute('class'), /current/));
  await focused(third); // a new event moves the row, not the keys
  await page.keyboard.press('k');
  const opened = await row(3);
  await focused(opened);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  await page.keyboard.press('Escape');
  await focused(opened);
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.waitForFunction(() => document.activeElement.tagName === 'H1' && document.activeElement.textContent === 'Incidents');
});

on('History is live, says so, and can be paused', async () => {
  await open('#/history');
  await button(/^Live/).waitFor();
  const row = server.arrive({ summary: 'Alert: just now', status: 'processed' });
  await page.locator('td.main a', { hasText: 'Alert: just now' }).waitFor();
  await until(async () => assert.equal(await rows().first().locator('td.main a').getAttribute('href'), `#/history/${row.id}`));
  await page.evaluate(() => scrollTo(0, 1200));
  server.arrive({ summary: 'Alert: while reading' });
  await button(/1 new event/).click();
  await page.locator('td.main a', { hasText: 'Alert: while reading' }).waitFor();
  for (const res of server.feeds) res.write('event: status\ndata: {"live":false}\n\n');
  await button(/^Not live: looks every 5 s/).waitFor();
  for (const res of server.feeds) res.write('event: status\ndata: {"live":true}\n\n');
  await button(/^Live/).waitFor();
  await page.keyboard.press('l');
  await button(/^Paused/).waitFor();
  await page.waitForURL(/live=0/);
});

on('replaying: one, the selected, all that match; the count comes first', async () => {
  await open('#/history?status=dlq');
  await rows().first().locator('td.main a').click();
  await button('Replay').click();
  await page.getByRole('dialog').getByText('Replay this event?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  await said('Queued to run again');
  await open('#/history?status=dlq');
  const before = server.history.filter((r) => r.status === 'dlq').length;
  await shows(before);
  for (const n of [0, 1, 2]) await rows().nth(n).getByRole('checkbox').click();
  await button('Replay 3').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay 3 requests' }).click();
  await said('Queued 3 requests');
  await button('Clear selection').click();
  server.requests.length = 0;
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Replay all that match…').click();
  await page.getByRole('dialog').getByRole('button', { name: `Replay ${before} requests` }).click();
  await said(`Queued ${before} requests`);
  assert.equal(server.requests.filter((r) => r.startsWith('POST /api/history/replay')).length, 2, 'the count, then the work');
});

on('a replay tells the chat only where there is one, and when it is wanted', async () => {
  const box = page.getByRole('dialog').getByLabel('Tell the chat targets as well');
  const ofDialog = (name) => page.getByRole('dialog').getByRole('button', { name }).click();
  const asked = (path) => page.waitForResponse((r) => r.url().includes(path));
  const [quiet, loud] = server.endpoints;
  loud.notify = [{ id: 'a', type: 'slack', url: 'https://hooks.slack.com/********' }];
  const last = (e) => server.history.find((r) => r.config_id === e.id && r.status === 'processed');
  server.told.length = 0;
  await open(`#/history/${last(quiet).id}`);
  const looked = asked(`api/endpoints/${quiet.id}`);
  await button('Replay').click();
  await (await looked).finished();
  await ofDialog('Replay');
  await said('Queued to run again');
  await open(`#/history/${last(loud).id}`);
  await button('Replay').click();
  assert.equal(await box.isChecked(), false, 'not unless it is wanted');
  assert.deepEqual(await audit(page), []);
  await box.check();
  await ofDialog('Replay');
  await said('Queued to run again');
  assert.deepEqual(server.told, [false, true]);
  await open(`#/history?endpoint_id=${loud.id}`);
  for (const n of [0, 1]) await rows().nth(n).getByRole('checkbox').click();
  await button('Replay 2').click();
  await box.check();
  await ofDialog('Replay 2 requests');
  await said('Queued 2 requests');
  assert.deepEqual(server.told, [false, true, true, true]);
  server.told.length = 0;
  await open('#/history?status=dlq');
  const all = server.history.filter((r) => r.status === 'dlq').length;
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Replay all that match…').click();
  await box.check();
  await ofDialog(`Replay ${all} requests`);
  await said(`Queued ${all} requests`);
  assert.deepEqual(server.told, Array(all).fill(true), 'all that match as well');
  delete loud.notify;
});

on('a replay of very many is the server\'s: it says how far it is, can be left, found again, and stopped', async () => {
  server.scenario = { atOnce: 10, halted: true };
  await open('#/history?status=skipped');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Replay all that match…').click();
  await page.getByRole('dialog').getByRole('button', { name: /^Replay \d+ requests$/ }).click();
  await page.locator('.job').getByText(/^0 of \d+$/).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await heading('Dashboard');
  await page.locator('.job').waitFor();
  await open('#/history'); // as after closing the window
  await page.locator('.job').getByText(/^0 of \d+$/).waitFor();
  assert.deepEqual(await audit(page), []);
  await button('Stop').click();
  await said('Stopped: queued 0 requests');
  assert.equal(server.replays[0].status, 'stopped');
});

on('exporting gives a file with what the filters say', async () => {
  await open('#/history?status=failed');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Export…').click();
  const save = async (press) => {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    return [download.suggestedFilename(), readFileSync(await download.path(), 'utf8').trim().split('\r\n')];
  };
  const [name, lines] = await save(() => page.getByRole('dialog').getByRole('link', { name: 'Export' }).click());
  assert.equal(name, 'history.csv');
  assert.equal(lines.length - 1, server.history.filter((r) => r.status === 'failed').length);
  for (const n of [0, 1]) await rows().nth(n).getByRole('checkbox').click();
  const [own, two] = await save(() => button('Export CSV').click());
  assert.match(own, /^hookwise-history-.*\.csv$/);
  assert.equal(two.length, 3);
  assert.match(two[0], /^id,request_id,part/);
});

on('deleting says the number, and wants it typed', async () => {
  const n = server.history.filter((r) => r.status === 'rejected').length;
  await open('#/history?status=rejected');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Delete all that match…').click();
  const go = page.getByRole('dialog').getByRole('button', { name: `Delete ${n} events` });
  assert.equal(await go.isDisabled(), true);
  await page.getByLabel(/to confirm/).fill(String(n));
  await go.click();
  await said(`Deleted ${n} events`);
  await page.getByText('No event matches').waitFor();
});

on('an event reads as a story with the destination\'s own words', async () => {
  const row = server.history.find((r) => r.status === 'failed');
  await open(`#/history/${row.id}`);
  await until(async () => assert.deepEqual(await page.locator('.stage h2').allTextContents(), ['Received', 'Decoded', 'Decided', 'Acted', 'Recorded']));
  await page.locator('.stage.failed').getByText("Board 'Emergncy' does not exist").waitFor();
  await button('Copy the request id').click();
  await said('Request id copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), row.request_id);
  await page.getByRole('button', { name: 'Headers' }).click();
  await page.locator('.payload').getByText('User-Agent').waitFor();
});

on('an event says what the language model does with it', async () => {
  const row = server.history.find((r) => r.action === 'create' && r.status === 'processed');
  row.ai = { status: 'failed', tries: 3, error: 'the model does not answer' };
  await open(`#/history/${row.id}`);
  await page.locator('.stage').getByText('The model wrote no note: the model does not answer (3 tries)').waitFor();
  assert.deepEqual(await audit(page), []);
});

on('an incident is acknowledged, that is undone, and it gets a note', async () => {
  const incident = server.incidents.find((i) => i.status === 'open');
  await open(`#/incidents?status=open`);
  await page.locator('td.main a').first().click();
  await page.getByRole('heading', { level: 1 }).filter({ hasText: `#${incident.id}` }).waitFor();
  await button('Acknowledge').click();
  await said(`Incident ${incident.id} is acknowledged`);
  assert.equal(incident.status, 'acknowledged');
  await button('Undo').click();
  await said(`Incident ${incident.id} is open again`);
  await page.locator('.page-head .badge', { hasText: 'Open' }).waitFor();
  await page.getByLabel('Add a note').fill('Technician is on the way');
  await page.keyboard.press('Control+Enter');
  await page.locator('.notes').getByText('Technician is on the way').waitFor();
  assert.equal(incident.status, 'open');
});

on('what was typed is not lost by leaving, nor with the session', async () => {
  const incident = server.incidents[0];
  await open(`#/incidents/${incident.id}`);
  await page.getByLabel('Add a note').fill('Half a thought');
  await page.getByRole('link', { name: 'Incidents', exact: true }).first().click();
  await page.getByRole('dialog').getByText('Leave without adding the note?').waitFor();
  await button('Stay').click();
  await holds(page.getByLabel('Add a note'), 'Half a thought');
  const tenant = page.getByTitle('Tenant', { exact: true });
  await tenant.selectOption('nordwest');
  await page.getByRole('dialog').getByText('Leave without adding the note?').waitFor();
  await button('Stay').click();
  await holds(tenant, '');
  await holds(page.getByLabel('Add a note'), 'Half a thought');
  server.scenario = { out: (request) => request.endsWith('/notes') };
  await button('Add note').click();
  await page.getByRole('dialog').getByText('Your session has ended').waitFor();
  assert.deepEqual(await audit(page), []);
  await shoot(page, 'session-lost-light');
  server.scenario = {};
  await page.getByLabel('Password').fill('hookwise');
  await page.keyboard.press('Enter');
  await page.locator('.notes').getByText('Half a thought').waitFor();
});

on('back keeps the place, also of who scrolled on the page that is left; what happens keeps the rows that are shown', async () => {
  const y = () => page.evaluate(() => scrollY);
  await page.setViewportSize({ width: 1280, height: 400 });
  await open('#/history?live=0');
  await page.evaluate(() => scrollTo(0, 1500));
  await until(async () => assert.equal(await y(), 1500));
  await settled(page);
  await rows().nth(40).locator('td.main a').evaluate((a) => a.click());
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await settled(page);
  await page.evaluate(() => scrollTo(0, 150));
  await until(async () => assert.equal(await y(), 150));
  await settled(page);
  await page.goBack();
  await heading('History');
  await until(async () => assert.equal(await y(), 1500));
  await page.setViewportSize({ width: 1280, height: 800 });

  const [model] = server.incidents;
  server.incidents = Array.from({ length: 230 }, (_, i) => ({ ...model, id: String(5000 - i), status: 'open' }));
  await open('#/incidents');
  await shows(100);
  await button('Show 100 more').click();
  await shows(200);
  const first = rows().first().locator('td').first();
  await until(async () => assert.equal(await first.textContent(), '#5000'));
  server.incidents.unshift({ ...model, id: '5001', status: 'open' });
  server.arrive();
  await until(async () => assert.equal(await first.textContent(), '#5001'));
  await shows(200);
});

on('an answer that comes late is no answer to another question, nor news', async () => {
  const { requests } = server;
  const failed = server.history.filter((r) => r.status === 'failed').length;
  await open('#/history?live=0');
  const further = letter('cursor=');
  const came = page.waitForResponse((r) => r.url().includes('cursor=')).then((r) => r.finished());
  await button('Show 100 more').click();
  await until(() => requests.some((r) => r.includes('cursor=')));
  await status().selectOption('failed');
  await shows(failed);
  further.arrives();
  await came;
  await settled(page);
  await shows(failed);

  Object.assign(server.history[0], { status: 'retrying', action: 'create' });
  await open('#/history');
  await button(/^Live/).waitFor();
  await rows().first().locator('.badge').getByText('Retrying').waitFor();
  requests.length = 0;
  const look = letter('GET /api/history?');
  const old = page.waitForRequest(/api\/history\?/).then((r) => r.response()).then((r) => r.finished());
  server.arrive({ summary: 'Alert: the first look' });
  await until(() => requests.some((r) => r.startsWith('GET /api/history?')));
  delete server.scenario.hold;
  Object.assign(server.history.find((r) => r.status === 'retrying'), { status: 'failed' });
  server.arrive({ summary: 'Alert: the second look' });
  await page.locator('td.main a', { hasText: 'Alert: the second look' }).waitFor();
  const outcome = rows().nth(2).locator('.badge');
  await outcome.getByText('Failed').waitFor();
  look.arrives();
  await old;
  await settled(page);
  await until(async () => assert.equal(await outcome.textContent(), 'Failed'));
});

on('who has signed in again is not asked once more by an answer from before', async () => {
  await open('#/history?live=0');
  server.sessions.clear();
  server.requests.length = 0;
  const late = letter('cursor=');
  await button('Show 100 more').click();
  await until(() => server.requests.some((r) => r.includes('cursor=')));
  await status().selectOption('failed');
  await page.getByRole('dialog').getByText('Your session has ended').waitFor();
  await page.getByLabel('Password').fill('hookwise');
  await page.keyboard.press('Enter');
  await page.getByText('that is all').waitFor();
  const again = page.waitForResponse((r) => r.url().includes('cursor=') && r.ok());
  late.arrives();
  await again;
  assert.equal(await page.getByRole('dialog').count(), 0);
});

on('quick hands: a second click, a second key, and what is typed meanwhile do nothing else', async () => {
  const [incident] = server.incidents.filter((i) => i.status === 'open');
  const notes = incident.notes.length;
  const field = page.getByLabel('Add a note');
  await open(`#/incidents/${incident.id}`);
  server.requests.length = 0;
  await button('Acknowledge').dblclick();
  await said(`Incident ${incident.id} is acknowledged`);
  const added = letter('/notes');
  await field.fill('Called them');
  await field.press('Control+Enter');
  await field.press('Control+Enter');
  await field.press('End');
  await page.keyboard.type(', and once more');
  await until(() => server.requests.some((r) => r.endsWith('/notes')));
  added.arrives();
  await said('Note added');
  await holds(field, ', and once more');
  await field.fill('');
  await page.locator('.notes').getByText('Called them', { exact: true }).waitFor();
  assert.deepEqual([incident.status, incident.notes.length], ['acknowledged', notes + 1]);
  assert.deepEqual(server.requests.filter((r) => !r.startsWith('GET')), [`PATCH /api/incidents/${incident.id}`, `POST /api/incidents/${incident.id}/notes`]);

  await open('#/');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'History' }).click();
  await rows().first().locator('td.main a').click();
  await page.getByRole('heading', { name: 'Received' }).waitFor();
  await page.evaluate(() => {
    for (let i = 0; i < 2; i++) document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  });
  await heading('History');
  await settled(page);
  await at('#/history', 'one page up');

  await open('#/help');
  const module = letter('assets/pages/incidents.js');
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await at('#/incidents');
  await page.keyboard.press('/');
  await page.keyboard.type('ro');
  module.arrives();
  await heading('Incidents');
  await settled(page);
  await page.keyboard.type('uter');
  await holds(page.getByRole('combobox', { name: /^Search/ }), 'router');
});

on('Audit shows what changed, before and after', async () => {
  await open('#/audit');
  await rows().first().locator('td').nth(2).click();
  await page.getByRole('dialog').getByText('$.board').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'mira' }).first().click();
  await page.waitForURL(/who=mira/);
  await shows(2);
});

on('keys: the list of them, going to pages, search', async () => {
  await open('#/help');
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next row').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await heading('History');
  await page.keyboard.press('/');
  await page.keyboard.type('alertm');
  await page.locator('#guesses').getByText('Alertmanager prod').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('48210');
  await page.keyboard.press('Enter');
  await page.waitForURL(/ticket_id=48210/);
  await page.getByText('Ticket 48210', { exact: true }).waitFor();
});

on('lists say that they load, that they failed, that a role is missing, that nothing matches', async () => {
  await page.goto('about:blank');
  const late = letter('GET /api/incidents?');
  await page.goto(`${base}#/incidents`);
  await page.locator('main .skeleton').waitFor();
  late.arrives();
  await rows().first().waitFor();
  watch.allow(/status of (503|403|404)/);
  server.scenario = { fail: { 'GET /api/history': 503 } };
  await page.goto('about:blank');
  await page.goto(`${base}#/history`);
  await page.getByText('HookWise is not ready').waitFor();
  await shoot(page, 'error-light');
  server.scenario = {};
  await button('Try again').click();
  await rows().first().waitFor();
  server.scenario = { fail: { 'GET /api/incidents': 403 } };
  await page.goto('about:blank');
  await page.goto(`${base}#/incidents`);
  await page.getByText('Your role does not allow this').waitFor();
  server.scenario = {};
  await open('#/history?q=no-such-thing');
  await page.getByText('No event matches').waitFor();
  await open('#/no/such/page');
  await page.getByText('There is no page here').waitFor();
  await page.goto('about:blank');
  await page.goto(`${base}#/history/1`);
  await page.getByText('Not here').waitFor();
});

on('a viewer sees, and is not offered what would be refused', async () => {
  server.scenario = { role: 'viewer' };
  await open('#/history/9000');
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  assert.equal(await button('Replay').count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Audit' }).count(), 0);
  for (const place of ['#/audit', '#/endpoints/new']) {
    await open(place);
    await page.getByText('Your role does not allow this page').waitFor();
  }
  await open('#/endpoints');
  assert.equal(await page.getByRole('checkbox').count(), 0, 'nothing can be done with a selection');
});

on('health and maintenance are said at the top', async () => {
  server.scenario = { health: { status: 'degraded', redis: { status: 'up' }, database: { status: 'up' }, worker: { status: 'up', count: 2, lag: 31, oldest_seconds: 95 }, destinations: { local: { status: 'up' }, connectwise: { status: 'down' } }, spool: { events: 0 } } };
  server.maintenance = true;
  await open('#/');
  await button('Health: ConnectWise is down').click();
  const sheet = page.locator('.health .sheet');
  await sheet.getByText('2 processes').waitFor();
  await sheet.getByText('31 events wait, the oldest for 1 min 35 s').waitFor();
  await page.keyboard.press('Escape');
  const ground = page.getByRole('region', { name: 'Services' });
  await ground.getByText('breaker open: its events wait for a probe').waitFor();
  await ground.getByText('31 events wait, the oldest for 1 min 35 s').waitFor();
  await page.getByText('Maintenance mode is on.', { exact: true }).waitFor();
  await shoot(page, 'degraded-light');
  await button('End it').click();
  await page.getByRole('dialog').getByRole('button', { name: 'End maintenance mode' }).click();
  await said('Maintenance mode is off');
  assert.equal(server.maintenance, false);
  await ground.getByRole('button', { name: 'Switch it on…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Switch it on' }).click();
  await said('Maintenance is on');
  assert.equal(server.maintenance, true);
});

on('the Dashboard counts the last 24 hours or the day, with success and latency; a tile leads to its events', async () => {
  const tile = (label) => page.locator('.tile', { hasText: label }).locator('.value');
  const answered = async (period, fn) => (await Promise.all([page.waitForResponse((r) => r.url().includes(`api/stats?period=${period}`)), fn()]))[0].json();
  await page.goto('about:blank'); // what the page before still asks for is no answer to this one
  const last = await answered('24h', () => open('#/'));
  assert.ok(last.total > 0 && last.success_rate > 0.5 && last.success_rate < 1, 'there is something to count');
  await until(async () => assert.equal(await tile('Events').textContent(), String(last.total)));
  assert.equal(await tile('Success').textContent(), `${Math.floor(last.success_rate * 1000) / 10} %`);
  assert.match(await tile('Mean latency').textContent(), /\d m?s$/);
  const day = await answered('today', () => button('Today').click());
  await page.getByRole('heading', { name: 'Today, since midnight UTC' }).waitFor();
  await at('#/?of=today');
  await until(async () => assert.equal(await tile('Events').textContent(), String(day.total)));
  await page.locator('.tile', { hasText: 'Skipped' }).click();
  await heading('History');
  await until(() => {
    const query = new URLSearchParams(page.url().split('?')[1]);
    assert.deepEqual([query.get('status'), query.get('from')], ['skipped', day.from]);
  });
});

on('the tenant that is looked at stands in the address, stays on reload, and goes along', async () => {
  const only = server.endpoints.find((e) => e.tenant !== 'default').tenant;
  const inTenant = server.history.filter((r) => r.tenant === only && r.status === 'failed').length;
  assert.ok(inTenant > 0 && inTenant < 100, 'the tenant has some of the failures');
  await open('#/history?status=failed&live=0');
  await page.getByTitle('Tenant', { exact: true }).selectOption(only);
  await page.waitForURL(`${base}#/history?status=failed&live=0&in=${only}`);
  await page.getByText(`${inTenant} events shown, that is all`).waitFor();
  await page.reload();
  await page.getByText(`${inTenant} events shown, that is all`).waitFor();
  await holds(page.getByTitle('Tenant', { exact: true }), only);
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.waitForURL(`${base}#/?in=${only}`);
  await page.getByTitle('Tenant', { exact: true }).selectOption('');
  await page.waitForURL(`${base}#/`);
  await page.goBack();
  await page.getByText(`${inTenant} events shown, that is all`).waitFor();
});

on('what is chosen in the moment a page is left is for the next one', async () => {
  const only = server.endpoints.find((e) => e.tenant !== 'default').tenant;
  await open(`#/history?status=failed&live=0&in=${only}`);
  await page.evaluate(() => {
    location.hash = '#/endpoints';
    const chosen = document.querySelector('[title="Tenant"]');
    chosen.value = '';
    chosen.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await heading('Endpoints');
  await at('#/endpoints');
  await page.goBack();
  await heading('History');
  await at(/status=failed/);
});

on('when the server goes away that is said, what is shown stays, and it is asked again by itself', async () => {
  await open('#/history');
  const n = await rows().count();
  watch.allow(/ERR_INTERNET_DISCONNECTED/);
  await browser.context.setOffline(true);
  await page.getByRole('alert').getByText('HookWise does not answer.').waitFor();
  await shows(n);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Help' }).click();
  await page.getByText('This page could not be loaded').waitFor();
  await until(() => page.locator('.notice > .icon > use').evaluate((u) => u.getBoundingClientRect().width > 0), 'icons are there without the server');
  await browser.context.setOffline(false);
  await heading('Help');
  await page.getByText('HookWise does not answer.').waitFor({ state: 'hidden' });
});

on('every filter of History has a field, a chip and a place in the address', async () => {
  await open('#/history?span=24h');
  await button('More…').click();
  const dialog = page.getByRole('dialog', { name: 'More filters' });
  await dialog.waitFor();
  await page.waitForFunction(() => document.activeElement.labels?.[0]?.textContent === 'Company');
  for (const [label, value] of [['Company', 'KERN'], ['Ticket', '7'], ['Sent from', '192.0.2.10'], ['Request id', 'f432aa91-1111-2222-3333-00000329d2c0'], ['Since', '2026-03-02T10:00']]) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByLabel('Destination').selectOption('connectwise');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'detached' });
  await until(() => assert.deepEqual(Object.fromEntries(new URLSearchParams(page.url().split('?')[1])), {
    company: 'KERN', ticket_id: '7', source_ip: '192.0.2.10', request_id: 'f432aa91-1111-2222-3333-00000329d2c0', destination: 'connectwise', from: '2026-03-02T09:00:00.000Z' }));
  await until(async () => assert.deepEqual(await page.locator('.chip .clip').allTextContents(), ['Company KERN', 'Sent from 192.0.2.10', 'Ticket 7', 'Request f432aa91…29d2c0', 'Destination ConnectWise', 'Since 2 Mar, 10:00']));
  await button('Remove the filter Company KERN').click();
  await page.waitForFunction(() => !location.hash.includes('KERN'));
  await button('More…').click();
  await holds(dialog.getByLabel('Since'), '2026-03-02T10:00');
  await page.keyboard.press('Escape');
});

on('the theme is switched, and stays', async () => {
  await open('#/help');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await button('Signed in as admin').click();
  await page.getByRole('button', { name: 'Dark' }).click();
  const dark = async () => assert.notEqual(await ground(), light);
  await until(dark);
  await page.reload();
  await settled(page);
  await until(dark);
  await button('Signed in as admin').click();
  await page.getByRole('button', { name: 'System' }).click();
  await until(async () => assert.equal(await ground(), light));
  await page.keyboard.press('Escape');
});

on('no page has a serious finding of axe, in light, dark or narrow; none is wider than the window', async () => {
  for (const [scheme, width] of [['light', 1280], ['dark', 1280], ['light', 360]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 800 });
    for (const [name, hash] of Object.entries(PAGES)) {
      await open(hash);
      assert.deepEqual(await audit(page), [], `${name}, ${scheme}, ${width} px`);
      await until(async () => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} at ${width} px is ${wide} px too wide`);
      });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
});

on('narrow: the bar at the bottom leads everywhere', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open('#/');
  await page.getByRole('button', { name: 'More pages' }).click();
  await page.getByRole('link', { name: 'Audit' }).click();
  await heading('Audit');
  await page.setViewportSize({ width: 1280, height: 800 });
});

on('the first page is under 200 kB compressed, and everything works below a prefix', async () => {
  const deep = new Imitation({ prefix: '/ops/hookwise' });
  const at = `http://127.0.0.1:${await deep.listen()}/ops/hookwise/`;
  const other = await watchedPage(browser.context, at);
  try {
    other.allow(/status of 401/);
    const bodies = [];
    other.page.on('response', (r) => { if (/\.(js|css|svg)$|\/$/.test(new URL(r.url()).pathname)) bodies.push(r.body().catch(() => Buffer.alloc(0))); });
    await signIn(other.page, at);
    await settled(other.page);
    const total = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(total > 20000 && total < 200 * 1024, `${total} bytes`);
    await other.page.keyboard.press('g');
    await other.page.keyboard.press('i');
    await other.page.getByRole('heading', { name: 'Incidents', level: 1 }).waitFor();
    assert.deepEqual(other.faults, []);
  } finally {
    await other.page.close();
    await deep.close();
  }
});

on('pictures of every page', async () => {
  await shootAll(page, base, Object.keys(PAGES));
});

on('signing out ends it', async () => {
  await open('#/');
  await button('Signed in as admin').click();
  await button('Sign out').click();
  await page.getByLabel('User name').waitFor();
  assert.equal(server.sessions.size, 0);
  assert.deepEqual(await audit(page), []);
  await shoot(page, 'login-light');
});
