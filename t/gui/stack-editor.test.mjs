// SPDX-License-Identifier: Apache-2.0
// Run by 50-stack-editor.t, which starts the stack and says where it is.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fetch, settled, testPage, until } from './browser.mjs';
import { exampleOf } from '../../htdocs/assets/logic/example.js';

const { HW_URL, HW_ADMIN_USER, HW_ADMIN_PASSWORD, HW_SAMPLE_ENDPOINT, HW_SAMPLE_TOKEN } = process.env;
const { page, on, open, said, ...rest } = await testPage({
  url: `${HW_URL}/`, as: [HW_ADMIN_USER, HW_ADMIN_PASSWORD], allow: [/status of (422|50\d)/], // no PSA is configured: no suggestions
});
const button = (name) => rest.button(name, true);
const saved = () => page.getByText('Everything is saved').waitFor();
const outcome = (text) => page.locator('.outcome').getByText(text).first().waitFor();
const shows = (n, of) => until(async () => assert.equal(await of.count(), n));
const holds = (field, value) => until(async () => assert.equal(await field.inputValue(), value));
// A webhook is answered by what is in force: that comes to the module a moment behind the page, when something stands still.
const answers = (status, send, why) => until(async () => assert.equal((await send()).status, status, why));
const post = (url, token, body) => fetch(url, { method: 'POST', headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const down = (name) => ({ heartbeat: { status: 0, msg: 'timeout' }, monitor: { id: 5, name }, msg: `[${name}] Down` });

on('the list counts the sample alert', async () => {
  await open('#/endpoints');
  const row = page.locator('tr.endpoint', { hasText: 'Sample: Uptime Kuma' });
  await row.getByText('Receiving').waitFor();
  await row.getByTitle(/1 event in the last 24 hours/).waitFor();
  await row.getByRole('link', { name: 'Sample: Uptime Kuma' }).click();
  await outcome('A ticket would be created');
  await button('As it is now').click();
  await outcome('The open ticket would get a note');
});

on('a value is put to use, saved, and the next webhook is taken by it', async () => {
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}`);
  await page.locator('.tree .leaf').filter({ hasText: /Sample shop - checkout page"$/ }).first().click();
  await page.getByRole('menuitem', { name: 'New rule for this value' }).click();
  await page.locator('.rule').getByLabel('Set a ticket field').selectOption('priority');
  await page.getByLabel('Sets priority to').fill('Urgent');
  await outcome('Urgent');
  await page.getByText('Matches the sample').waitFor();
  await button('Save').click();
  await saved();
  await page.locator('[data-field=board]').fill('Service');
  await button('Save').click();
  await saved();
  const res = await fetch(`${HW_URL}/api/endpoints/${HW_SAMPLE_ENDPOINT}`, { headers: { Authorization: `Basic ${btoa(`${HW_ADMIN_USER}:${HW_ADMIN_PASSWORD}`)}` } });
  const doc = await res.json();
  assert.equal(doc.board, 'Service');
  assert.deepEqual(doc.routing_rules.map((r) => r.overrides), [{ priority: 'Urgent' }]);
});

on('a wrong expression is told with its place, and not saved', async () => {
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}?section=rules`);
  await page.getByLabel('matches').fill('shop(');
  await page.locator('.rule .error').getByText('missing closing parenthesis').waitFor();
  await page.locator('.fault-at').waitFor();
  await page.keyboard.press('Control+s');
  await page.locator('.save-bar [role=alert]').getByText('missing closing parenthesis').waitFor();
  await button('Undo (Ctrl Z)').click();
  await saved();
});

on('a test goes through the queue and says what became of it', async () => {
  await until(async () => { // one that a slow worker leaves waiting in the queue is sent again
    await button('Send a test…').click();
    await button('Send the test').click();
    const words = await said(/The test (created a ticket|became a note|waits in the queue)/);
    assert.doesNotMatch(words, /waits/);
  });
});

on('a new token works at once, the old one until its end', async () => {
  await open('#/endpoints');
  await button('Actions for Sample: Uptime Kuma').click();
  await page.getByRole('menuitem', { name: 'New token' }).click();
  await button('1 hour').click();
  await button('Make a new token').click();
  await page.getByText('works until').waitFor();
  const token = await page.locator('dialog code.value').textContent();
  assert.notEqual(token, HW_SAMPLE_TOKEN);
  const url = `${HW_URL}/webhook/${HW_SAMPLE_ENDPOINT}`;
  await answers(202, () => post(url, token, down('Gate')));
  await answers(202, () => post(url, HW_SAMPLE_TOKEN, down('Gate')));
  await button('I have copied it').click();
});

on('pausing refuses webhooks, undo takes them again', async () => {
  const url = `${HW_URL}/webhook/${HW_SAMPLE_ENDPOINT}`;
  await button('Pause Sample: Uptime Kuma').click();
  await said('Paused “Sample: Uptime Kuma”');
  await answers(403, () => post(url, HW_SAMPLE_TOKEN, down('Gate')));
  await button('Undo').click();
  await said('Resumed');
  await answers(202, () => post(url, HW_SAMPLE_TOKEN, down('Gate')));
});

