/* SPDX-License-Identifier: Apache-2.0 */
/* Maintenance windows of one endpoint. */
import { html } from '../../lib.js';
import { DAY_WORDS, daysOf, toggleDay, windowText, withType } from '../../logic/windows.js';
import { Button, Icon, Link } from '../../ui/basic.js';
import { Check, Choice, TextField } from '../../ui/field.js';
import { Notice } from '../../ui/load.js';
import { useEditor, Wrong } from './context.js';

const TYPES = [['once', 'Once'], ['daily', 'Daily'], ['weekly', 'Weekly']];
const ZONES = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const Days = ({ value, onInput }) => html`<div class="field"><span>Days</span><div class="choice days" role="group" aria-label="Days">${DAY_WORDS.map((word, n) => html`<button type="button" key=${word}
  aria-pressed=${daysOf(value).includes(n) ? 'true' : 'false'} onClick=${() => onInput(toggleDay(value, n))}>${word}</button>`)}</div></div>`;

/* A field for the date and time of once; the server takes a blank or a T between them. */
const forInput = (text) => String(text ?? '').replace(' ', 'T').slice(0, 16);

function Window({ w, i, put, remove }) {
  const { errors, readOnly } = useEditor();
  const type = w.type ?? 'once';
  const errorAt = (member) => {
    const e = errors.find((x) => x.field === `maintenance_windows[${i}].${member}`);
    return e && html`<${Wrong} error=${e} value=${w[member]} />`;
  };
  const zoned = /[zZ]$|[+-]\d\d:?\d\d$/.test(w.start ?? '');
  const time = (member, label) => html`<${TextField} label=${label} type=${type !== 'once' ? 'text' : zoned ? 'text' : 'datetime-local'} value=${type === 'once' && !zoned ? forInput(w[member]) : w[member] ?? ''} placeholder=${type === 'once' ? '' : 'HH:MM'}
    error=${errorAt(member)} onInput=${(v) => put({ ...w, [member]: type === 'once' && !zoned ? v.replace('T', ' ') : v })} />`;
  const whole = errors.find((x) => x.field === `maintenance_windows[${i}]`);
  return html`<li class="rule"><header><${Icon} name="wrench" /><strong>${windowText(w)}</strong>${!readOnly && html`<span class="row push tools"><${Button} kind="quiet" class="small" icon="trash-2" label=${`Remove window ${i + 1}`} onClick=${remove} /></span>`}</header>
    <${Choice} label="How often" options=${TYPES} value=${type} onInput=${(t) => put(withType(w, t))} />
    ${type === 'weekly' && html`<${Days} value=${w.days} onInput=${(days) => put({ ...w, days })} />`}${errorAt('days') && html`<p class="error" role="alert">${errorAt('days')}</p>`}
    <div class="pair">${time('start', 'From')}${time('end', 'To')}<${TextField} label="Time zone" list="zones" value=${w.timezone ?? ''} placeholder="UTC" error=${errorAt('timezone')} onInput=${(v) => put({ ...w, timezone: v || undefined })} /></div>
    <div class="row flags"><${Check} label="Recoveries still close tickets" checked=${w.recoveries !== 'skip'} onInput=${(on) => put({ ...w, recoveries: on ? undefined : 'skip' })} />
      <${Check} label="Catch up with what is still open at the end" checked=${w.catch_up === true} onInput=${(on) => put({ ...w, catch_up: on || undefined })} /></div>
    ${whole && html`<p class="error" role="alert">${whole.message}</p>`}</li>`;
}

export function Windows() {
  const ed = useEditor();
  const list = Array.isArray(ed.doc.maintenance_windows) ? ed.doc.maintenance_windows : [];
  const put = (next, what = null) => ed.set('maintenance_windows', next, what);
  const add = () => put([...list, withType({ timezone: HERE === 'UTC' ? undefined : HERE }, 'weekly')]);
  return html`<p class="muted">Inside a window problems are recorded and open no ticket. <${Link} to="/maintenance">All windows<//></p><datalist id="zones">${ZONES.map((z) => html`<option key=${z} value=${z} />`)}</datalist>
    ${list.length ? html`<ol class="rules">${list.map((w, i) => html`<${Window} key=${i} w=${w} i=${i} put=${(x) => put(list.map((y, k) => (k === i ? x : y)), `window ${i}`)} remove=${() => put(list.filter((_, k) => k !== i))} />`)}</ol>`
    : html`<${Notice} icon="wrench" title="No windows">Tickets are opened at any time.<//>`}
    ${!ed.readOnly && html`<div><${Button} icon="plus" onClick=${add}>Add a window<//></div>`}`;
}
