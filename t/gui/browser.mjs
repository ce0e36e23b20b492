// SPDX-License-Identifier: Apache-2.0
// One chromium, and what every test of the pages watches for: errors on the console, violations of
// the content policy, requests that leave the host, serious findings of axe. testPage is how a file
// of tests begins.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

const PATIENCE = 60_000;
// HW_GUI_SLOW=8: a page that computes eight times slower than here, to find tests that ask too early.
const SLOW = Number(process.env.HW_GUI_SLOW ?? 1);

export const SHOTS = join(process.env.HW_BUILD ?? 'build', 'screenshots');

export async function openBrowser(locale = 'en-GB') {
  const executablePath = PROGRAMS.find(existsSync);
  if (!executablePath) throw new Error('chromium is not installed (Debian: chromium)');
  const home = mkdtempSync(join(tmpdir(), 'hw-gui-'));
  const context = await chromium.launchPersistentContext(home, {
    executablePath, headless: true, timeout: PATIENCE * 3, args: FLAGS, viewport: { width: 1280, height: 800 }, timezoneId: 'Europe/Berlin', locale,
    permissions: ['clipboard-read', 'clipboard-write'], reducedMotion: 'reduce', bypassCSP: false,
  });
  const forget = () => rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }); // its last processes may still write
  return { context, async close() { await context.close(); forget(); } };
}

// In the page, before its own: what is said is kept for said(), and what waits for a person waits for a test that
// stands still: the second key of "g h", and what a message offers.
function unhurried() {
  const PERSON = [2000, 9000];
  const own = globalThis.setTimeout.bind(globalThis);
  globalThis.setTimeout = (fn, ms, ...rest) => own(fn, PERSON.includes(ms) ? 300_000 : ms, ...rest);
  globalThis.heardSaid = [];
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((c) => [...c.addedNodes])) if (node.matches?.('.toast')) globalThis.heardSaid.push(node.innerText);
  }).observe(document, { childList: true, subtree: true });
}

// A page that remembers what went wrong on it. allow: patterns of console errors that are meant.
export async function watchedPage(context, base) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE * SLOW);
  await page.addInitScript(unhurried);
  if (SLOW > 1) await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: SLOW });
  const faults = [];
  const meant = [];
  const host = new URL(base).host;
  page.on('pageerror', (e) => faults.push(`exception: ${e.message}`));
  page.on('console', (m) => {
    const text = `${m.text()} ${m.location().url}`;
    if (m.type() === 'error' && !meant.some((p) => p.test(text))) faults.push(`console: ${text}`);
  });
  page.on('request', (r) => {
    const u = new URL(r.url());
    if (!/^(data|blob):$/.test(u.protocol) && u.host !== host) faults.push(`request leaves the host: ${r.url()}`);
  });
  return { page, faults, allow: (...patterns) => meant.push(...patterns) };
}

// Serious and critical findings, as text. axe is put in by the driver, past the content policy.
export async function audit(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? v.help}`));
}

export async function shoot(page, name, full = false) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: full });
}

export async function signIn(page, base, user = 'admin', password = 'hookwise') {
  await page.goto(base);
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

// Of this process, each by a connection of its own: the server may have closed one that is kept, and a process that
// stood still does not know it yet.
const own = globalThis.fetch;
export const fetch = (url, options = {}) => own(url, { ...options, headers: { ...options.headers, Connection: 'close' } });

// Tries until check neither throws nor answers false: what a page shows comes when it comes.
export async function until(check, what = 'it never came') {
  for (const end = Date.now() + PATIENCE * SLOW; ;) {
    try {
      if (await check() !== false) return;
      if (Date.now() > end) assert.fail(what);
    } catch (e) {
      if (Date.now() > end) throw e;
    }
    await sleep(50);
  }
}

// The page is there, nothing on it is still being fetched, and its effects have run.
export async function settled(page) {
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('main :is(.pending, .skeleton, .pending-line)'));
  await page.evaluate(async () => {
    for (let i = 0; i < 3; i++) await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  });
}

// What a file of tests needs: a page, on(name, fn) for a test that ends without a fault on it, open(hash).
// server: an imitation, in order again before each test; else url: where the real thing is. as: user and
// password to sign in with first; allow: console errors that are meant besides the first question's 401;
// clean: after each test. said(text): a message, which may be gone by now; each is found once, and given back.
export async function testPage({ server, url, as, allow = [], clean = () => {} }) {
  const base = url ?? `http://127.0.0.1:${await server.listen()}/`;
  const browser = await openBrowser();
  const watch = await watchedPage(browser.context, base);
  const { page } = watch;
  after(async () => {
    await browser.close();
    await server?.close();
  });
  watch.allow(/status of 401/, ...allow);
  if (as) await signIn(page, base, ...as);
  const on = (name, fn) => test(name, async () => {
    if (server) {
      server.scenario = {};
      server.fill();
    }
    await fn();
    await clean(page);
    assert.deepEqual(watch.faults.splice(0), []);
  });
  const open = async (hash) => {
    await page.goto('about:blank');
    await page.goto(base + hash);
    await settled(page);
  };
  const button = (name, exact = false) => page.getByRole('button', { name, exact });
  const said = async (text) => {
    let words;
    await until(async () => {
      words = await page.evaluate((wanted) => {
        const at = globalThis.heardSaid.findIndex((t) => (wanted instanceof RegExp ? wanted.test(t) : t.includes(wanted)));
        return at < 0 ? null : globalThis.heardSaid.splice(at, 1)[0];
      }, text);
      return words !== null;
    }, `"${text}" was never said`);
    return words;
  };
  return { page, base, browser, watch, on, open, button, said };
}
