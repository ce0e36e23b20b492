// SPDX-License-Identifier: Apache-2.0
// Run by 30-stack.t, which starts the stack and says where it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { audit, fetch, signIn, testPage, until } from './browser.mjs';

const { HW_URL, HW_ADMIN_USER, HW_ADMIN_PASSWORD, HW_SAMPLE_ENDPOINT, HW_SAMPLE_TOKEN } = process.env;
const { page, base, browser, on, open, button, said } = await testPage({ url: `${HW_URL}/` });
const summary = (text) => page.locator('td.main a', { hasText: text });

async function send(monitor, status, body) {
  const res = await fetch(`${HW_URL}/webhook/${HW_SAMPLE_ENDPOINT}`, {
    method: 'POST', headers: { Authorization: `Bearer ${HW_SAMPLE_TOKEN}`, 'Content-Type': 'application/json' },
    body: body ?? JSON.stringify({ heartbeat: { status, msg: 'connect timed out' }, monitor: { name: monitor } }),
  });
  return { code: res.status, ...await res.json() };
}

on('the administrator signs in with the printed password', async () => {
  await page.goto(base);
  await page.getByLabel('User name').fill(HW_ADMIN_USER);
  await page.getByLabel('Password').fill(`not ${HW_ADMIN_PASSWORD}`);
  await page.keyboard.press('Enter');
  await page.getByText('The user name or the password is wrong.').waitFor();
  await signIn(page, base, HW_ADMIN_USER, HW_ADMIN_PASSWORD);
  await page.getByText('All services up').first().waitFor();
});

on('the Dashboard counts the sample alert', async () => {
  await open('#/');
  await page.getByText('Everything is running').waitFor();
  await page.locator('.tile', { hasText: 'Tickets opened' }).getByText('1', { exact: true }).waitFor();
  await page.locator('.plot canvas').waitFor();
  await page.locator('.chart .key', { hasText: 'Processed' }).getByText('1', { exact: true }).waitFor();
  assert.deepEqual(await audit(page), []);
});

on('a webhook appears in History by itself, and its recovery replaces nothing', async () => {
  await open('#/history');
  await button(/^Live/).waitFor();
  assert.equal((await send('Warehouse gate', 0)).code, 202);
  await summary('Warehouse gate').waitFor();
  assert.equal((await send('Warehouse gate', 1)).code, 202);
  const outcomes = page.locator('tr', { hasText: 'Warehouse gate' }).locator('.badge');
  await until(async () => assert.deepEqual(await outcomes.allTextContents(), ['Closed', 'Opened']));
});

on('an event tells its story, with the ticket it opened', async () => {
  await open('#/history?q=Warehouse&action=create');
  await summary('Warehouse gate').click();
  await page.locator('.stage').nth(2).getByText('an open value').waitFor();
  await page.locator('.stage').nth(3).getByText(/^Ticket \d+ was created\.$/).waitFor();
  await page.locator('.payload').getByText('"Warehouse gate"').waitFor();
  assert.deepEqual(await audit(page), []);
});

on('replaying it opens another ticket', async () => {
  await button('Replay').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
  await said('Queued to run again');
  await button('Show').click();
  await page.waitForURL(/request_id=/);
  await page.locator('.badge', { hasText: 'Opened' }).waitFor();
});

on('an unreadable request is kept, and says why', async () => {
  assert.equal((await send(null, null, '<alert/>')).code, 400);
  await open('#/history?status=rejected');
  await summary('Unreadable request').click();
  await page.locator('.stage.failed').getByText('The body is neither JSON nor a form.').waitFor();
  await page.getByText('<alert/>').waitFor();
});

on('an incident is acknowledged, gets a note, and is closed', async () => {
  await open('#/incidents?q=Sample');
  await summary('Sample shop').first().click();
  await button('Acknowledge').click();
  await said(/is acknowledged/);
  await page.getByLabel('Add a note').fill('Provider has been called');
  await button('Add note').click();
  await page.locator('.notes').getByText('Provider has been called').waitFor();
  await button('Close').first().click();
  await said(/is closed/);
  await open('#/incidents?status=closed');
  await summary('Sample shop').first().waitFor();
});

on('two events are compared', async () => {
  await open('#/history?q=Warehouse');
  for (const n of [0, 1]) await page.locator('main tbody tr').nth(n).getByRole('checkbox').click();
  await button('Compare').click();
  await page.getByText(/differences? in/).waitFor();
});

on('history is exported as the server writes it', async () => {
  await open('#/history?q=Warehouse');
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await button('Export…').click();
  await page.getByRole('button', { name: 'JSON lines' }).click();
  await page.getByLabel('With payload, headers and story').check();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('link', { name: 'Export' }).click()]);
  const rows = readFileSync(await download.path(), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
  assert.equal(rows.length, 3);
  assert.ok(rows.every((r) => r.payload.monitor.name === 'Warehouse gate'));
});

on('Audit knows who did it', async () => {
  await open('#/audit');
  await page.locator('tr', { hasText: 'Added a note' }).first().waitFor();
  await page.locator('tr', { hasText: 'Replayed' }).first().getByText(HW_ADMIN_USER).waitFor();
});

on('search leads to an endpoint', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('uptime');
  await page.locator('#guesses').getByText('Sample: Uptime Kuma').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`endpoints/${HW_SAMPLE_ENDPOINT}`));
});

on('signing out ends the session on the server', async () => {
  await open('#/');
  const cookies = await browser.context.cookies();
  assert.ok(cookies.every((c) => c.httpOnly && c.sameSite === 'Strict'));
  await button('Signed in as admin').click();
  await button('Sign out').click();
  await page.getByLabel('User name').waitFor();
  const res = await fetch(`${HW_URL}/api/session`, { headers: { Cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') } });
  assert.equal(res.status, 401);
});
