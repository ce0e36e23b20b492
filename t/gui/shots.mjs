#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Pictures of pages in light, dark and narrow: node t/gui/shots.mjs [NAME…], into $HW_BUILD/screenshots.
import { Imitation } from './server.mjs';
import { openBrowser, settled, shoot, signIn, watchedPage } from './browser.mjs';

export const PAGES = {
  dashboard: '#/', history: '#/history', event: '#/history/8995', compare: '#/history/compare?a=8995&b=8990', incidents: '#/incidents', incident: '#/incidents/100',
  audit: '#/audit', help: '#/help',
};
export const LOOKS = [
  ['light', { width: 1280, height: 800 }, 'light'], ['dark', { width: 1280, height: 800 }, 'dark'], ['narrow', { width: 360, height: 740 }, 'light'],
];

export async function shootAll(page, base, names, extra = {}) {
  const pages = { ...PAGES, ...extra };
  for (const [look, viewport, colorScheme] of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    for (const name of names) {
      await page.goto('about:blank');
      await page.goto(`${base}${pages[name]}`);
      await settled(page);
      await shoot(page, `${name}-${look}`);
    }
  }
}

if (process.argv[1].endsWith('shots.mjs')) {
  const me = new Imitation();
  const base = `http://127.0.0.1:${await me.listen()}/`;
  const browser = await openBrowser();
  const { page, faults } = await watchedPage(browser.context, base);
  const names = process.argv.slice(2);
  await page.goto(base);
  await page.getByLabel('User name').waitFor();
  await shoot(page, 'login-light');
  await signIn(page, base);
  await shootAll(page, base, names.length ? names : Object.keys(PAGES));
  console.log(faults.join('\n') || 'no faults');
  await browser.close();
  await me.close();
}
