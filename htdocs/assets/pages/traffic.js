/* SPDX-License-Identifier: Apache-2.0 */
/* Events over time as bars: of everything, or of one endpoint. */
import { html, useMemo } from '../lib.js';
import { api } from '../api.js';
import { useFeed } from '../live.js';
import { go, setQuery } from '../router.js';
import { endOf } from '../logic/bars.js';
import { bars } from '../logic/stats.js';
import { Choice } from '../ui/field.js';
import { Loaded, useLoad } from '../ui/load.js';
import { BarChart } from '../ui/plot.js';

export const CALM = 5000; // ms between two looks at numbers that change with every event

const PERIODS = [['daily', '24 hours'], ['weekly', '7 days'], ['monthly', '30 days']];
const hour = (at) => new Date(at).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const dayIn = (timeZone) => (at) => new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone });
const utc = dayIn('UTC'); // the server counts days of UTC
const LABELS = { daily: [(at) => `${dayIn()(at)} ${hour(at)}`, hour], weekly: [utc, utc], monthly: [utc, utc] };

/* period: from the address; of: further filters of the events, { endpoint_id } or { tenant }. A bar opens its events. */
export function Traffic({ period: wanted, of, children }) {
  const period = PERIODS.some(([p]) => p === wanted) ? wanted : 'daily';
  const load = useLoad(`stats ${period} ${JSON.stringify(of)}`, (signal) => api.get('api/stats/history', { period, ...of }, { signal }));
  useFeed(load.reload, true, CALM);
  const [label, short] = LABELS[period];
  const items = useMemo(() => bars(load.data?.items), [load.data]);
  const [, span] = PERIODS.find(([p]) => p === period);
  const openBar = (i) => go('/history', { ...(of.endpoint_id ? { endpoint_id: of.endpoint_id } : {}), from: items[i].at, to: new Date(endOf(items, i) - 1).toISOString() });
  return html`<section class="panel"><header><h2>Events</h2>${children}<span class="push"><${Choice} label="Period" options=${PERIODS} value=${period} onInput=${(p) => setQuery({ period: p === 'daily' ? '' : p })} /></span></header>
    <div class="body"><${Loaded} of=${load} rows=${6}>${() => html`<${BarChart} key=${period} bars=${items} label=${label} short=${short} all=${`All ${span}`} caption=${`Events in the last ${span}`} onOpen=${openBar} />`}<//></div></section>`;
}
