// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { audit, settled, testPage, until } from './browser.mjs';
import { shootAll } from './shots.mjs';
import { adminPages } from './admin-pictures.mjs';
import { Installation } from './admin.mjs';

const server = new Installation();
const { page, base, watch, on, open, button, said } = await testPage({
  server, as: ['admin', 'hookwise'],
  async clean(p) {
    await p.goto('about:blank'); // what it still asks for, or keeps when it is left, is not the next one's
    const browser = await p.context().newCDPSession(p);
    await browser.send('Storage.clearDataForOrigin', { origin: new URL(base).origin, storageTypes: 'local_storage' });
    await browser.detach();
  },
});
const names = () => page.locator('main tr.endpoint td.main a.strong').allTextContents();
const endpoint = (name) => server.endpoints.find((e) => e.name === name);
const outcome = () => page.locator('.outcome');
const shows = (n, of) => until(async () => assert.equal(await of.count(), n));
const holds = (field, value) => until(async () => assert.equal(await field.inputValue(), value));
const reads = (want, of) => until(async () => assert.match(await of.textContent(), want));
const listed = (...want) => until(async () => assert.deepEqual(await names(), want));
const at = (address) => until(() => assert.match(page.url(), address));
const accessible = (what) => until(async () => assert.deepEqual(await audit(page), [], what));
const changes = (n) => page.getByText(n ? `${n} change` : 'Everything is saved').waitFor();
const nameField = () => page.getByLabel('Name', { exact: false }).first();
// Answers to the requests that hold these words wait until they may arrive; they say what was true before.
const letter = (words) => {
  let arrives;
  const opened = new Promise((resolve) => { arrives = resolve; });
  server.scenario = { ...server.scenario, hold: (request) => (request.includes(words) ? opened : undefined) };
  return { arrives: () => { arrives(); delete server.scenario.hold; } };
};
const asked = (words) => server.requests.filter((r) => r.includes(words)).length;
// All that a page puts into the browser's storage from now on, in one text.
const kept = async () => {
  await page.evaluate(() => {
    const { setItem } = Storage.prototype;
    globalThis.everKept = '';
    Storage.prototype.setItem = function keep(name, value) { globalThis.everKept += `${name} ${value}\n`; setItem.call(this, name, value); };
  });
  return () => page.evaluate(() => globalThis.everKept);
};
const inDraft = (text) => page.waitForFunction((t) => Object.entries(localStorage).some(([k, v]) => k.includes('draft') && v.includes(t)), text);

on('the list says how each endpoint is doing, and filters live in the address', async () => {
  await open('#/endpoints');
  await listed('Uptime Kuma (offices)', 'Alertmanager prod', 'Zabbix Nordwest', 'Backups (Healthchecks)', 'PRTG Altbestand');
  const row = page.locator('tr.endpoint', { hasText: 'Zabbix' });
  await row.getByTitle(/events in the last 24 hours, [\d,]+ since it was made/).waitFor();
  await row.getByText('1 hint').waitFor();
  await until(async () => {
    const heights = await page.locator('tr.endpoint').evaluateAll((l) => l.map((r) => r.getBoundingClientRect().height));
    assert.ok(heights.length === 5 && heights.every((h) => h >= 32 && h <= 37), `rows are dense: ${heights}`);
  });
  await reads(/Paused/, page.locator('tr.endpoint', { hasText: 'PRTG' }));
  await page.keyboard.press('f');
  await page.keyboard.type('prod alert');
  await listed('Alertmanager prod');
  await at(/q=prod/);
  await page.keyboard.press('Escape');
  await page.getByLabel('State', { exact: true }).selectOption('paused');
  await listed('PRTG Altbestand');
  await at(/state=paused/);
  await page.reload();
  await settled(page);
  await listed('PRTG Altbestand');
  await accessible();
});

on('names the PSA does not have are said in the list, beside the field, and until it is changed', async () => {
  const e = endpoint('Zabbix Nordwest');
  e.config_health = { status: 'attention', problems: [{ field: 'board', message: 'the PSA has no "Emergncy" among its boards; it has: Alerts' }], checked_at: new Date().toISOString() };
  await open('#/endpoints?state=problem');
  await listed('Zabbix Nordwest');
  await page.getByRole('link', { name: '1 problem' }).click();
  await page.waitForURL(/section=ticket/);
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('img', { name: 'has a problem' }).waitFor();
  const board = page.getByLabel('Board', { exact: true }).last();
  const hint = async () => page.evaluate((id) => document.getElementById(id)?.textContent, await board.getAttribute('aria-describedby'));
  await until(async () => assert.match(await hint(), /no "Emergncy" among its boards/));
  await accessible();
  await board.fill('Alerts');
  await until(async () => !/Emergncy/.test((await hint()) ?? ''), 'a changed field has no old problem');
});

