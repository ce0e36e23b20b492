/* SPDX-License-Identifier: Apache-2.0 */
/* How events look in a list. */
import { html } from '../lib.js';
import { ACTION, COPIED, EVENT_STATUS } from '../logic/status.js';
import { refusalOf } from '../logic/story.js';
import { duration, localTimes } from '../logic/time.js';
import { Badge, Link, Time } from '../ui/basic.js';

/* What was done tells more than "processed": then it is the word. */
export const Outcome = ({ row }) => (row.status === 'processed' && ACTION[row.action]
  ? html`<${Badge} table=${row.destination === 'mirror' ? { [row.action]: COPIED } : ACTION} name=${row.action} />` : html`<${Badge} table=${EVENT_STATUS} name=${row.status} />`);

export const words = (row) => row.summary ?? (refusalOf(row) ? 'Refused request' : row.status === 'rejected' ? 'Unreadable request' : 'No summary');
const whyOf = (row) => { const refused = refusalOf(row); return refused ? `${refused.code}: ${refused.why}` : localTimes(row.error_message); };

const Summary = ({ row }) => html`<${Link} to=${`/history/${row.id}`} class=${row.summary ? '' : 'muted'}>${words(row)}<//>
  ${row.error_message && html` <span class=${`why small text-${EVENT_STATUS[row.status]?.tone ?? 'silent'}`}>${whyOf(row)}</span>`}`;

export const TicketLink = ({ row }) => {
  if (!row.ticket_id) return html`<span class="muted">–</span>`;
  if (row.destination === 'local') return html`<${Link} to=${`/incidents/${row.ticket_id}`} title="Open the incident">#${row.ticket_id}<//>`;
  return html`<${Link} to="/history" query=${{ ticket_id: row.ticket_id }} title="All events of this ticket">#${row.ticket_id}<//>`;
};

export const EVENT_COLUMNS = [
  { id: 'time', label: 'Received', cell: (r) => html`<${Time} at=${r.received_at ?? r.created_at} as="clock" />` },
  { id: 'status', label: 'Outcome', cell: (r) => html`<${Outcome} row=${r} />` },
  { id: 'summary', label: 'Summary', class: 'main', cell: (r) => html`<${Summary} row=${r} />` },
  { id: 'endpoint', label: 'Endpoint', class: 'wide some', cell: (r) => html`<span title=${r.config_name}>${r.config_name ?? '–'}</span>` },
  { id: 'company', label: 'Company', class: 'wide some spare', cell: (r) => r.company ?? html`<span class="muted">–</span>` },
  { id: 'ticket', label: 'Ticket', class: 'last', cell: (r) => html`<${TicketLink} row=${r} />` },
  { id: 'took', label: 'Took', class: 'wider num', cell: (r) => html`<span class="muted">${duration(r.processing_time)}</span>` },
];
export const columnsOf = (...ids) => EVENT_COLUMNS.filter((c) => ids.includes(c.id));

export const eventLabel = (r) => `${words(r)}, ${r.status}`;
