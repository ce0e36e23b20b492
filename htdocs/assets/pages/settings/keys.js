/* SPDX-License-Identifier: Apache-2.0 */
/* API keys: for programs, each with a role of its own. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { Button, Time } from '../../ui/basic.js';
import { ask, Dialog } from '../../ui/dialog.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Fault, Loaded, Notice, useLoad } from '../../ui/load.js';
import { Table } from '../../ui/table.js';
import { useSending } from '../../ui/sending.js';
import { announce } from '../../ui/toast.js';
import { RoleAndTenant, roleWord, ShownOnce } from './people.js';

const SPANS = [['', 'Never'], ['30', 'In 30 days'], ['90', 'In 90 days'], ['365', 'In a year']];

function KeyDialog({ onClose, onMade }) {
  const [doc, put] = useState({ name: '', role: 'viewer', tenant: '*', days: '365' });
  const state = useSending();
  const errorOf = (f) => state.error?.field === f && state.error.message;
  const make = (e) => {
    e?.preventDefault();
    const expires_at = doc.days ? new Date(Date.now() + Number(doc.days) * 86400000).toISOString() : null;
    return state.send(() => api.post('api/apikeys', { name: doc.name.trim(), role: doc.role, tenant: doc.tenant, expires_at }), onMade);
  };
  return html`<${Dialog} title="New API key" onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="key-round" busy=${state.busy} disabled=${!doc.name.trim()} onClick=${make}>Make the key<//>`}>
    <form class="stack" onSubmit=${make}><${TextField} label="Name" hint="What uses it." value=${doc.name} error=${errorOf('name')} onInput=${(name) => put({ ...doc, name })} /><${RoleAndTenant} doc=${doc} put=${put} errorOf=${errorOf} />
      <${SelectField} label="Ends" options=${SPANS} value=${doc.days} error=${errorOf('expires_at')} onInput=${(days) => put({ ...doc, days })} />
      ${state.error && !['name', 'role', 'tenant', 'expires_at'].includes(state.error.field) && html`<${Fault} error=${state.error} />`}<button type="submit" hidden></button></form><//>`;
}

async function revoke(k, done) {
  const yes = await ask({ title: `Revoke “${k.name}”?`, text: 'Programs that use it are refused from now on. This cannot be undone.', action: 'Revoke the key', danger: true });
  if (!yes) return;
  try { await api.del(`api/apikeys/${encodeURIComponent(k.id)}`); announce(`Revoked “${k.name}”`); done(); } catch (e) { announce(e.message, { tone: 'failed' }); }
}

const columns = (done) => [
  { id: 'name', label: 'Key', class: 'main', cell: (k) => html`<strong>${k.name}</strong> <code class="muted">${k.hint}</code>` },
  { id: 'role', label: 'Role', cell: (k) => `${roleWord(k.role)}${k.tenant && k.tenant !== '*' ? ` of ${k.tenant}` : ''}` },
  { id: 'by', label: 'Made', class: 'wide', cell: (k) => html`<${Time} at=${k.created_at} /> <span class="muted">by ${k.created_by}</span>` },
  { id: 'used', label: 'Last used', class: 'labelled', cell: (k) => (k.last_used_at ? html`<${Time} at=${k.last_used_at} />` : html`<span class="muted">never</span>`) },
  { id: 'ends', label: 'Ends', class: 'wide', cell: (k) => (k.expires_at ? html`<span class=${Date.parse(k.expires_at) < Date.now() ? 'text-failed' : ''}><${Time} at=${k.expires_at} /></span>` : html`<span class="muted">never</span>`) },
  { id: 'tools', label: 'Actions', hide: true, class: 'num tools', cell: (k) => html`<${Button} kind="quiet" icon="trash-2" label=${`Revoke ${k.name}`} onClick=${() => revoke(k, done)} />` },
];

export function Keys() {
  const list = useLoad('apikeys', (signal) => api.get('api/apikeys', {}, { signal }));
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState(null);
  const add = html`<${Button} kind="primary" icon="plus" onClick=${() => setAsking(true)}>New key<//>`;
  const none = html`<${Notice} icon="key-round" title="No API keys" action=${add}>Programs use one in place of a password: Authorization: Bearer hwk_…<//>`;
  return html`<section class="panel"><header><h2>API keys</h2><span class="push">${add}</span></header>
    <${Loaded} of=${list} empty=${(d) => !d.items.length && none}>${(d) => html`<${Table} caption="API keys" columns=${columns(list.reload)} rows=${d.items} rowKey=${(k) => k.id} rowLabel=${(k) => k.name} />`}<//></section>
    ${asking && html`<${KeyDialog} onClose=${() => setAsking(false)} onMade=${(k) => { setAsking(false); setMade(k); list.reload(); }} />`}
    ${made && html`<${ShownOnce} title=${`Key “${made.name}”`} label="API key" value=${made.key} text="It is shown now and never again: only its beginning is kept readable." onClose=${() => setMade(null)} />`}`;
}