on('order by mouse and by keys, saved and undone', async () => {
  await open('#/endpoints');
  const row = (t) => page.locator('tr.endpoint', { hasText: t });
  await row('PRTG').locator('.grip').dragTo(row('Alertmanager'));
  await said('Order saved');
  await until(async () => assert.equal((await names())[1], 'PRTG Altbestand'));
  assert.equal(server.endpoints[1].name, 'PRTG Altbestand');
  await button('Undo').click();
  await until(() => server.endpoints[4].name === 'PRTG Altbestand', 'undone at the server');
  await row('PRTG').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await until(() => server.endpoints[3].name === 'PRTG Altbestand', 'one up');
  await until(async () => assert.equal(await page.evaluate(() => document.activeElement.dataset.id), endpoint('PRTG Altbestand').id, 'the row keeps the focus'));
});

on('pausing and resuming answers at once and is undone; a refusal takes it back', async () => {
  await open('#/endpoints');
  await button('Pause Zabbix Nordwest').click();
  await page.locator('tr.endpoint', { hasText: 'Zabbix' }).getByText('Paused').waitFor();
  await said('Paused “Zabbix Nordwest”');
  await button('Undo').click();
  await until(() => endpoint('Zabbix Nordwest').is_enabled === true, 'it runs again');
  server.scenario = { fail: { 'POST /api/endpoints/bulk': 500 } };
  watch.allow(/status of 500/);
  await button('Pause Zabbix Nordwest').click();
  await said('PostgreSQL does not answer');
  await page.locator('tr.endpoint', { hasText: 'Zabbix' }).getByText('Receiving').waitFor();
});

on('many at once: the count is said first, deleting takes a typed word', async () => {
  await open('#/endpoints');
  await page.getByLabel('Select Zabbix Nordwest').check();
  await page.getByLabel('Select PRTG Altbestand').check();
  await page.getByText('2 endpoints selected').waitFor();
  const download = page.waitForEvent('download');
  await button('Export 2').click();
  assert.equal(JSON.parse(readFileSync(await (await download).path(), 'utf8')).length, 2);
  await button('Delete 2…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Delete 2 endpoints?').waitFor();
  await until(() => dialog.getByRole('button', { name: 'Delete 2 endpoints' }).isDisabled(), 'it waits for the word');
  await dialog.getByRole('textbox').fill('delete 2');
  await dialog.getByRole('button', { name: 'Delete 2 endpoints' }).click();
  await said('Deleted 2 endpoints');
  assert.equal(server.endpoints.length, 3);
});

on('the menu of a row, by the right button too: clone, test, quick edit', async () => {
  await open('#/endpoints');
  await page.locator('tr.endpoint', { hasText: 'Zabbix' }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Quick edit' }).click();
  const board = page.getByRole('dialog').getByLabel('Board');
  await board.fill('Emergncy');
  await page.getByText('ConnectWise has no “Emergncy” here.').waitFor();
  await board.fill('Emergency');
  await button('Save', true).click();
  await said('Saved “Zabbix Nordwest”');
  assert.equal(endpoint('Zabbix Nordwest').board, 'Emergency');
  await button('Actions for Uptime Kuma (offices)').click();
  await page.getByRole('menu').waitFor();
  await accessible();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await button('Actions for Uptime Kuma (offices)').click();
  await page.getByRole('menuitem', { name: 'Send a test' }).click();
  await button('Send the test').click();
  await said('The test created a ticket (512)');
  await button('Actions for Uptime Kuma (offices)').click();
  await page.getByRole('menuitem', { name: 'Clone' }).click();
  await page.getByRole('heading', { name: 'Uptime Kuma (offices) (copy)', level: 1 }).waitFor();
});

on('a new token is shown once, with both ends of the overlap', async () => {
  await open('#/endpoints');
  await button('Actions for Alertmanager prod').click();
  await page.getByRole('menuitem', { name: 'New token' }).click();
  await button('7 days').click();
  await button('Make a new token').click();
  await page.getByText('Old token').waitFor();
  const token = await page.locator('dialog code.value').textContent();
  assert.equal(token, endpoint('Alertmanager prod').token);
  await page.getByText('works until').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy', exact: true }).click();
  await until(async () => assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token));
  await button('I have copied it').click();
  await shows(0, page.getByText(token)); // gone from the page
});

const SAMPLE = JSON.stringify({ state: 'DOWN', 'the host': 'gw-1', customer: 'KERN', title: 'Link lost' });
async function editor(name, hash = '') {
  await open(`#/endpoints/${endpoint(name).id}${hash}`);
  await outcome().locator('.verdict').first().waitFor();
}
async function paste(text) {
  await button('Text', true).click();
  await page.getByLabel('Payload', { exact: true }).fill(text);
  await button('Tree', true).click();
}

