/* SPDX-License-Identifier: Apache-2.0 */
/* The sample payload: from recent history, the preset, or pasted; its values can be put to use. */
import { html, useEffect, useMemo, useRef, useState } from '../../lib.js';
import { api } from '../../api.js';
import { exampleOf } from '../../logic/example.js';
import { relativePath, usesOf } from '../../logic/pick.js';
import { clock } from '../../logic/time.js';
import { copyText, Icon } from '../../ui/basic.js';
import { Choice } from '../../ui/field.js';
import { JsonTree } from '../../ui/json.js';
import { placeOf, Popover } from '../../ui/popover.js';
import { announce } from '../../ui/toast.js';
import { useLoad } from '../../ui/load.js';
import { useEditor } from './context.js';

const BUILT_IN = JSON.stringify({ heartbeat: { status: 0, msg: 'connect ETIMEDOUT 192.0.2.17:443', time: '2026-03-01 09:30:00' }, monitor: { id: 14, name: 'Router at the branch office', type: 'http' }, msg: '[Router at the branch office] Down' }, null, 2);
const textOf = (payload) => (typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2));

function presetText(preset) {
  try { return JSON.stringify(JSON.parse(preset.payload), null, 2); } catch { return null; }
}

/* A problem as this endpoint would see it. */
function exampleText(doc, preset) {
  const made = exampleOf({ ...preset?.document, ...doc });
  return made && JSON.stringify(made, null, 2);
}

/* { text, headers, from, recent, choose, type }; from: 'history:<id>', 'example', 'preset', 'built-in', 'pasted'.
 * wanted: the event to begin with; known: the preset is what it will be. */
export function useSample(id, doc, preset, wanted, known) {
  const [state, setState] = useState({ text: '', headers: undefined, from: '' });
  const turn = useRef(0); // of what was chosen or typed: an answer that comes after another is not shown
  const recent = useLoad(`samples ${id}`, (signal) => api.get('api/history', { endpoint_id: id, limit: 25 }, { signal }));
  const rows = recent.data?.items ?? [];
  const madeUp = () => { const text = exampleText(doc, preset); return text ? { text, from: 'example' } : { text: BUILT_IN, from: 'built-in' }; };
  const choose = async (from) => {
    const mine = ++turn.current;
    if (from === 'example') return setState({ ...madeUp(), from });
    if (from === 'preset') return setState({ text: presetText(preset) ?? BUILT_IN, from });
    if (!from.startsWith('history:')) return setState((s) => ({ text: from === 'built-in' ? BUILT_IN : s.text, from }));
    try {
      const row = await api.get(`api/history/${from.slice(8)}`);
      return mine === turn.current && setState({ text: textOf(row.payload ?? ''), headers: row.headers ?? undefined, from });
    } catch (error) {
      if (mine !== turn.current) return undefined;
      setState((s) => (s.from ? s : madeUp()));
      return announce(error.message, { tone: 'failed' });
    }
  };
  const ready = known && Boolean(recent.data || recent.error);
  useEffect(() => {
    if (turn.current || !ready) return;
    const first = rows.find((r) => r.status !== 'rejected');
    choose(wanted ? `history:${wanted}` : first ? `history:${first.id}` : madeUp().from);
  }, [ready]);
  const type = (text) => { turn.current++; setState((s) => ({ ...s, text, from: 'pasted' })); };
  const headers = state.headers && Object.fromEntries(Object.entries(state.headers).filter(([, v]) => typeof v === 'string'));
  return { ...state, headers, rows, choose, type };
}

