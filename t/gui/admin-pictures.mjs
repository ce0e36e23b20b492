#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Pictures of the pages for setting up: node t/gui/admin-pictures.mjs [NAME…], into $HW_BUILD/screenshots.
import { fileURLToPath } from 'node:url';
import { Installation } from './admin.mjs';
import { openBrowser, signIn, watchedPage } from './browser.mjs';
import { shootAll } from './shots.mjs';

export const adminPages = ([first, second]) => ({
  endpoints: '#/endpoints', editor: `#/endpoints/${second.id}`, 'editor-rules': `#/endpoints/${second.id}?section=rules`, 'editor-sender': `#/endpoints/${first.id}?section=sender`, new: '#/endpoints/new',
  tenantmap: '#/tenantmap', maintenance: '#/maintenance', account: '#/settings', users: '#/settings/users', keys: '#/settings/keys', general: '#/settings/general', system: '#/settings/system',
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const me = new Installation();
  const base = `http://127.0.0.1:${await me.listen()}/`;
  const pages = adminPages(me.endpoints);
  const browser = await openBrowser();
  const { page, faults } = await watchedPage(browser.context, base);
  await signIn(page, base);
  const names = process.argv.slice(2);
  await shootAll(page, base, names.length ? names : Object.keys(pages), pages);
  console.log(faults.join('\n') || 'no faults');
  await browser.close();
  await me.close();
}