on('a value clicked in the sample is put to use, and what would happen follows', async () => {
  await editor('PRTG Altbestand');
  await paste(SAMPLE);
  const use = async (value, what) => {
    await page.locator('.tree .leaf', { hasText: value }).click();
    await page.getByRole('menuitem', { name: what }).click();
  };
  await use('gw-1', 'Use as dedup key');
  await use('Link lost', 'Use as summary');
  await use('KERN', 'Use as company');
  await use('DOWN', 'Use as trigger: “DOWN” opens');
  await holds(page.getByLabel('Dedup key'), "$['the host']");
  await holds(page.getByLabel('Trigger', { exact: false }).first(), '$.state');
  await outcome().getByText('A ticket would be created').waitFor();
  await reads(/Link lost.*KERN.*gw-1/s, outcome());
  await changes(5);
  await use('gw-1', 'New rule for this value');
  await page.getByText('Matches the sample').waitFor();
  await accessible();
  await button('Save', true).click();
  await said('Saved');
  const e = endpoint('PRTG Altbestand');
  assert.deepEqual([e.dedup_key, e.json_mapping.summary, e.trigger_field, e.open_value, e.routing_rules[0].regex], ["$['the host']", '$.title', '$.state', 'DOWN', '^gw-1$']);
  await page.getByText('Everything is saved').waitFor();
});

on('a regex is checked while it is typed, with its place; saving is refused beside the field', async () => {
  watch.allow(/status of 422/);
  await editor('Alertmanager prod', '?section=rules');
  const regex = page.getByLabel('matches').first();
  await regex.fill('crit(ical');
  await page.locator('.rule .error').getByText('missing closing parenthesis').waitFor();
  await reads(/^crit\(ical$/, page.locator('.fault-at').first());
  await outcome().getByText('routing_rules[0].regex').waitFor();
  await page.locator('.anchors').getByRole('img', { name: 'has an error' }).waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('.save-bar [role=alert]').waitFor();
  await regex.fill('critical');
  await page.locator('.rule .error').waitFor({ state: 'detached' });
  await outcome().getByText('Priority 1').waitFor();
});

on('rules move by keys, buttons and mouse; undo goes back step by step', async () => {
  await editor('Alertmanager prod', '?section=rules');
  const order = async () => (await page.locator('.rule').getByLabel('matches').evaluateAll((all) => all.map((i) => i.value))).join();
  const ordered = (want) => until(async () => assert.equal(await order(), want));
  const keysIn = (n) => until(async () => assert.equal(await page.evaluate(() => document.activeElement.closest('.rule')?.dataset.rule), String(n)));
  await ordered('critical|page,^test-');
  await button('Move rule 1 down').click();
  await ordered('^test-,critical|page');
  await keysIn(1); // they go with the rule
  await page.getByLabel('matches').first().focus();
  await page.keyboard.press('Alt+ArrowDown');
  await ordered('critical|page,^test-');
  await keysIn(1);
  await page.locator('.rule .grip').nth(1).dragTo(page.locator('.rule').first(), { targetPosition: { x: 40, y: 12 } });
  await ordered('^test-,critical|page'); // dragged
  await button('Undo (Ctrl Z)').click();
  await button('Undo (Ctrl Z)').click();
  await button('Undo (Ctrl Z)').click();
  await ordered('critical|page,^test-');
  await changes(0);
});

on('unsaved changes: leaving asks, and they are there when one comes back', async () => {
  await editor('Zabbix Nordwest');
  await nameField().fill('Zabbix Nord und West');
  await changes(1);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'History' }).click();
  await page.getByText('Leave without saving?').waitFor();
  await button('Cancel').click();
  await at(/endpoints/);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'History' }).click();
  await button('Leave', true).click();
  await page.getByRole('heading', { name: 'History', level: 1 }).waitFor();
  await page.goBack();
  await button('Take them up').click();
  await holds(nameField(), 'Zabbix Nord und West');
  watch.allow(/status of 409/);
  endpoint('Zabbix Nordwest').version = '77';
  await page.keyboard.press('Control+s');
  await page.getByText('Somebody else saved meanwhile').waitFor();
  endpoint('Zabbix Nordwest').board = 'Theirs';
  await button('Show theirs').click();
  await holds(page.locator('[data-field=board]'), 'Theirs');
  await changes(0);
  await button('Undo (Ctrl Z)').click();
  await holds(nameField(), 'Zabbix Nord und West');
});

on('what is typed at last is kept when the page is left at once', async () => {
  await editor('Zabbix Nordwest');
  await nameField().fill('Zabbix, the last letter');
  await page.goto('about:blank');
  await editor('Zabbix Nordwest');
  await button('Take them up').click();
  await holds(nameField(), 'Zabbix, the last letter');
});

