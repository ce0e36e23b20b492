/* SPDX-License-Identifier: Apache-2.0 */
/* History's filters: every one is in the address. */
import { html } from '../lib.js';
import { api } from '../api.js';
import { go, setQuery } from '../router.js';
import { ACTION, EVENT_STATUS } from '../logic/status.js';
import { chips, isFiltered, SPANS } from '../logic/history.js';
import { Button, Icon } from '../ui/basic.js';
import { FilterText } from '../ui/field.js';
import { useLoad } from '../ui/load.js';

const Select = ({ label, name, value = '', options }) => html`<select aria-label=${label} value=${value}
  onChange=${(e) => setQuery({ [name]: e.currentTarget.value })}>${options.map(([v, w]) => html`<option key=${v} value=${v} selected=${v === value}>${w}</option>`)}</select>`;

const words = (table) => Object.entries(table).map(([name, { word }]) => [name, word]);

const Chip = ({ name, label }) => html`<span class="chip"><span class="clip">${label}</span>
  <button type="button" aria-label=${`Remove the filter ${label}`} onClick=${() => setQuery({ [name]: '' })}><${Icon} name="x" /></button></span>`;

export function Filters({ query }) {
  const endpoints = useLoad('endpoint names', (signal) => api.get('api/endpoints', { limit: 1000 }, { signal }));
  const names = (endpoints.data?.items ?? []).map((e) => [e.id, e.name]);
  if (query.endpoint_id && !names.some(([id]) => id === query.endpoint_id)) names.push([query.endpoint_id, 'One endpoint']);
  return html`<div class="filters" role="group" aria-label="Filters">
    <${FilterText} label="Text in summary, key, error or payload" placeholder="Summary, key, error, payload" value=${query.q} onInput=${(q) => setQuery({ q })} />
    <${Select} label="Status" name="status" value=${query.status} options=${[['', 'Any status'], ...words(EVENT_STATUS)]} />
    <${Select} label="What happened to the ticket" name="action" value=${query.action} options=${[['', 'Any action'], ...words(ACTION)]} />
    <${Select} label="Endpoint" name="endpoint_id" value=${query.endpoint_id} options=${[['', 'Any endpoint'], ...names]} />
    <${Select} label="Time" name="span" value=${query.span} options=${SPANS} />
    ${chips(query).map(([name, label]) => html`<${Chip} key=${name} name=${name} label=${label} />`)}
    ${isFiltered(query) && html`<${Button} kind="quiet" onClick=${() => go('/history', query.live ? { live: query.live } : {}, { replace: true })}>Clear<//>`}
  </div>`;
}
