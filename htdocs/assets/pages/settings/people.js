/* SPDX-License-Identifier: Apache-2.0 */
/* What users and API keys have in common: roles, tenants, a secret shown once. */
import { html } from '../../lib.js';
import { may } from '../../store.js';
import { Button } from '../../ui/basic.js';
import { Dialog } from '../../ui/dialog.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Secret } from '../endpoint-dialogs.js';

const ROLES = [['viewer', 'Viewer'], ['operator', 'Operator'], ['admin', 'Admin'], ['owner', 'Owner']];
const MAY = {
  viewer: 'Sees everything, and changes nothing.', operator: 'Also replays, pauses, switches maintenance and works on incidents.',
  admin: 'Also sets up endpoints, users and keys.', owner: 'Also makes owners and restores backups.',
};
export const roleWord = (r) => r[0].toUpperCase() + r.slice(1);

export function RoleAndTenant({ doc, put, errorOf }) {
  const roles = may('owner') ? ROLES : ROLES.filter(([r]) => r !== 'owner' || doc.role === 'owner');
  return html`<${SelectField} label="Role" hint=${MAY[doc.role]} options=${roles} value=${doc.role} error=${errorOf('role')} onInput=${(role) => put({ ...doc, role })} />
    <${TextField} label="Tenant" hint="* for all; else only that tenant's endpoints and history." value=${doc.tenant} error=${errorOf('tenant')} onInput=${(tenant) => put({ ...doc, tenant })} />`;
}

export const ShownOnce = ({ title, label, value, text, onClose }) => html`<${Dialog} title=${title} footer=${html`<${Button} kind="primary" onClick=${onClose}>I have copied it<//>`}>
  <div class="stack"><${Secret} label=${label} value=${value} /><p class="muted">${text}</p></div><//>`;