on('what is typed while a save is under way stays; what is to be saved is saved behind it, and not twice', async () => {
  const e = endpoint('Zabbix Nordwest');
  const before = asked('PATCH /api/endpoints/');
  const patches = () => asked('PATCH /api/endpoints/') - before;
  await editor(e.name);
  const { arrives } = letter('PATCH /api/endpoints/');
  await nameField().fill('Zabbix Nord');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+s');
  await until(() => e.name === 'Zabbix Nord', 'the first is at the server');
  await page.locator('[data-field=board]').fill('Alerts');
  await page.keyboard.press('Control+s');
  await nameField().fill('Zabbix Nordw');
  assert.equal(patches(), 1);
  arrives();
  await until(() => e.board === 'Alerts', 'the second followed');
  await changes(1);
  await holds(nameField(), 'Zabbix Nordw');
  await inDraft('Zabbix Nordw');
  assert.deepEqual([e.name, patches()], ['Zabbix Nord', 2]);
  await shows(0, page.locator('.save-bar [role=alert]'));
});

on('a sample that was pasted is not replaced by the one that was on its way', async () => {
  const before = asked('GET /api/history/');
  const { arrives } = letter('GET /api/history/');
  await page.goto(`${base}#/endpoints/${endpoint('Zabbix Nordwest').id}`);
  const late = page.waitForResponse(/api\/history\/\d+/);
  await until(() => asked('GET /api/history/') > before, 'it is on its way');
  await page.getByLabel('Payload', { exact: true }).fill(SAMPLE);
  await outcome().locator('.verdict').first().waitFor();
  arrives();
  await (await late).finished();
  await settled(page);
  await holds(page.getByLabel('Sample payload').and(page.locator('select')), 'pasted');
  await page.locator('.tree .leaf', { hasText: 'gw-1' }).waitFor();
});

on('a list that was asked for before a change does not take the change back', async () => {
  const looks = () => asked('GET /api/endpoints?');
  const row = page.locator('tr.endpoint', { hasText: 'Zabbix' });
  const calls = asked('POST /api/endpoints/bulk');
  await open('#/endpoints');
  await until(() => server.feeds.size > 0, 'it listens');
  const first = looks();
  const { arrives } = letter('GET /api/endpoints?');
  server.arrive();
  await until(() => looks() > first, 'it looks again');
  await button('Pause Zabbix Nordwest').click();
  await said('Paused “Zabbix Nordwest”');
  await until(() => looks() > first + 1, 'and once more, behind the change');
  const late = page.waitForResponse(/api\/endpoints\?/);
  arrives();
  await (await late).finished();
  await settled(page);
  await reads(/Paused/, row);
  await button('Resume Zabbix Nordwest').dblclick(); // its second half hits "Pause"
  await until(() => endpoint('Zabbix Nordwest').is_enabled === true, 'it runs');
  await said('Resumed');
  await reads(/Receiving/, row);
  assert.equal(asked('POST /api/endpoints/bulk') - calls, 2);
});

on('refusing to leave costs no entry of the browser\'s history: back still leads back', async () => {
  await open('#/history');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Endpoints' }).click();
  await page.getByRole('link', { name: 'Zabbix Nordwest' }).click();
  await nameField().fill('Zabbix Nord und West');
  await changes(1);
  const entries = await page.evaluate(() => history.length);
  for (let i = 0; i < 2; i++) {
    await page.evaluate(() => history.back());
    await page.getByText('Leave without saving?').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Leave without saving?').waitFor({ state: 'detached' });
    await at(/#\/endpoints\/./);
  }
  assert.equal(await page.evaluate(() => history.length), entries);
  await page.evaluate(() => history.back());
  await button('Leave', true).click();
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'History', level: 1 }).waitFor();
});

on('a rule that is not finished is left out of the preview, and says what it lacks', async () => {
  await editor('Zabbix Nordwest', '?section=rules');
  const tried = [];
  const listen = (r) => r.url().endsWith('/dry-run') && tried.push(r.postDataJSON().document.routing_rules ?? []);
  page.on('request', listen);
  const before = endpoint('Zabbix Nordwest').routing_rules?.length ?? 0;
  await button('Add a rule').click();
  await page.getByText('It lacks what to find').waitFor();
  await page.locator('.rule .badge', { hasText: 'Not finished' }).waitFor();
  await page.getByLabel('Summary begins with').fill('Now: ');
  await until(() => tried.length > 0, 'tried');
  assert.ok(tried.every((rules) => rules.length === before));
  await page.getByLabel('matches').last().fill('agent');
  await until(() => tried.at(-1).length === before + 1, 'tried with it');
  page.off('request', listen);
  await shows(0, page.getByText('It lacks'));
});

on('windows are written in words and saved as the server takes them', async () => {
  await editor('Uptime Kuma (offices)', '?section=maintenance');
  await button('Add a window').click();
  await page.getByText('Sat, Sun, 22:00 to 06:00 on the next day, Europe/Berlin').waitFor();
  await button('Mon', true).click();
  await page.getByLabel('Catch up').check();
  await button('Save', true).click();
  await said('Saved');
  assert.deepEqual(endpoint('Uptime Kuma (offices)').maintenance_windows, [{ timezone: 'Europe/Berlin', type: 'weekly', start: '22:00', end: '06:00', days: ['mon', 'sat', 'sun'], catch_up: true }]);
});

