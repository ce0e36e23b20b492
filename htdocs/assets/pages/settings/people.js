/* SPDX-License-Identifier: Apache-2.0 */
/* What users and API keys have in common: roles, tenants, a secret shown once. */
import { html } from '../../lib.js';
import { may } from '../../store.js';
import { Button } from '../../ui/basic.js';
import { Dialog } from '../../ui/dialog.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Secret } from '../endpoint-dialogs.js';

export const ROLES = [['viewer', 'Viewer: sees everything'], ['operator', 'Operator: also replays, pauses, maintains'], ['admin', 'Admin: also sets up endpoints and users'], ['owner', 'Owner: also owners and restores']];
export const roleWord = (r) => r[0].toUpperCase() + r.slice(1);

export function RoleAndTenant({ doc, put, errorOf }) {
  const roles = may('owner') ? ROLES : ROLES.filter(([r]) => r !== 'owner' || doc.role === 'owner');
  return html`<${SelectField} label="Role" options=${roles} value=${doc.role} error=${errorOf('role')} onInput=${(role) => put({ ...doc, role })} />
    <${TextField} label="Tenant" hint="* for all; else only that tenant's endpoints and history." value=${doc.tenant} error=${errorOf('tenant')} onInput=${(tenant) => put({ ...doc, tenant })} />`;
}

export const ShownOnce = ({ title, label, value, text, onClose }) => html`<${Dialog} title=${title} footer=${html`<${Button} kind="primary" onClick=${onClose}>I have copied it<//>`}>
  <div class="stack"><${Secret} label=${label} value=${value} /><p class="muted">${text}</p></div><//>`;
