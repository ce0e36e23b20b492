/* SPDX-License-Identifier: Apache-2.0 */
/* Further ways for a sender to prove itself: the form is built from the schemes the server knows. */
import { html } from '../../lib.js';
import { entriesOf, freshEntry, isStored, withSecond } from '../../logic/schemes.js';
import { Button, copyText, Icon } from '../../ui/basic.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Copyable } from '../sender-setup.js';
import { freshSecret, useEditor, Wrong } from './context.js';

const BETWEEN = { '': 'none: one signature', ',': 'comma', ' ': 'blank' };
const choiceWord = (name, v) => (name === 'separator' ? BETWEEN[v] ?? v : v);

/* One member that the scheme leaves open; empty: its default. */
function Member({ field, entry, put, error }) {
  const change = (v) => { const { [field.name]: gone, ...rest } = entry; put(v === '' ? rest : { ...rest, [field.name]: field.type === 'number' && /^\d+$/.test(v) ? Number(v) : v }); };
  const value = entry[field.name] ?? '';
  if (field.type === 'choice') {
    const options = [['', `${choiceWord(field.name, field.default ?? '')} (usual)`], ...field.choices.filter((c) => c !== field.default).map((c) => [c, choiceWord(field.name, c)])];
    return html`<${SelectField} label=${field.label} options=${options} value=${value} onInput=${change} error=${error} />`;
  }
  return html`<${TextField} label=${field.label} mono required=${field.required} value=${String(value)} placeholder=${field.default ?? (field.required ? '' : 'none')} spellcheck=${false} onInput=${change} error=${error} />`;
}

/* Stored: stars. New: to paste or to make, and shown until it is saved. */
function Secret({ entry, row, put, error, shown }) {
  if (isStored(entry)) {
    return shown ? html`<${Copyable} label=${`${row.secret} (this look is in the audit log)`} value=${shown} />`
      : html`<p class="muted">${row.secret} <span class="mono">••••••••••••</span> is stored.</p>`;
  }
  const make = () => { const made = freshSecret(); put({ ...entry, secret: made }); copyText(made, row.secret); };
  return html`<div class="row with-button"><${TextField} label=${row.secret} mono autocomplete="off" spellcheck=${false} value=${entry.secret ?? ''} error=${error} hint="Copy it now: once saved it is shown only to admins who ask, and that is recorded."
    onInput=${(v) => put({ ...entry, secret: v })} /><${Button} icon="key-round" onClick=${make}>Make one<//>${entry.secret && html`<${Button} icon="copy" label=${`Copy: ${row.secret}`} onClick=${() => copyText(entry.secret, row.secret)} />`}</div>`;
}

function Entry({ entry, i, list, row, secrets }) {
  const { set, errors, readOnly } = useEditor();
  const put = (next) => set('auth', list.map((e, k) => (k === i ? next : e)), `auth ${i}`);
  const errorAt = (name) => {
    const e = errors.find((x) => x.field === `auth[${i}].${name}` || (name === 'secret' && x.field === `auth[${i}]`));
    return e && html`<${Wrong} error=${e} value=${entry[name]} />`;
  };
  const shown = secrets?.auth?.find((x) => x.id === entry.id)?.secret;
  return html`<li class="rule" data-scheme=${entry.scheme}><header><strong>${row.title}</strong>${entry.id && html`<span class="mono muted" title="History names it when it lets an event in">${entry.id}</span>`}
      ${!readOnly && html`<span class="row push tools">${isStored(entry) && html`<${Button} class="small" onClick=${() => set('auth', withSecond(list, i))} title="Both are taken until you remove one">Second secret<//>`}
        <${Button} kind="quiet" class="small" icon="trash-2" label=${`Remove ${row.title}`} onClick=${() => set('auth', list.filter((_, k) => k !== i))} /></span>`}</header>
    ${row.setup && html`<p class="muted small">${row.setup}</p>`}
    <${Secret} entry=${entry} row=${row} put=${put} error=${errorAt('secret')} shown=${shown} />
    ${row.fields?.length > 0 && html`<div class="pair">${row.fields.map((f) => html`<${Member} key=${f.name} field=${f} entry=${entry} put=${put} error=${errorAt(f.name)} />`)}</div>`}</li>`;
}

/* Senders that sign seldom send the token as well. */
function TokenToo() {
  const { doc, set, readOnly } = useEditor();
  if (doc.bearer_auth_enabled === false || readOnly) return null;
  return html`<p class="note-line"><${Icon} name="info" class="in-text" /> <span>The token is asked for as well. A sender that cannot send it is refused. <button type="button" class="link" onClick=${() => set('bearer_auth_enabled', false)}>Do not ask for the token</button></span></p>`;
}

export function Schemes({ secrets }) {
  const { doc, set, preset, schemes, readOnly } = useEditor();
  const list = entriesOf(doc);
  if (!schemes.length || (readOnly && !list.length)) return null;
  const add = (name) => { const row = schemes.find((s) => s.scheme === name); if (row) set('auth', [...list, freshEntry(row)]); };
  const own = schemes.find((s) => s.scheme === preset?.auth_scheme && !list.some((e) => e.scheme === s.scheme));
  const rowOf = (e) => schemes.find((s) => s.scheme === e.scheme) ?? { title: e.scheme, secret: 'Secret', fields: [] };
  return html`<div class="stack tight schemes"><div><h3>The sender's own way</h3><p class="muted small">${list.length > 1 ? 'One of these must fit, besides what is asked for above.' : list.length ? 'This must fit, besides what is asked for above.' : 'For senders that sign in their own way, or can only send a fixed secret.'}</p></div>
    ${list.length > 0 && html`<ol class="rules">${list.map((e, i) => html`<${Entry} key=${e.id ?? i} entry=${e} i=${i} list=${list} row=${rowOf(e)} secrets=${secrets} />`)}</ol><${TokenToo} />`}
    ${!readOnly && html`<div class="row">${own && html`<${Button} icon="shield" onClick=${() => add(own.scheme)}>Check what ${own.title} signs<//>`}
      <select class="add" aria-label="Add a way to prove itself" value="" onChange=${(e) => { add(e.currentTarget.value); e.currentTarget.value = ''; }}><option value="">${own ? 'Another way…' : 'Add a way…'}</option>${schemes.map((s) => html`<option key=${s.scheme} value=${s.scheme}>${s.title}</option>`)}</select></div>`}</div>`;
}
