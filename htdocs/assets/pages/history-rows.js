/* SPDX-License-Identifier: Apache-2.0 */
/* How events look in a list. */
import { html } from '../lib.js';
import { ACTION, EVENT_STATUS } from '../logic/status.js';
import { duration } from '../logic/time.js';
import { Badge, Icon, Link, Time } from '../ui/basic.js';

export const Action = ({ name }) => (ACTION[name]
  ? html`<span class="row tight"><${Icon} name=${ACTION[name].icon} />${ACTION[name].word}</span>` : html`<span class="muted">–</span>`);

const words = (row) => row.summary ?? (row.status === 'rejected' ? 'Unreadable request' : 'No summary');

const Summary = ({ row }) => html`<${Link} to=${`/history/${row.id}`} class=${row.summary ? '' : 'muted'}>${words(row)}<//>
  ${row.error_message && html` <span class=${`why small ${row.status === 'retrying' || row.status === 'rejected' ? 'text-attention' : 'text-failed'}`}>${row.error_message}</span>`}`;

export const TicketLink = ({ row }) => {
  if (!row.ticket_id) return html`<span class="muted">–</span>`;
  if (row.destination === 'local') return html`<${Link} to=${`/incidents/${row.ticket_id}`} title="Open the incident">#${row.ticket_id}<//>`;
  return html`<${Link} to="/history" query=${{ ticket_id: row.ticket_id }} title="All events of this ticket">#${row.ticket_id}<//>`;
};

export const EVENT_COLUMNS = [
  { id: 'time', label: 'Received', cell: (r) => html`<${Time} at=${r.received_at ?? r.created_at} as="clock" />` },
  { id: 'status', label: 'Status', cell: (r) => html`<${Badge} table=${EVENT_STATUS} name=${r.status} />` },
  { id: 'action', label: 'Ticket was', cell: (r) => html`<${Action} name=${r.status === 'processed' ? r.action : null} />` },
  { id: 'summary', label: 'Summary', class: 'main', cell: (r) => html`<${Summary} row=${r} />` },
  { id: 'endpoint', label: 'Endpoint', class: 'wide', cell: (r) => html`<span title=${r.config_name}>${r.config_name ?? '–'}</span>` },
  { id: 'company', label: 'Company', class: 'wide', cell: (r) => r.company ?? html`<span class="muted">–</span>` },
  { id: 'ticket', label: 'Ticket', cell: (r) => html`<${TicketLink} row=${r} />` },
  { id: 'took', label: 'Took', class: 'wide num', cell: (r) => html`<span class="muted">${duration(r.processing_time)}</span>` },
];
export const columnsOf = (...ids) => EVENT_COLUMNS.filter((c) => ids.includes(c.id));

export const eventLabel = (r) => `${words(r)}, ${r.status}`;
