/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, one section at a time; what a role may not see is not offered. */
import { html, useEffect } from '../lib.js';
import { may } from '../store.js';
import { Page } from '../page.js';
import { Link } from '../ui/basic.js';
import { Notice } from '../ui/load.js';
import { Account } from './settings/account.js';
import { Keys } from './settings/keys.js';
import { General } from './settings/general.js';
import { System } from './settings/system.js';
import { Users } from './settings/users.js';

export const styles = ['pages/endpoints.css', 'pages/settings.css'];

const SECTIONS = [
  { id: 'account', label: 'My account', view: Account, role: 'viewer' },
  { id: 'users', label: 'Users', view: Users, role: 'admin' },
  { id: 'keys', label: 'API keys', view: Keys, role: 'admin' },
  { id: 'general', label: 'Behaviour', view: General, role: 'admin' },
  { id: 'system', label: 'Connections & backup', view: System, role: 'operator' },
];

export default function Settings({ params, query }) {
  const here = SECTIONS.find((s) => s.id === (params.section ?? 'account'));
  useEffect(() => document.querySelector('.tabs [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' }), [here]);
  return html`<${Page} title=${here ? `Settings: ${here.label}` : 'Settings'} heading="Settings"><nav class="tabs" aria-label="Sections of the settings">${SECTIONS.filter((s) => may(s.role)).map((s) => html`<${Link} key=${s.id} to=${`/settings/${s.id}`}
    aria-current=${s === here ? 'page' : undefined}>${s.label}<//>`)}</nav>
    ${!here ? html`<div class="panel"><${Notice} icon="map-pin-off" title="There is no such section">Choose one above.<//></div>`
    : may(here.role) ? html`<${here.view} key=${here.id} query=${query} />` : html`<div class="panel"><${Notice} icon="lock" title="Your role does not allow this">It needs the role ${here.role}.<//></div>`}<//>`;
}
