/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign in, and as what. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { session } from '../../store.js';
import { Button, Icon, Time } from '../../ui/basic.js';
import { ask, Dialog } from '../../ui/dialog.js';
import { Check, TextField } from '../../ui/field.js';
import { Fault, Loaded, useLoad } from '../../ui/load.js';
import { Table } from '../../ui/table.js';
import { useSending } from '../../ui/sending.js';
import { announce } from '../../ui/toast.js';
import { RoleAndTenant, roleWord, ShownOnce } from './people.js';

const path = (u) => `api/users/${encodeURIComponent(u.name)}`;

function change(user, doc) {
  const out = {};
  for (const f of ['role', 'tenant', 'enabled']) if (doc[f] !== user[f]) out[f] = doc[f];
  if (doc.password) out.password = doc.password;
  if (doc.dropTotp) out.totp = false;
  return out;
}

function UserDialog({ user, onClose, onSaved }) {
  const fresh = !user.name;
  const [doc, put] = useState({ name: user.name ?? '', role: user.role ?? 'operator', tenant: user.tenant ?? '*', enabled: user.enabled ?? true, password: '', dropTotp: false });
  const state = useSending();
  const errorOf = (f) => state.error?.field === f && state.error.message;
  const save = (e) => {
    e?.preventDefault();
    return state.send(() => (fresh ? api.post('api/users', { name: doc.name.trim(), role: doc.role, tenant: doc.tenant, ...(doc.password ? { password: doc.password } : {}) }) : api.put(path(user), change(user, doc))), onSaved);
  };
  return html`<${Dialog} title=${fresh ? 'New user' : `Change ${user.name}`} onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="save" busy=${state.busy} disabled=${!doc.name.trim()} onClick=${save}>${fresh ? 'Add' : 'Save'}<//>`}>
    <form class="stack" onSubmit=${save}>${fresh && html`<${TextField} label="User name" autocomplete="off" value=${doc.name} error=${errorOf('name')} onInput=${(name) => put({ ...doc, name })} />`}
      <${RoleAndTenant} doc=${doc} put=${put} errorOf=${errorOf} />
      <${TextField} label=${fresh ? 'Password' : 'New password'} type="password" autocomplete="new-password" placeholder=${fresh ? 'made for you, and shown once' : 'as it is'} value=${doc.password} error=${errorOf('password')} onInput=${(password) => put({ ...doc, password })} />
      ${!fresh && html`<${Check} label="May sign in" checked=${doc.enabled} onInput=${(enabled) => put({ ...doc, enabled })} />${user.totp && html`<${Check} label="Take the second factor away" hint="For somebody who lost the authenticator." checked=${doc.dropTotp} onInput=${(dropTotp) => put({ ...doc, dropTotp })} />`}`}
      ${state.error && !['name', 'role', 'tenant', 'password'].includes(state.error.field) && html`<${Fault} error=${state.error} />`}<button type="submit" hidden></button></form><//>`;
}

async function remove(u, done) {
  const yes = await ask({ title: `Remove ${u.name}?`, text: 'Their sessions end at once. What they did stays in the audit log.', action: 'Remove the user', danger: true, typed: u.name });
  if (!yes) return;
  try { await api.del(path(u)); announce(`Removed ${u.name}`); done(); } catch (e) { announce(e.message, { tone: 'failed' }); }
}

const columns = (edit, done) => [
  { id: 'name', label: 'User', class: 'main', cell: (u) => html`<strong>${u.name}</strong>${u.name === session.get().user ? html` <span class="muted">you</span>` : ''}` },
  { id: 'role', label: 'Role', cell: (u) => roleWord(u.role) },
  { id: 'tenant', label: 'Tenant', class: 'wide', cell: (u) => (u.tenant === '*' || !u.tenant ? html`<span class="muted">all</span>` : u.tenant) },
  { id: 'state', label: 'Sign-in', cell: (u) => (u.enabled === false ? html`<span class="badge silent"><${Icon} name="ban" />Blocked</span>` : html`<span class="badge ok"><${Icon} name="circle-check" />Allowed</span>`) },
  { id: 'totp', label: 'Second factor', class: 'wide', cell: (u) => (u.totp ? 'on' : html`<span class="muted">off</span>`) },
  { id: 'last', label: 'Last seen', class: 'wide', cell: (u) => html`<${Time} at=${u.last_login_at} />` },
  { id: 'tools', label: 'Actions', hide: true, class: 'num tools', cell: (u) => html`<span class="row-tools"><${Button} kind="quiet" icon="pencil" label=${`Change ${u.name}`} onClick=${() => edit(u)} /><${Button} kind="quiet" icon="trash-2" label=${`Remove ${u.name}`} disabled=${u.name === session.get().user} onClick=${() => remove(u, done)} /></span>` },
];

export function Users() {
  const list = useLoad('users', (signal) => api.get('api/users', {}, { signal }));
  const [user, setUser] = useState(null);
  const [made, setMade] = useState(null);
  const close = () => setUser((now) => (now === user ? null : now)); // an answer that comes late closes no other
  const saved = (u) => { if (u?.password) setMade(u); else announce(user.name ? `Saved ${user.name}` : `Added ${u.name}`); close(); list.reload(); };
  return html`<section class="panel"><header><h2>Users</h2><span class="push"><${Button} kind="primary" icon="plus" onClick=${() => setUser({})}>New user<//></span></header>
    <${Loaded} of=${list}>${(d) => html`<${Table} caption="Users" columns=${columns(setUser, list.reload)} rows=${d.items} rowKey=${(u) => u.name} onOpen=${setUser} />`}<//></section>
    ${user && html`<${UserDialog} user=${user} onClose=${close} onSaved=${saved} />`}
    ${made && html`<${ShownOnce} title=${`Password of ${made.name}`} label="Password" value=${made.password} text="It is shown now and never again. They can change it under My account." onClose=${() => setMade(null)} />`}`;
}