on('the sender is set up from the editor: secrets on request, commands to copy', async () => {
  await editor('Uptime Kuma (offices)', '?section=sender');
  await page.getByText('Set the sender up').click();
  await button('curl', true).click();
  await reads(/Bearer <token>/, page.locator('code.multi'));
  await button('Show', true).click();
  await until(async () => (await page.locator('code.multi').textContent()).includes(endpoint('Uptime Kuma (offices)').token), 'the token is filled in');
  await button('Ask for a signature').click();
  await page.getByText('Secret: copy it now').waitFor();
  await button('Save', true).click();
  await said('Saved');
  assert.match(endpoint('Uptime Kuma (offices)').hmac_secret, /^[0-9a-f]{64}$/);
  await page.getByText('X-HookWise-Signature is checked').waitFor();
  await shows(0, page.getByText('Secret: copy it now'));
  await button('New token…').click();
  await button('Make a new token').click();
  await button('I have copied it').click();
  await reads(/Bearer <token>/, page.locator('code.multi')); // the old one is not shown as if it held
});

on('a sender\'s own way: built from what the server knows, its secrets neither shown nor kept here', async () => {
  watch.allow(/status of 422/);
  const e = endpoint('Uptime Kuma (offices)');
  await editor(e.name, '?section=sender');
  const everKept = await kept();
  const add = page.getByLabel('Add a way to prove itself');
  await add.selectOption('header');
  await button('Save', true).click();
  await page.locator('.schemes .error').getByText('is missing').waitFor();
  await page.locator('.save-bar [role=alert]').getByText("sender's own way 1 secret is missing").waitFor();
  await until(() => page.evaluate(() => document.activeElement.getAttribute('aria-invalid') === 'true'), 'the field at fault has the focus');
  await page.getByLabel('Secret', { exact: true }).fill('open sesame');
  await page.getByLabel('Header', { exact: true }).fill('X-Team');
  await add.selectOption('hmac');
  await button('Make one').last().click();
  await until(async () => assert.match(await page.getByRole('textbox', { name: 'Secret, or public key' }).inputValue(), /^[0-9a-f]{64}$/));
  await page.getByLabel('Algorithm').selectOption('sha1');
  await inDraft('sha1'); // with all that was entered before
  await accessible();
  await button('Remove Another signature').click();
  await button('Do not ask for the token').click();
  await button('Save', true).click();
  await said('Saved');
  assert.deepEqual(e.auth.map(({ id, ...a }) => a), [{ scheme: 'header', secret: 'open sesame', header: 'X-Team' }]);
  await shows(0, page.getByText('open sesame'));
  assert.match(await everKept(), /X-Team/);
  assert.doesNotMatch(await everKept(), /sesame|[0-9a-f]{64}/);
  await button('Second secret').click();
  await page.getByLabel('Secret', { exact: true }).fill('tabula rasa');
  await button('Save', true).click();
  await said('Saved');
  assert.deepEqual(e.auth.map((a) => a.secret), ['open sesame', 'tabula rasa']);
  await button('Show the secrets').click();
  await page.getByText('open sesame').waitFor();
  await page.getByText('Set the sender up').click();
  await button('curl', true).click();
  await reads(/-H 'X-Team: <secret>'/, page.locator('code.multi'));
});

on('chats are told: added, refused in place, tried, and their last messages are seen', async () => {
  const e = endpoint('Zabbix Nordwest');
  await editor(e.name, '?section=ai');
  const everKept = await kept();
  await page.getByLabel('Add a chat target').selectOption('slack');
  await button('Bot', true).click();
  await page.getByLabel('Token of the bot').fill('xoxb-very-private');
  await page.getByLabel('Channel').fill('#noc');
  await page.getByLabel('reopened').check();
  await inDraft('reopen');
  assert.doesNotMatch(await everKept(), /very-private/);
  await button('Save', true).click();
  await said('Saved');
  assert.deepEqual(e.notify, [{ type: 'slack', token: 'xoxb-very-private', channel: '#noc', on: ['create', 'close', 'reopen', 'failed'] }]);
  e.notify = [{ id: 'a', type: 'slack', token: '********', channel: '#noc' }];
  await editor(e.name, '?section=ai');
  await button('Send a test', true).click();
  await page.getByText('Slack answered: channel_not_found').waitFor();
  await page.getByText('1 was not sent').click();
  await page.locator('.messages').getByText('Router down').waitFor();
  await accessible();
});

