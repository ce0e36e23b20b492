/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in their order: each that matches sets ticket fields, later ones win. */
import { html, useRef, useState } from '../../lib.js';
import { moved } from '../../logic/order.js';
import { lacks } from '../../logic/rules.js';
import { Button, Icon } from '../../ui/basic.js';
import { Check, TextField } from '../../ui/field.js';
import { Notice } from '../../ui/load.js';
import { useEditor, Wrong } from './context.js';

const FIELDS = [['priority', 'Priority'], ['board', 'Board'], ['status', 'Status'], ['customer_id', 'Company'], ['severity', 'Severity'], ['impact', 'Impact'], ['ticket_type', 'Type'],
  ['subtype', 'Subtype'], ['item', 'Item'], ['summary', 'Summary'], ['description', 'Description'], ['close_status', 'Closing status']];

/* What the rule sets: one row for each field, and one to add another. */
function Overrides({ rule, put, errorAt, readOnly }) {
  const set = rule.overrides ?? {};
  const left = FIELDS.filter(([f]) => !(f in set));
  const change = (next) => put({ ...rule, overrides: next });
  return html`<div class="overrides">${FIELDS.filter(([f]) => f in set).map(([f, label]) => html`<div class="row" key=${f}><${TextField} label=${`Sets ${label.toLowerCase()} to`} value=${set[f]} error=${errorAt(`overrides.${f}`, set[f])}
      onInput=${(v) => change({ ...set, [f]: v })} /><${Button} kind="quiet" icon="x" label=${`Do not set ${label.toLowerCase()}`} disabled=${readOnly} onClick=${() => { const { [f]: gone, ...rest } = set; change(rest); }} /></div>`)}
    ${!set.drop && left.length > 0 && html`<select class="add" aria-label="Set a ticket field" disabled=${readOnly} value="" onChange=${(e) => { if (e.currentTarget.value) change({ ...set, [e.currentTarget.value]: '' }); e.currentTarget.value = ''; }}>
      <option value="">Set a ticket field…</option>${left.map(([f, label]) => html`<option key=${f} value=${f}>${label}</option>`)}</select>`}</div>`;
}

function Rule({ rule, i, n, put, move, remove, copy, verdict, drag }) {
  const { errors, readOnly } = useEditor();
  const errorAt = (member, value) => {
    const e = errors.find((x) => x.field === `routing_rules[${i}].${member}` || (member === 'regex' && x.field === `routing_rules[${i}]`));
    return e && html`<${Wrong} error=${e} value=${value} />`;
  };
  const flag = (name) => (on) => {
    const { drop, ...rest } = rule.overrides ?? {};
    put(name === 'drop' ? { ...rule, overrides: on ? { ...rest, drop: true } : rest } : { ...rule, stop: on || undefined });
  };
  return html`<li class="rule" data-rule=${i} ...${drag} onKeyDown=${(e) => { const step = e.altKey && { ArrowUp: -1, ArrowDown: 1 }[e.key]; if (step && !readOnly) { e.preventDefault(); move(i + step); } }}>
    <header><span class="grip" draggable=${readOnly ? undefined : 'true'} aria-hidden="true" title="Drag to order"><${Icon} name="grip-vertical" /></span>
      <input type="text" class="rule-title" aria-label=${`Name of rule ${i + 1}`} value=${rule.name ?? ''} placeholder=${`Rule ${i + 1}`} onInput=${(e) => put({ ...rule, name: e.currentTarget.value || undefined })} />${verdict && html`<span class=${`badge ${verdict.tone}`}><${Icon} name=${verdict.icon} />${verdict.word}</span>`}
      ${!readOnly && html`<span class="row push tools"><${Button} kind="quiet" class="small" icon="chevron-up" label=${`Move rule ${i + 1} up (Alt ↑)`} disabled=${i === 0} onClick=${() => move(i - 1)} />
        <${Button} kind="quiet" class="small" icon="chevron-down" label=${`Move rule ${i + 1} down (Alt ↓)`} disabled=${i === n - 1} onClick=${() => move(i + 1)} />
        <${Button} kind="quiet" class="small" icon="copy" label=${`Copy rule ${i + 1}`} onClick=${copy} /><${Button} kind="quiet" class="small" icon="trash-2" label=${`Remove rule ${i + 1}`} onClick=${remove} /></span>`}</header>
    <div class="pair"><${TextField} label="When the text at" mono value=${rule.path ?? ''} placeholder="$.monitor.name" spellcheck=${false} error=${errorAt('path', rule.path)} onInput=${(v) => put({ ...rule, path: v })} />
      <${TextField} label="matches" mono value=${rule.regex ?? ''} placeholder="regular expression" spellcheck=${false} error=${errorAt('regex', rule.regex)} onInput=${(v) => put({ ...rule, regex: v })} /></div>
    ${lacks(rule) && html`<p class="hint">It lacks ${lacks(rule)}: until then the preview leaves it out, and it cannot be saved.</p>`}
    <${Overrides} rule=${rule} put=${put} errorAt=${errorAt} readOnly=${readOnly} />
    <div class="row flags"><${Check} label="Drop the event" checked=${rule.overrides?.drop === true} onInput=${flag('drop')} /><${Check} label="End the list here" checked=${rule.stop === true} onInput=${flag('stop')} /></div></li>`;
}

