/* SPDX-License-Identifier: Apache-2.0 */
/* How an endpoint looks in the list, and its menu. */
import { html } from '../lib.js';
import { go } from '../router.js';
import { may } from '../store.js';
import { ENDPOINT_STATE, hintsOf, problemsOf, stateOf } from '../logic/endpoints.js';
import { destinationName } from '../logic/status.js';
import { count, number } from '../logic/text.js';
import { exact } from '../logic/time.js';
import { Badge, Button, copyText, Icon, Link, Time } from '../ui/basic.js';
import { Sparkline } from '../ui/chart.js';
import { placeOf } from '../ui/popover.js';
import { cloneOne, removeOne, setEnabled, setPinned, testOne } from './endpoint-actions.js';

/* What it is; while it fails, why. */
function About({ e }) {
  const s = e.stats ?? {};
  if (stateOf(e, Date.now()) === 'failing' && s.last_error) {
    return html`<${Link} to=${s.last_error_id ? `/history/${s.last_error_id}` : '/history'} query=${s.last_error_id ? {} : { endpoint_id: e.id, status: 'failed' }} class="about text-failed" title=${`${s.last_error} (${exact(s.last_error_at)})`}>${s.last_error}<//>`;
  }
  const words = [e.preset ?? 'own mapping', e.board, (e.tenant ?? 'default') !== 'default' && e.tenant, e.destination && destinationName(e.destination)].filter(Boolean).join(' · ');
  return html`<span class="about muted" title=${words}>${words}</span>`;
}

const Name = ({ e }) => html`${e.is_pinned && html`<${Icon} name="pin" label="Pinned" class="pinned" />`}<${Link} to=${`/endpoints/${e.id}`} class="strong" title=${e.name}>${e.name}<//> <${About} e=${e} />`;

function Activity({ e }) {
  const s = e.stats ?? {};
  return html`<div class="activity"><${Sparkline} values=${s.sparkline ?? []} label=${`${count(s.events_24h ?? 0, 'event')} in 24 hours`} />
    <span title=${`${count(s.events_24h ?? 0, 'event')} in the last 24 hours, ${number(s.events ?? 0)} since it was made`}>${number(s.events_24h ?? 0)}<span class="unit"> in 24 h</span></span>
    ${s.failed_24h > 0 && html`<${Link} to="/history" query=${{ endpoint_id: e.id, status: 'failed', span: '24h' }} class="small text-failed">${number(s.failed_24h)} failed<//>`}</div>`;
}

function Seen({ e }) {
  if (!e.last_seen_at) return html`<span class="muted">never</span>`;
  const due = e.timeout_alerts_enabled ? (e.stats?.stale_at ? html`due <${Time} at=${e.stats.stale_at} />` : `due every ${e.timeout_hours ?? 24} h`) : null;
  return html`<${Time} at=${e.last_seen_at} />${due && html`<span class="due small muted">${due}</span>`}`;
}

function Setup({ e }) {
  const problems = problemsOf(e);
  const hints = [...problems, ...hintsOf(e)];
  if (!hints.length) return html`<span class="row tight text-ok"><${Icon} name="check" />Good</span>`;
  const words = problems.length ? count(problems.length, 'problem') : count(hints.length, 'hint');
  return html`<${Link} to=${`/endpoints/${e.id}`} query=${{ section: hints[0].section }} class=${`hints ${problems.length ? 'text-attention' : ''}`} title=${hints.map((h) => h.text).join('\n')}><${Icon} name=${problems.length ? 'triangle-alert' : 'info'} />${words}<//>`;
}

const grip = () => html`<span class="grip" draggable="true" aria-hidden="true" title="Drag to order (Alt with ↑ or ↓ on the row)"><${Icon} name="grip-vertical" /></span>`;

export function columnsFor({ list, open }) {
  return [
    may('operator') && { id: 'grip', label: 'Order', hide: true, class: 'wide grip-cell', cell: grip },
    { id: 'name', label: 'Endpoint', class: 'main', cell: (e) => html`<${Name} e=${e} />` },
    { id: 'state', label: 'State', cell: (e) => html`<${Badge} table=${ENDPOINT_STATE} name=${stateOf(e, Date.now())} />` },
    { id: 'activity', label: 'In 24 h', class: 'activity-cell', cell: (e) => html`<${Activity} e=${e} />` },
    { id: 'seen', label: 'Last seen', class: 'seen-cell labelled', cell: (e) => html`<${Seen} e=${e} />` },
    { id: 'setup', label: 'Set-up', class: 'setup-cell', cell: (e) => html`<${Setup} e=${e} />` },
    { id: 'menu', label: 'Actions', hide: true, class: 'num', cell: (e) => html`<span class="row-tools">
      ${may('operator') && !e.is_draft && html`<${Button} kind="quiet" class="small wide-only" icon=${e.is_enabled === false ? 'play' : 'pause'} label=${`${e.is_enabled === false ? 'Resume' : 'Pause'} ${e.name}`} onClick=${(ev) => ev.detail < 2 && setEnabled(list, [e], e.is_enabled === false)} />`}
      <${Button} kind="quiet" class="small" icon="ellipsis" label=${`Actions for ${e.name}`} aria-haspopup="menu" onClick=${(ev) => open(e, placeOf({}, ev.currentTarget))} /></span>` },
  ].filter(Boolean);
}

/* The same for the button and for the right mouse button. */
export function menuItems(e, { list, onDialog, move }) {
  const admin = may('admin');
  const operator = may('operator');
  return [
    { label: admin ? 'Edit' : 'Look at the settings', icon: 'pencil', run: () => go(`/endpoints/${e.id}`) },
    admin && { label: 'Quick edit: board, priority, status…', icon: 'list-checks', run: () => onDialog('quick', e) },
    { label: 'Its history', icon: 'history', run: () => go('/history', { endpoint_id: e.id }) },
    { label: 'Copy the address', icon: 'link', run: () => copyText(e.url, 'Address') },
    operator && '-',
    operator && { label: 'Send a test…', icon: 'send', run: () => testOne(e) },
    operator && !e.is_draft && { label: e.is_enabled === false ? 'Resume' : 'Pause', icon: e.is_enabled === false ? 'play' : 'pause', run: () => setEnabled(list, [e], e.is_enabled === false) },
    admin && { label: e.is_pinned ? 'Unpin' : 'Pin to the top', icon: 'pin', run: () => setPinned(list, e) },
    operator && { label: 'Move up', icon: 'chevron-up', run: () => move(e, -1) },
    operator && { label: 'Move down', icon: 'chevron-down', run: () => move(e, 1) },
    admin && '-',
    admin && { label: 'Clone', icon: 'copy', run: () => cloneOne(e) },
    admin && { label: 'New token…', icon: 'key-round', run: () => onDialog('rotate', e) },
    admin && { label: 'Delete…', icon: 'trash-2', danger: true, run: () => removeOne(e, list.reload) },
  ];
}