on('tickets that PSAs told of have a tab, and each shows what was told', async () => {
  await open('#/incidents');
  await page.getByRole('link', { name: 'Tickets of the PSA' }).click();
  await page.waitForURL(/tab=tickets/);
  await page.locator('main tbody tr', { hasText: 'New laptop' }).waitFor();
  await shows(2, page.locator('main tbody tr'));
  await page.getByLabel('Deleted tickets').selectOption('yes');
  await page.locator('main tbody tr', { hasText: 'Old printer' }).getByText('Deleted').waitFor();
  await page.locator('h1').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Ida Kern').waitFor();
  await accessible();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('f');
  await page.keyboard.type('nothing');
  await page.getByText('No ticket matches').waitFor();
});

on('an installation without endpoints begins with its first, and shows its first event', async () => {
  server.scenario = { empty: true };
  server.endpoints.length = 0;
  server.history = server.history.slice(0, 1);
  await open('#/endpoints');
  await page.getByRole('heading', { name: 'Your first endpoint' }).waitFor();
  await accessible();
  await page.getByLabel('Find a sender').fill('kuma');
  await button('Uptime Kuma', true).click();
  await button('Make the endpoint').click();
  await page.getByText('Waiting for the first webhook…').waitFor();
  const made = server.endpoints[0];
  assert.equal(made.preset, 'uptime-kuma');
  await reads(new RegExp(`Bearer ${made.token}`), page.locator('.steps-text'));
  server.scenario = {};
  server.endpoints = Array(5).fill(made);
  server.arrive({ config_id: made.id, config_name: made.name, status: 'processed', action: 'create', ticket_id: '7', summary: 'Router is down' });
  await page.getByText('The first webhook has arrived: Router is down').waitFor();
  await page.getByRole('link', { name: 'Fine-tune it' }).click();
  await page.getByRole('heading', { name: 'Uptime Kuma', level: 1 }).waitFor();
});

on('a viewer reads the editor and changes nothing', async () => {
  server.scenario = { role: 'viewer' };
  await page.goto('about:blank');
  await editor('Alertmanager prod');
  await until(() => nameField().isDisabled(), 'it is for reading');
  await shows(0, button('Save', true));
  await shows(0, button('Send a test…'));
  await open('#/endpoints');
  await shows(0, page.getByRole('link', { name: 'New endpoint' }));
});

on('TenantMap: tried on a name, added, refused beside the field, removed and undone', async () => {
  watch.allow(/status of 409/);
  await open('#/tenantmap');
  await page.getByLabel('What a sender calls its customer').fill('KERN-07');
  await page.getByText('Company BRAUEREI-KERN, by kern-*, a pattern').waitFor();
  await button('New mapping').click();
  await page.getByLabel('Name or pattern').fill('KERN-*');
  await page.getByLabel('Company', { exact: true }).fill('OTHER');
  await button('Save', true).click();
  await page.getByText('there is a mapping of this pattern already').waitFor();
  await page.getByLabel('Name or pattern').fill('ost-*');
  await button('Save', true).click();
  await said('Added “ost-*”');
  await button('Remove ost-*').click();
  await button('Remove the mapping').click();
  await said('Removed “ost-*”');
  await button('Undo').click();
  await until(() => server.tenantmap.some((t) => t.pattern === 'ost-*'), 'it is back');
  await accessible();
});

on('an endpoint says how it went lately: numbers lead to its events, and a chart shows them', async () => {
  const e = endpoint('Alertmanager prod');
  const number = page.locator('.lately').getByRole('link', { name: /^\d+ events?$/ });
  const before = asked('stats/history');
  await editor(e.name);
  await until(async () => assert.equal(Number.parseInt(await number.textContent(), 10), e.stats.events_24h));
  assert.equal(asked('stats/history'), before, 'nothing is asked before the chart is wanted');
  await button('Show a chart').click();
  await page.locator('.lately .plot canvas').waitFor();
  await button('7 days').click();
  await page.waitForURL(/period=weekly/);
  await page.locator('.lately').getByText('All 7 days').waitFor();
  await page.locator('.lately .plot canvas').waitFor();
  const questions = server.requests.filter((r) => r.includes('stats/history')).slice(before).map((r) => Object.fromEntries(new URLSearchParams(r.split('?')[1])));
  assert.ok(questions.some((q) => q.period === 'weekly') && questions.every((q) => q.endpoint_id === e.id), JSON.stringify(questions));
  await accessible();
  await page.locator('.lately .plot').focus();
  await page.keyboard.press('End');
  await page.locator('.lately figcaption').getByText('All 7 days').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await page.waitForURL((u) => u.hash.startsWith('#/history?') && u.hash.includes(`endpoint_id=${e.id}`) && u.hash.includes('from='));
});