/* What the last try says about a rule: its trace line begins with its name. */
function verdictOf(rule, i, live) {
  if (lacks(rule)) return { tone: 'attention', icon: 'pencil', word: 'Not finished' };
  if (live.error || !live.answer) return null;
  const label = (rule.name || `rule ${i + 1}`).toLowerCase();
  const hit = (live.answer.elements ?? []).some((e) => (e.trace ?? []).some((s) => s.step === 'rule' && s.text.toLowerCase().startsWith(`${label} matches`)));
  return hit ? { tone: 'ok', icon: 'check', word: 'Matches the sample' } : { tone: 'silent', icon: 'circle-minus', word: 'Does not match' };
}

export function Rules() {
  const ed = useEditor();
  const list = Array.isArray(ed.doc.routing_rules) ? ed.doc.routing_rules : [];
  const box = useRef();
  const [from, setFrom] = useState(null);
  const put = (next, what = null) => ed.set('routing_rules', next, what);
  const move = (i, to) => {
    put(moved(list, i, to));
    requestAnimationFrame(() => box.current?.children[Math.max(0, Math.min(list.length - 1, to))]?.querySelector('input')?.focus());
  };
  const drag = (i) => ({
    onDragStart: (e) => { if (e.target.closest?.('.grip')) { setFrom(i); e.dataTransfer.effectAllowed = 'move'; e.dataTransfer.setData('text/plain', String(i)); e.dataTransfer.setDragImage(e.currentTarget, 16, 16); } },
    onDragOver: (e) => { if (from !== null) { e.preventDefault(); e.currentTarget.classList.add('over'); } },
    onDragLeave: (e) => e.currentTarget.classList.remove('over'),
    onDrop: (e) => { e.preventDefault(); e.currentTarget.classList.remove('over'); if (from !== null) move(from, i); setFrom(null); },
    onDragEnd: () => setFrom(null),
  });
  const whole = ed.errors.find((e) => e.field === 'routing_rules');
  const preset = ed.preset?.document ?? {};
  const drops = preset.routing_rules ?? [];
  const add = () => put([...list, { path: (ed.doc.batch_path ?? preset.batch_path) ? '@' : '$', regex: '', overrides: {} }]);
  return html`<p class="muted">Every rule whose expression is found in its text sets ticket fields, from top to bottom; later ones win. Upper and lower case are the same.${drops.length > 0 && ` The preset drops what is no alert first: ${drops.map((r) => r.name ?? r.regex).join(', ')}.`}</p>
    ${whole && html`<p class="error" role="alert">${whole.message}</p>`}
    ${list.length ? html`<ol class="rules" ref=${box}>${list.map((rule, i) => html`<${Rule} key=${i} rule=${rule} i=${i} n=${list.length} drag=${drag(i)} verdict=${verdictOf(rule, i, ed.live)}
      put=${(r) => put(list.map((x, k) => (k === i ? r : x)), `rule ${i}`)} move=${(to) => move(i, to)} remove=${() => put(list.filter((_, k) => k !== i))} copy=${() => put([...list.slice(0, i + 1), { ...rule }, ...list.slice(i + 1)])} />`)}</ol>`
    : html`<${Notice} icon="list-checks" title="No rules">Add one here, or click a value in the sample and choose “New rule for this value”.<//>`}
    ${!ed.readOnly && html`<div><${Button} icon="plus" onClick=${add}>Add a rule<//></div>`}`;
}