function Source({ sample, preset }) {
  const known = sample.rows.some((r) => sample.from === `history:${r.id}`);
  return html`<select class="source" aria-label="Sample payload" value=${sample.from} onChange=${(e) => sample.choose(e.currentTarget.value)}>
    ${sample.from === '' && html`<option value="">Loading…</option>`}
    ${!known && sample.from.startsWith('history:') && html`<option value=${sample.from} selected>Event ${sample.from.slice(8)}</option>`}
    ${sample.rows.length > 0 && html`<optgroup label="Received">${sample.rows.map((r) => html`<option key=${r.id} value=${`history:${r.id}`} selected=${sample.from === `history:${r.id}`}>${clock(r.received_at ?? r.created_at, Date.now())}  ${r.summary ?? 'unreadable'}</option>`)}</optgroup>`}
    <optgroup label="Made up"><option value="example" selected=${sample.from === 'example'}>A problem for this endpoint</option>${presetText(preset ?? {}) && html`<option value="preset" selected=${sample.from === 'preset'}>Body of ${preset.title}</option>`}<option value="built-in" selected=${sample.from === 'built-in'}>An Uptime Kuma alert</option><option value="pasted" selected=${sample.from === 'pasted'}>Pasted</option></optgroup></select>`;
}

/* A clicked value and the menu of its uses. */
function usePick(ed) {
  const [pick, setPick] = useState(null);
  const at = useRef({ x: 0, y: 0 });
  const onPick = (path, value) => setPick({ path: relativePath(path, ed.doc.batch_path ?? ed.preset?.document?.batch_path), raw: path, value, at: at.current });
  const use = (u) => {
    const before = ed.doc;
    ed.setDoc(u.apply(before), `pick ${u.id}`);
    announce(`${u.label}: ${pick.path}`, { action: { label: 'Undo', run: ed.undo } });
    const target = { rule: 'rules' }[u.id] ?? 'mapping';
    document.getElementById(`section-${target}`)?.scrollIntoView({ block: 'start' });
  };
  const items = pick && [...(ed.readOnly ? [] : usesOf(pick.path, pick.value, ed.doc, ed.preset?.document ?? {}).map((u) => ({ id: u.id, label: u.label, run: () => use(u) }))), !ed.readOnly && '-',
    { label: 'Copy the path', icon: 'copy', run: () => copyText(pick.path, 'Path') }];
  const menu = pick && html`<${Popover} at=${pick.at} label=${`Uses of ${pick.path}`} head=${html`<code>${pick.path}</code>`} items=${items} onClose=${() => setPick(null)} />`;
  return { onPick, menu, picked: pick?.raw, remember: (e) => { at.current = placeOf(e, e.target); } };
}

export function Sample() {
  const ed = useEditor();
  const { sample, live } = ed;
  const [view, setView] = useState('tree');
  const pick = usePick(ed);
  const written = useMemo(() => { try { return JSON.parse(sample.text); } catch { return undefined; } }, [sample.text]);
  const value = written === undefined ? live.answer?.decoded : written; // else what the server made of it
  const tree = value !== null && typeof value === 'object';
  /* A large one takes long to draw: not with every letter that is typed into the form beside it. */
  const onPick = useRef();
  onPick.current = pick.onPick;
  const drawn = useMemo(() => tree && html`<${JsonTree} key=${sample.from} value=${value} onPick=${(...what) => onPick.current(...what)} picked=${pick.picked} />`, [value, sample.from, pick.picked]);
  return html`<section class="panel" aria-label="Sample payload"><header><${Source} sample=${sample} preset=${ed.preset} />
      <span class="push"><${Choice} label="Show the sample as" options=${[['tree', 'Tree'], ['text', 'Text']]} value=${view} onInput=${setView} /></span></header>
    ${view === 'text' || !tree ? html`<textarea class="mono sample-text" aria-label="Payload" spellcheck=${false} value=${sample.text} placeholder="Paste a webhook's body here" onInput=${(e) => sample.type(e.currentTarget.value)}></textarea>`
    : html`<div class="body sample-tree" tabindex="0" role="region" aria-label="Payload as a tree" onClickCapture=${pick.remember}>${drawn}</div>`}
    <p class="note small muted"><${Icon} name="info" />${view === 'tree' && tree ? 'Click a value to use it.' : 'Text of any kind a sender may post: JSON, a form.'}${sample.from.startsWith('history:') ? ' Secrets are masked.' : ''}</p>${pick.menu}</section>`;
}