on('TenantMap: what a model chose says so, and is confirmed as it is or by a change', async () => {
  const mine = (pattern) => server.tenantmap.find((t) => t.pattern === pattern);
  mine('kern-*').chosen_by = 'phi3';
  await open('#/tenantmap');
  await button('2 choices of the model to confirm').click();
  await shows(2, page.locator('main tbody tr'));
  await until(async () => assert.match(await page.locator('tr', { hasText: 'lindenhof' }).locator('.badge').getAttribute('title'), /The model phi3 chose this company/));
  await accessible();
  await button('Confirm *lindenhof*').click();
  await said('Confirmed: “*lindenhof*” is PRAXIS-LINDENHOF');
  assert.equal(mine('*lindenhof*').chosen_by, null);
  await shows(1, page.locator('main tbody tr'));
  await button('Change kern-*').click();
  await page.getByRole('dialog').getByText('Saving makes it your choice.').waitFor();
  await page.getByRole('dialog').getByLabel('Company', { exact: true }).fill('KERN');
  await button('Save', true).click();
  await said('Saved “kern-*”');
  assert.equal(mine('kern-*').chosen_by, null);
  await shows(4, page.locator('main tbody tr')); // nothing left to confirm: all are shown
  await shows(0, page.getByText('Model’s choice'));
});

on('Maintenance: the switch asks and says it, windows as calendar and as list', async () => {
  await open('#/maintenance');
  await shows(14, page.locator('.calendar > li'));
  await accessible();
  await button('Switch it on…').click();
  await button('Switch it on', true).click();
  await page.getByText('Maintenance for everything is on').waitFor();
  await page.locator('.banner').waitFor();
  await button('Switch it off', true).last().click();
  await page.getByText('Maintenance for everything is off').waitFor();
  await button('List', true).click();
  await at(/view=list/);
  await page.getByRole('table', { name: 'Windows by their start' }).waitFor();
});

on('users: a password made and shown once; removing takes the typed name', async () => {
  await open('#/settings/users');
  await button('New user').click();
  await page.getByLabel('User name').fill('lena');
  await page.getByLabel('Role').selectOption('admin');
  await button('Add', true).click();
  await page.getByText('tulip-harbor-94-maple').waitFor();
  await button('I have copied it').click();
  assert.equal(server.users.at(-1).role, 'admin');
  await button('Remove lena').click();
  await page.getByRole('dialog').getByRole('textbox').fill('lena');
  await button('Remove the user').click();
  await said('Removed lena');
  await accessible();
  await open('#/settings/keys');
  await button('New key').click();
  await page.getByLabel('Name').fill('Robot');
  await button('Make the key').click();
  await reads(/^hwk_/, page.locator('dialog code.value'));
  await button('I have copied it').click();
  await accessible();
});

on('Enter hit twice makes one key', async () => {
  await open('#/settings/keys');
  const before = server.apikeys.length;
  await button('New key').click();
  await page.getByLabel('Name').fill('Robot');
  const { arrives } = letter('POST /api/apikeys');
  for (let i = 0; i < 2; i++) await page.keyboard.press('Enter');
  await until(() => server.apikeys.length > before, 'it is made');
  arrives();
  await page.locator('dialog code.value').waitFor();
  await page.locator('main tbody tr', { hasText: 'Robot' }).waitFor();
  await shows(before + 1, page.locator('main tbody tr'));
  await button('I have copied it').click();
});

on('settings that are typed while others are saved stay', async () => {
  await open('#/settings/general');
  const days = page.getByLabel('LOG_RETENTION_DAYS');
  const board = page.getByLabel('CW_SERVICE_BOARD');
  const { arrives } = letter('PUT /api/settings');
  const value = (name) => server.settings.find((s) => s.name === name).value;
  await days.fill('60');
  await button('Save', true).click();
  await until(() => value('LOG_RETENTION_DAYS') === '60', 'the server has it');
  await board.fill('Alerts');
  await days.fill('30');
  arrives();
  await said('Saved 1 setting');
  await changes(2);
  await holds(days, '30');
  await button('Save', true).click();
  await said('Saved 2 settings');
  assert.deepEqual([value('CW_SERVICE_BOARD'), value('LOG_RETENTION_DAYS')], ['Alerts', '30']);
});

on('my account: password, and the second factor with its code', async () => {
  watch.allow(/status of 422/, /status of 403/);
  await open('#/settings');
  await page.getByLabel('Present password').fill('wrong');
  await page.getByLabel('New password', { exact: true }).fill('a-long-new-one');
  await page.getByLabel('New password again').fill('a-long-new-one');
  await button('Change the password').click();
  await page.getByText('this is not your present password').waitFor();
  await page.getByLabel('Present password').fill('hookwise');
  await button('Change the password').click();
  await said('Your password is changed');
  await button('Set it up').click();
  await page.getByLabel('Your password').fill('hookwise');
  await button('Go on').click();
  await page.getByRole('img', { name: 'QR code for the authenticator' }).waitFor();
  await accessible();
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await button('Switch it on').click();
  await page.getByText('the code is wrong or too old').waitFor();
  await page.getByLabel('Code', { exact: true }).fill('123 456');
  await button('Switch it on').click();
  await page.locator('.codes li').nth(7).waitFor();
  await button('I have kept them').click();
  await page.getByText('Off', { exact: true }).waitFor({ state: 'detached' });
});

