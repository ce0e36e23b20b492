/* SPDX-License-Identifier: Apache-2.0 */
/* Whose alert is it: names that senders use, and the company each stands for. */
import { html, useEffect, useState } from '../lib.js';
import { api, everyPage } from '../api.js';
import { setQuery } from '../router.js';
import { may } from '../store.js';
import { Page } from '../page.js';
import { count } from '../logic/text.js';
import { Button, Icon, Time } from '../ui/basic.js';
import { ask, Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/field.js';
import { Fault, Loaded, Notice, useLoad } from '../ui/load.js';
import { Table } from '../ui/table.js';
import { useSending } from '../ui/sending.js';
import { announce } from '../ui/toast.js';
import { CatalogField } from './catalog.js';

export const styles = ['pages/settings.css'];

const WAIT = 250;  // ms after the last letter

function Try({ stamp }) {
  const [value, setValue] = useState('');
  const [state, setState] = useState({});
  useEffect(() => {
    if (!value.trim()) { setState({}); return undefined; }
    const abort = new AbortController();
    const timer = setTimeout(() => api.post('api/tenantmap/test', { value: value.trim() }, { signal: abort.signal }).then(
      (answer) => setState({ answer }), (error) => !abort.signal.aborted && setState({ error })), WAIT);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [value, stamp]);
  const a = state.answer;
  return html`<section class="panel try"><header><h2>Try a name</h2></header><div class="body stack">
    <${TextField} label="What a sender calls its customer" placeholder="kern-01" value=${value} onInput=${setValue} />
    <div role="status" aria-live="polite">${a && (a.company ? html`<p class="row"><${Icon} name="circle-check" class="text-ok" /><span>Company <strong>${a.company}</strong>, by <code>${a.pattern}</code>${a.how === 'exact' ? ', the exact name' : ', a pattern'}</span></p>`
    : html`<p class="row"><${Icon} name="circle-alert" class="text-attention" /><span>No mapping fits: the endpoint's default company is taken.</span></p>`)}
    ${state.error && html`<p class="error">${state.error.message}</p>`}
    ${!a && !state.error && html`<p class="muted">An exact name wins over a pattern. Upper and lower case are the same.</p>`}</div></div></section>`;
}

function EditDialog({ row, onClose, onSaved }) {
  const [doc, setDoc] = useState({ pattern: row.pattern ?? '', company: row.company ?? '' });
  const state = useSending();
  const save = (e) => {
    e?.preventDefault();
    return state.send(() => (row.id ? api.put(`api/tenantmap/${row.id}`, doc) : api.post('api/tenantmap', doc)), () => {
      announce(`${row.id ? 'Saved' : 'Added'} “${doc.pattern}”`);
      onSaved();
    });
  };
  const wrong = (f) => state.error?.field === f && state.error.message;
  return html`<${Dialog} title=${row.id ? `Change “${row.pattern}”` : 'New mapping'} onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="save" busy=${state.busy} disabled=${!doc.pattern || !doc.company} onClick=${save}>Save<//>`}>
    <form class="stack" onSubmit=${save}>${row.chosen_by && html`<p class="row"><${Icon} name="circle-question-mark" class="text-attention" /><span>The model <strong>${row.chosen_by}</strong> chose this company. Saving makes it your choice.</span></p>`}
      <${TextField} label="Name or pattern" mono hint="* stands for any text, ? for one character." value=${doc.pattern} error=${wrong('pattern')} onInput=${(v) => setDoc({ ...doc, pattern: v })} />
      <${CatalogField} label="Company" what="companies" hint="Its identifier in the PSA." value=${doc.company} error=${wrong('company')} onInput=${(v) => setDoc({ ...doc, company: v })} />
      ${state.error && !['pattern', 'company'].includes(state.error.field) && html`<${Fault} error=${state.error} />`}<button type="submit" hidden></button></form><//>`;
}

async function bringBack(row, done) {
  try {
    await api.post('api/tenantmap', { pattern: row.pattern, company: row.company });
    done();
  } catch (e) { announce(`“${row.pattern}” is not back: ${e.message}`, { tone: 'failed' }); }
}

/* Saving it as it is makes a model's choice a person's. */
async function confirm(row, done) {
  try {
    await api.put(`api/tenantmap/${row.id}`, { pattern: row.pattern, company: row.company });
    announce(`Confirmed: “${row.pattern}” is ${row.company}`);
    done();
  } catch (e) { announce(e.message, { tone: 'failed' }); }
}

const Chosen = ({ by }) => html`<span class="badge attention" title=${`The model ${by} chose this company for a name that was not in the map. Nobody has looked at it yet: confirm it, or change it.`}><${Icon} name="circle-question-mark" />Model’s choice</span>`;

async function remove(row, done) {
  const yes = await ask({ title: `Remove “${row.pattern}”?`, text: `Alerts of that name go to the default company from now on, no longer to ${row.company}.`, action: 'Remove the mapping', danger: true });
  if (!yes) return;
  try {
    await api.del(`api/tenantmap/${row.id}`);
    announce(`Removed “${row.pattern}”`, { action: { label: 'Undo', run: () => bringBack(row, done) } });
    done();
  } catch (e) { announce(e.message, { tone: 'failed' }); }
}

const columns = (edit, done) => [
  { id: 'pattern', label: 'Name or pattern', class: 'main', cell: (r) => html`<code>${r.pattern}</code>` },
  { id: 'company', label: 'Company', class: 'of-whom', cell: (r) => html`<span class="row tight"><strong>${r.company}</strong>${r.former && html`<span class="muted small" title="The company before it: alerts that are still open under that one are found, too.">was ${r.former}</span>`}${r.chosen_by && html`<${Chosen} by=${r.chosen_by} />`}</span>` },
  { id: 'updated', label: 'Changed', class: 'wide', cell: (r) => html`<${Time} at=${r.updated_at} />` },
  may('admin') && { id: 'tools', label: 'Actions', hide: true, class: 'num tools', cell: (r) => html`<span class="row-tools">${r.chosen_by && html`<${Button} kind="quiet" icon="check" label=${`Confirm ${r.pattern}`} onClick=${() => confirm(r, done)} />`}<${Button} kind="quiet" icon="pencil" label=${`Change ${r.pattern}`} onClick=${() => edit(r)} /><${Button} kind="quiet" icon="trash-2" label=${`Remove ${r.pattern}`} onClick=${() => remove(r, done)} /></span>` },
].filter(Boolean);

export default function TenantMap({ query }) {
  const list = useLoad('tenantmap', (signal) => everyPage('api/tenantmap', {}, { signal }));
  const [row, setRow] = useState(null);
  const q = (query.q ?? '').toLowerCase();
  const add = may('admin') && html`<${Button} kind="primary" icon="plus" onClick=${() => setRow({})}>New mapping<//>`;
  const none = html`<${Notice} icon="map" title="No mappings yet" action=${add}>Some senders name their customer in a field called tenant. A mapping says which company of the PSA that is; endpoints use it when “Use the TenantMap” is ticked.<//>`;
  const close = () => setRow((now) => (now === row ? null : now)); // an answer that comes late closes no other
  const saved = () => { close(); list.reload(); };
  const chosen = (list.data?.items ?? []).filter((r) => r.chosen_by).length;
  const only = query.chosen === '1' && chosen > 0;
  return html`<${Page} title="TenantMap" actions=${add}>
    <div class="with-side"><div><div class="filters"><input type="search" aria-label="Search mappings" placeholder="Name or company" value=${query.q ?? ''} onInput=${(e) => setQuery({ q: e.currentTarget.value })} />
      ${chosen > 0 && html`<${Button} icon="circle-question-mark" onClick=${() => setQuery({ chosen: only ? '' : '1' })}>${only ? 'All mappings' : `${count(chosen, 'choice')} of the model to confirm`}<//>`}</div>
      <div class="panel"><${Loaded} of=${list} empty=${(d) => !d.items.length && none}>${(d) => {
        const shown = d.items.filter((r) => (!only || r.chosen_by) && `${r.pattern}\n${r.company}`.toLowerCase().includes(q));
        return shown.length ? html`<${Table} caption="Mappings" columns=${columns(setRow, list.reload)} rows=${shown} rowKey=${(r) => r.id} rowLabel=${(r) => r.pattern} onOpen=${may('admin') ? setRow : undefined} />
          <div class="table-foot">${count(shown.length, 'mapping')}</div>` : html`<${Notice} icon="search" title="No mapping matches" action=${html`<${Button} onClick=${() => setQuery({ q: '' })}>Clear the search<//>`}>Names and companies are searched.<//>`;
      }}<//></div></div><${Try} stamp=${list.data} /></div>
    ${row && html`<${EditDialog} row=${row} onClose=${close} onSaved=${saved} />`}<//>`;
}
