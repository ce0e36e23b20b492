/* SPDX-License-Identifier: Apache-2.0 */
/* What HookWise stands on: each service with its state, the queue with its lag, each PSA with its breaker. */
import { html } from '../lib.js';
import { breakerWords, destinationName, SERVICE_STATUS } from '../logic/status.js';
import { count } from '../logic/text.js';
import { duration } from '../logic/time.js';
import { Badge } from './basic.js';

const Service = ({ name, status, children }) => html`<div><dt>${name}</dt><dd>
  ${status !== undefined && html`<${Badge} table=${SERVICE_STATUS} name=${status} /> `}${children && html`<span class="muted small">${children}</span>`}</dd></div>`;

const lag = ({ lag: n, oldest_seconds: oldest }) => (n > 0 ? `${count(n, 'event waits', 'events wait')}${oldest > 0 ? `, the oldest for ${duration(oldest)}` : ''}` : 'empty');

/* of: the answer of /health/services. class: "strip" for a row, without what is up as the database is; else a list. */
export const Services = ({ of: h, class: cls = '' }) => html`<dl class=${`services ${cls}`}>
  <${Service} name="Redis" status=${h.redis?.status} /><${Service} name="Database" status=${h.database?.status} />
  <${Service} name="Worker" status=${h.worker?.status}>${h.worker?.count > 1 && count(h.worker.count, 'process', 'processes')}<//>
  ${h.worker?.lag !== undefined && html`<${Service} name="Queue">${lag(h.worker)}<//>`}
  ${Object.entries(h.destinations ?? {}).filter(([n, d]) => !/strip/.test(cls) || d.status !== 'up' || breakerWords(n, 'up')).map(([n, d]) => html`<${Service} key=${n} name=${destinationName(n)} status=${d.status}>${breakerWords(n, d.status)}<//>`)}
  ${h.spool?.events > 0 && html`<${Service} name="Spool">${count(h.spool.events, 'event')} on disk<//>`}</dl>`;