on('a new endpoint is made from a preset, and its first event arrives on the page', async () => {
  await open('#/endpoints/new');
  await page.getByLabel('Find a sender').fill('grafana');
  await page.locator('.senders button').first().click();
  await page.getByLabel('Name').fill('Grafana of the shop');
  await button('Make the endpoint').click();
  await page.getByText('Waiting for the first webhook…').waitFor();
  const of = (label) => page.locator('.secret', { hasText: label }).locator('code').first().textContent();
  await until(() => page.locator('.watch').evaluate((e) => e.getBoundingClientRect().bottom <= innerHeight), 'what is waited for is in sight');
  const [address, token] = [await of('Address'), await of('Token:')];
  await answers(202, () => post(address, token, { status: 'firing', alerts: [{ status: 'firing', labels: { alertname: 'DiskFull' }, fingerprint: 'f00d' }] }));
  await page.getByText(/The first webhook has arrived: .*DiskFull/).waitFor();
  await page.getByRole('link', { name: 'Fine-tune it' }).click();
  await outcome('A ticket would be created');
});

on('a sender signs in its own way: the secret is made here, and only its signature is let in', async () => {
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}?section=sender`);
  await page.getByLabel('Add a way to prove itself').selectOption('github');
  await button('Make one').click();
  const field = page.getByRole('textbox', { name: 'Secret of the webhook' });
  await until(async () => assert.match(await field.inputValue(), /^[0-9a-f]{64}$/));
  const secret = await field.inputValue();
  await button('Do not ask for the token').click();
  await button('Save').click();
  await saved();
  await page.getByText('Secret of the webhook •••').waitFor();
  await shows(0, page.getByText(secret)); // not shown again
  const send = (sign) => {
    const body = JSON.stringify(down('Signed'));
    return fetch(`${HW_URL}/webhook/${HW_SAMPLE_ENDPOINT}`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-Hub-Signature-256': `sha256=${createHmac('sha256', sign).update(body).digest('hex')}` } });
  };
  await answers(202, () => send(secret));
  await answers(401, () => send('another'));
  await button('Remove GitHub').click();
  await page.getByLabel('Ask for the token').check();
  await button('Save').click();
  await saved();
});

const endpointNow = (id) => fetch(`${HW_URL}/api/endpoints/${id}`, { headers: { Authorization: `Basic ${btoa(`${HW_ADMIN_USER}:${HW_ADMIN_PASSWORD}`)}` } }).then((r) => r.json());

on('chat targets and ways to sign in are saved, masked afterwards, and kept by the next save', async () => {
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}?section=ai`);
  await page.getByLabel('Add a chat target').selectOption('slack');
  await page.getByLabel('Address of the webhook').fill('https://hooks.slack.com/services/T0/B0/very-private');
  await page.getByLabel('Name of target 1').fill('NOC');
  await page.getByLabel('Add a way to prove itself').selectOption('github');
  await page.getByRole('textbox', { name: 'Secret of the webhook' }).fill('a-secret-that-stays');
  await button('Save').click();
  await saved();
  const first = await endpointNow(HW_SAMPLE_ENDPOINT);
  const [{ id, ...target }] = first.notify;
  assert.deepEqual(target, { type: 'slack', url: 'https://hooks.slack.com/********', name: 'NOC' });
  assert.doesNotMatch(JSON.stringify(first), /very-private|a-secret-that-stays/);
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}?section=ai`);
  await page.getByText('https://hooks.slack.com/••••').waitFor();
  await page.getByText('Secret of the webhook •••').waitFor();
  assert.doesNotMatch(await page.content(), /very-private|a-secret-that-stays/);
  await page.getByLabel('Name of target 1').fill('Night shift');
  await page.getByLabel('reopened').check();
  await button('Save').click();
  await saved();
  const next = await endpointNow(HW_SAMPLE_ENDPOINT);
  assert.deepEqual(next.notify, [{ ...target, id, name: 'Night shift', on: ['create', 'close', 'reopen', 'failed'] }]);
  const body = JSON.stringify(down('Kept'));
  const sign = (key) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
  const send = (key) => fetch(`${HW_URL}/webhook/${HW_SAMPLE_ENDPOINT}`, { method: 'POST', body, headers: { Authorization: `Bearer ${HW_SAMPLE_TOKEN}`, 'Content-Type': 'application/json', 'X-Hub-Signature-256': sign(key) } });
  await answers(202, () => send('a-secret-that-stays'), 'the secret is still the one that was entered');
  await answers(401, () => send('********'));
  await button('Remove GitHub').click();
  await button('Remove Night shift').click();
  await button('Save').click();
  await saved();
});

on('an endpoint mirrors the PSA: its address is shown, works, and the ticket is in the tab', async () => {
  await open('#/endpoints/new');
  await page.getByLabel('Find a sender').fill('freshservice');
  await page.locator('.senders button').first().click();
  await page.getByLabel('Name').fill('Freshservice tickets');
  await button('Make the endpoint').click();
  const token = await page.locator('.secret', { hasText: 'Token:' }).locator('code').first().textContent();
  await page.getByRole('link', { name: 'Open its settings' }).click();
  await page.getByLabel('Tickets go to').selectOption('mirror');
  const address = await page.locator('.secret', { hasText: 'Address for Freshservice' }).locator('code').textContent();
  assert.equal(address, `${HW_URL}/webhooks/freshservice/ticket`);
  await page.locator('[data-field=preset]').selectOption('grafana');
  await page.getByText('Choose the PSA whose tickets are told of as sender').waitFor();
  await page.locator('[data-field=preset]').selectOption('freshservice');
  await button('Save').click();
  await saved();
  await answers(202, () => fetch(address, { method: 'POST', body: JSON.stringify({ event: 'ticket.created', ticket_id: 4711, subject: 'Beamer is dark' }), headers: { 'Content-Type': 'application/json', 'X-Webhook-Secret': token } }));
  await page.getByRole('link', { name: 'Incidents' }).last().click();
  await page.waitForURL(/tab=tickets/);
  await page.getByText('Beamer is dark').waitFor();
});

on('for every preset there is a made-up problem that opens a ticket', async () => {
  const call = (path, body) => fetch(`${HW_URL}/${path}`, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json', Authorization: `Basic ${btoa(`${HW_ADMIN_USER}:${HW_ADMIN_PASSWORD}`)}` } }).then((r) => r.json());
  const { items } = await call('api/presets');
  assert.ok(items.length > 35);
  for (const preset of items) {
    const said = await call('api/dry-run', { document: { name: 'x', preset: preset.name, destination: 'local' }, payload: JSON.stringify(exampleOf(preset.document)) });
    assert.equal(said.elements?.[0]?.action, 'create', `${preset.name}: ${JSON.stringify(said).slice(0, 300)}`);
  }
});

on('order, tenant map, windows, users, keys, settings and backup reach the server', async () => {
  await open('#/endpoints');
  await page.locator('tr.endpoint').nth(1).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await said('Order saved');
  await open('#/tenantmap');
  await button('New mapping').first().click();
  await page.getByRole('dialog').getByLabel('Name or pattern').fill('kern-*');
  await page.getByRole('dialog').getByLabel('Company').fill('KERN');
  await button('Save').click();
  await said('Added “kern-*”');
  await page.getByLabel('What a sender calls its customer').fill('kern-17');
  await page.getByText('Company KERN, by kern-*').waitFor();
  await open(`#/endpoints/${HW_SAMPLE_ENDPOINT}?section=maintenance`);
  await button('Add a window').click();
  await button('Save').click();
  await saved();
  await open('#/maintenance');
  await page.locator('.piece').first().waitFor();
  await open('#/settings/users');
  await button('New user').click();
  await page.getByLabel('User name').fill('lena');
  await button('Add').click();
  await page.getByText('Password of lena').waitFor();
  await button('I have copied it').click();
  await open('#/settings/keys');
  await button('New key').first().click();
  await page.getByLabel('Name').fill('Robot');
  await button('Make the key').click();
  const key = await page.locator('dialog code.value').textContent();
  await answers(200, () => fetch(`${HW_URL}/api/endpoints`, { headers: { Authorization: `Bearer ${key}` } }));
  await button('I have copied it').click();
  await open('#/settings/general');
  await page.getByLabel('CW_TICKET_PREFIX').fill('Alarm:');
  await button('Save').click();
  await said('Saved 1 setting');
  const days = page.locator('.field', { hasText: 'LOG_RETENTION_DAYS' });
  await days.getByText(/From: default/).waitFor();
  await page.getByLabel('Search settings').fill('keep history');
  await page.getByLabel('CW_TICKET_PREFIX').waitFor({ state: 'detached' });
  await days.getByRole('textbox').fill('0');
  await button('Save').click();
  await days.getByRole('alert').waitFor();
  await days.getByRole('textbox').fill('90');
  await button('Save').click();
  await days.getByText(/From: changed here/).waitFor();
  await page.reload();
  await settled(page);
  await holds(days.getByRole('textbox'), '90');
  await days.getByRole('button', { name: 'Back to “30”' }).click();
  await button('Save').click();
  await days.getByText(/From: default/).waitFor();
  await holds(days.getByRole('textbox'), '30');
  await open('#/settings/general?q=address');
  const topic = page.locator('.topic', { hasText: 'Web and sign-in' });
  await topic.getByRole('row', { name: /PUBLIC_URL.*file/ }).waitFor();
  await open('#/settings/system');
  const [download] = await Promise.all([page.waitForEvent('download'), button('Download a backup').click()]);
  assert.match(readFileSync(await download.path(), 'utf8'), /Grafana of the shop/);
});

on('a second factor is started with its code', async () => {
  await open('#/settings/account');
  await button('Set it up').click();
  await page.getByLabel('Your password').fill(HW_ADMIN_PASSWORD);
  await button('Go on').click();
  await page.getByRole('img', { name: 'QR code for the authenticator' }).waitFor();
});
