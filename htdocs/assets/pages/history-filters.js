/* SPDX-License-Identifier: Apache-2.0 */
/* History's filters: every one is in the address. */
import { html, useState } from '../lib.js';
import { api } from '../api.js';
import { go, setQuery } from '../router.js';
import { ACTION, destinationName, EVENT_STATUS } from '../logic/status.js';
import { fromField, localField } from '../logic/time.js';
import { chips, isFiltered, SPANS } from '../logic/history.js';
import { Button, Icon } from '../ui/basic.js';
import { Dialog } from '../ui/dialog.js';
import { FilterText, SelectField, TextField } from '../ui/field.js';
import { useLoad } from '../ui/load.js';

const Select = ({ label, name, value = '', options }) => html`<select aria-label=${label} value=${value}
  onChange=${(e) => setQuery({ [name]: e.currentTarget.value })}>${options.map(([v, w]) => html`<option key=${v} value=${v} selected=${v === value}>${w}</option>`)}</select>`;

const words = (table) => Object.entries(table).map(([name, { word }]) => [name, word]);

const Chip = ({ name, label }) => html`<span class="chip"><span class="clip">${label}</span>
  <button type="button" aria-label=${`Remove the filter ${label}`} onClick=${() => setQuery({ [name]: '' })}><${Icon} name="x" /></button></span>`;

const MORE = [['company', 'Company', 'BRAUEREI-KERN'], ['ticket_id', 'Ticket', '5017'], ['source_ip', 'Sent from', '192.0.2.10'], ['request_id', 'Request id', '']];
const WHERE = ['local', 'connectwise', 'mirror'];

/* The filters that are wanted less often, all at once. */
function More({ query, onClose }) {
  const [doc, setDoc] = useState(() => ({ ...query, from: localField(query.from), to: localField(query.to) }));
  const put = (name) => (v) => setDoc((d) => ({ ...d, [name]: v }));
  const send = (e) => {
    e.preventDefault();
    const from = fromField(doc.from);
    setQuery({ ...Object.fromEntries(MORE.map(([n]) => [n, doc[n]?.trim()])), destination: doc.destination, from, to: fromField(doc.to), ...(from ? { span: '' } : {}) });
    onClose();
  };
  return html`<${Dialog} title="More filters" onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" type="submit" form="more-filters">Apply<//>`}>
    <form id="more-filters" class="pair" onSubmit=${send}>${MORE.map(([name, label, placeholder]) => html`<${TextField} key=${name} label=${label} placeholder=${placeholder} spellcheck=${false} value=${doc[name] ?? ''} onInput=${put(name)} />`)}
      <${TextField} label="Since" type="datetime-local" value=${doc.from} onInput=${put('from')} /><${TextField} label="Until" type="datetime-local" value=${doc.to} onInput=${put('to')} />
      <${SelectField} label="Destination" options=${[['', 'Any'], ...WHERE.map((n) => [n, destinationName(n)])]} value=${doc.destination ?? ''} onInput=${put('destination')} /></form><//>`;
}

export function Filters({ query }) {
  const [more, setMore] = useState(false);
  const endpoints = useLoad('endpoint names', (signal) => api.get('api/endpoints', { limit: 1000 }, { signal }));
  const names = (endpoints.data?.items ?? []).map((e) => [e.id, e.name]);
  if (query.endpoint_id && !names.some(([id]) => id === query.endpoint_id)) names.push([query.endpoint_id, 'One endpoint']);
  return html`<div class="filters" role="group" aria-label="Filters">
    <${FilterText} label="Text in summary, key, error or payload" placeholder="Summary, key, error, payload" value=${query.q} onInput=${(q) => setQuery({ q })} />
    <${Select} label="Status" name="status" value=${query.status} options=${[['', 'Any status'], ...words(EVENT_STATUS)]} />
    <${Select} label="What happened to the ticket" name="action" value=${query.action} options=${[['', 'Any action'], ...words(ACTION)]} />
    <${Select} label="Endpoint" name="endpoint_id" value=${query.endpoint_id} options=${[['', 'Any endpoint'], ...names]} />
    <${Select} label="Time" name="span" value=${query.span} options=${SPANS} />
    <${Button} kind="quiet" icon="filter" onClick=${() => setMore(true)}>More…<//>
    ${chips(query).map(([name, label]) => html`<${Chip} key=${name} name=${name} label=${label} />`)}
    ${more && html`<${More} query=${query} onClose=${() => setMore(false)} />`}
    ${isFiltered(query) && html`<${Button} kind="quiet" onClick=${() => go('/history', query.live ? { live: query.live } : {}, { replace: true })}>Clear<//>`}
  </div>`;
}