on('settings are saved together, wrong ones refused in their place; backup and restore', async () => {
  watch.allow(/status of 422/);
  await open('#/settings/general');
  await page.getByLabel('LOG_RETENTION_DAYS').fill('99999');
  await page.getByLabel('CW_SERVICE_BOARD').fill('Alerts');
  await button('Save', true).click();
  await page.getByText('is not a number from 1 to 3650').waitFor();
  await page.getByLabel('Search settings').fill('ticket of nothing');
  await page.getByText('No setting matches').waitFor();
  await page.getByRole('alert').getByText('LOG_RETENTION_DAYS: is not a number').waitFor();
  await page.getByLabel('Search settings').fill('keep days');
  await until(async () => assert.deepEqual(await page.locator('.topic h2').allTextContents(), ['History and log'])); // only its topic is left
  await at(/q=keep/);
  await changes(2); // one of them out of sight
  await page.getByLabel('Search settings').fill('');
  await page.getByLabel('CW_SERVICE_BOARD').waitFor();
  await until(async () => assert.deepEqual(await page.locator('.topic', { hasText: 'Storage and keys' }).locator('tbody tr').first().locator('td').allTextContents(), ['PostgreSQLDATABASE_URL', '********', 'file', 'PostgreSQL.']));
  await page.getByLabel('LOG_RETENTION_DAYS').fill('60');
  await button('Save', true).click();
  await said('Saved 2 settings');
  assert.equal(server.settings.find((s) => s.name === 'LOG_RETENTION_DAYS').value, '60');
  await accessible();
  await open('#/settings/system');
  await button('Test the connection').click();
  await page.getByText('Cannot find clientID header').waitFor();
  await button('Test the model').click();
  await page.getByText('phi3 answers').waitFor();
  await button('Forget it').click();
  await said('Looking anew at 5 endpoints');
  const download = page.waitForEvent('download');
  await button('Download a backup').click();
  assert.equal(JSON.parse(readFileSync(await (await download).path(), 'utf8')).endpoints.length, 5);
  await page.locator('input[type=file]').setInputFiles({ name: 'old.json', mimeType: 'application/json', buffer: Buffer.from('{"endpoints":[{}]}') });
  await page.getByText('It brings 1 endpoint.').waitFor();
  await page.getByRole('dialog').getByRole('textbox').fill('restore');
  await button('Restore it').click();
  await page.getByText('the preset "nagstamon" is unknown').waitFor();
  await accessible();
});

on('by keyboard alone: g and a letter lead to every page, / to the search, and the focus is seen wherever it is', async () => {
  await open('#/help');
  for (const [letter, title] of [['d', 'Dashboard'], ['e', 'Endpoints'], ['h', 'History'], ['i', 'Incidents'], ['t', 'TenantMap'], ['m', 'Maintenance'], ['a', 'Audit'], ['s', 'Settings'], ['?', 'Help']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await settled(page);
    const unseen = [];
    for (let i = 0; i < 24; i++) {
      await page.keyboard.press('Tab');
      const odd = await page.evaluate(() => {
        const el = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(el);
        return el === document.body || (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) ? null : el.outerHTML.slice(0, 80);
      });
      if (odd) unseen.push(odd);
    }
    assert.deepEqual(unseen, [], title);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('/');
    await until(async () => assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'combobox', `the search, from ${title}`));
    await page.keyboard.press('Escape');
    await page.evaluate(() => document.activeElement.blur());
  }
});

on('the focus comes back from dialogs and menus to where it was', async () => {
  await open('#/endpoints');
  const back = () => until(async () => assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Actions for Zabbix Nordwest'));
  const more = page.getByRole('button', { name: 'Actions for Zabbix Nordwest' });
  await more.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Its history' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await back();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next row').waitFor();
  await page.keyboard.press('Escape');
  await back();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByText('Delete “Zabbix Nordwest”?').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await back();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await back();
  for (const key of ['j', 'j']) await page.keyboard.press(key);
  await page.keyboard.press('x');
  await page.getByText('1 endpoint selected').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('1 endpoint selected').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Alertmanager prod', level: 1 }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Endpoints', level: 1 }).waitFor();
});

on('every page fits a window of 360 pixels, and pictures of all are taken', async () => {
  const pages = adminPages(server.endpoints);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [name, hash] of Object.entries(pages)) {
    await open(hash);
    await until(async () => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, name));
    await accessible(name);
  }
  await shootAll(page, base, Object.keys(pages), pages);
});

on('dark pages have contrast too', async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const [name, hash] of Object.entries(adminPages(server.endpoints))) {
    await open(hash);
    await accessible(name);
  }
});
