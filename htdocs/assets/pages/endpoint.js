/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint editor: settings on the left, a sample and what would happen to it on the right. */
import { html, useCallback, useEffect, useLayoutEffect, useRef, useState } from '../lib.js';
import { api } from '../api.js';
import { go, goUp, setQuery, useGuard } from '../router.js';
import { onKeys } from '../keys.js';
import { may } from '../store.js';
import { Forbidden, Page } from '../page.js';
import { belongs, documentOf, patchOf } from '../logic/document.js';
import { giveWay, heard, savedAs, taken } from '../logic/editing.js';
import { number } from '../logic/text.js';
import { duration } from '../logic/time.js';
import { ENDPOINT_STATE, problemsOf, stateOf } from '../logic/endpoints.js';
import { Badge, Button, Icon, Link, Time } from '../ui/basic.js';
import { ask } from '../ui/dialog.js';
import { Choice } from '../ui/field.js';
import { Loaded, useLoad } from '../ui/load.js';
import { plotStyles } from '../ui/plot.js';
import { Popover, placeOf } from '../ui/popover.js';
import { announce } from '../ui/toast.js';
import { Editor, useDraft, useEditing } from './editor/context.js';
import { Outcome, useDryRun } from './editor/outcome.js';
import { Sample, useSample } from './editor/sample.js';
import { fieldWords, SaveBar } from './editor/save-bar.js';
import { SECTIONS } from './editor/sections.js';
import { cloneOne, removeOne, testOne } from './endpoint-actions.js';
import { NewEndpoint } from './endpoint-new.js';
import { Traffic } from './traffic.js';

export const styles = [...plotStyles, 'ui/json.css', 'ui/popover.css', 'pages/event.css', 'pages/endpoints.css', 'pages/editor/editor.css'];

/* To a section; wrong: to the field in it that is at fault. */
function jump(id, wrong = false) {
  const section = document.getElementById(`section-${id}`);
  const field = wrong ? section?.querySelector('[aria-invalid]') : null;
  field?.closest('details')?.setAttribute('open', '');
  (field || section)?.scrollIntoView({ block: field ? 'center' : 'start' });
  (field || section?.querySelector('h2'))?.focus({ preventScroll: true });
}

function Anchors({ ed }) {
  return html`<nav class="anchors" aria-label="Sections">${SECTIONS.map((s) => {
    const wrong = ed.errors.some((e) => s.fields.some((f) => belongs(e.field, f)));
    const odd = problemsOf(ed.endpoint).some((x) => x.section === s.id);
    const changed = [...ed.changed].some((c) => s.fields.some((f) => belongs(c, f)));
    return html`<button type="button" key=${s.id} onClick=${() => jump(s.id)}>${s.short ?? s.label}${wrong ? html`<${Icon} name="circle-alert" label="has an error" class="text-failed" />` : odd ? html`<${Icon} name="triangle-alert" label="has a problem" class="text-attention" />` : changed && html`<span class="changed-dot" role="img" aria-label="changed"></span>`}</button>`;
  })}</nav>`;
}

const Sections = ({ readOnly }) => html`<fieldset class="settings" disabled=${readOnly}><legend class="vh">Settings</legend>${SECTIONS.map((s) => html`<section key=${s.id} id=${`section-${s.id}`} class="panel" aria-label=${s.label}>
  <header><h2 tabindex="-1">${s.label}</h2></header><div class="body stack"><${s.view} /></div></section>`)}</fieldset>`;

/* What was found wrong after the last save, also where no field of the page is at fault. */
function Problems({ endpoint }) {
  const list = problemsOf(endpoint);
  if (!list.length) return null;
  return html`<div class="panel draft" role="status"><${Icon} name="triangle-alert" class="text-attention" /><ul class="plain">${list.map((x) => html`<li key=${x.text}>${x.field ? html`<strong>${fieldWords(x.field)}</strong>: ` : ''}${x.text} <button type="button" class="link" onClick=${() => jump(x.section)}>Show<span class="vh"> ${x.text}</span></button></li>`)}</ul></div>`;
}

/* How it went lately: the numbers of a day, each leading to its events; the chart when it is wanted. */
function Lately({ endpoint, query }) {
  const s = endpoint.stats ?? {};
  const numbers = [[s.events_24h, 'event', 'events', {}, ''], [s.skipped_24h, 'skipped', 'skipped', { status: 'skipped' }, ''], [s.failed_24h, 'failed', 'failed', { status: 'failed' }, 'text-failed']];
  const open = Boolean(query.chart || query.period);
  return html`<div class="lately"><p class="row small"><span class="muted">Last 24 hours:</span>${numbers.filter(([n], i) => n > 0 || i === 0).map(([n = 0, one, many, filter, tone]) => html`<${Link} key=${many} class=${tone} to="/history" query=${{ endpoint_id: endpoint.id, ...filter, span: '24h' }}>${number(n)} ${n === 1 ? one : many}<//>`)}
      ${s.processing_time?.events > 0 && html`<span class="muted" title="From arrival to what became of it: half of the events took no longer, and 19 of 20">half within ${duration(s.processing_time.p50)}, 95% within ${duration(s.processing_time.p95)}</span>`}
      <span class="muted">${number(s.events ?? 0)} since it was made</span><button type="button" class="link" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setQuery(open ? { chart: '', period: '' } : { chart: '1' })}>${open ? 'Hide the chart' : 'Show a chart'}</button></p>
    ${open && html`<${Traffic} of=${{ endpoint_id: endpoint.id }} period=${query.period} />`}</div>`;
}

function Draft({ draft, version }) {
  if (!draft.found) return null;
  return html`<div class="panel draft" role="status"><${Icon} name="history" /><span>There are changes from <${Time} at=${draft.found.at} /> that were not saved.${draft.found.version !== version ? ' The endpoint was saved by somebody since.' : ''}</span>
    <span class="row push"><${Button} onClick=${draft.drop}>Throw away<//><${Button} kind="primary" onClick=${draft.restore}>Take them up<//></span></div>`;
}

/* Ctrl or Cmd with S, Z, Y. A text field's own undo is left to it. */
function useChords(map) {
  const now = useRef();
  now.current = map; // what the last letter changed is known to the next key
  useLayoutEffect(() => {
    const press = (e) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || document.querySelector('dialog[open]')) return;
      const name = `${e.shiftKey ? 'shift ' : ''}${e.key.toLowerCase()}`;
      const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName);
      if (!now.current[name] || (typing && name !== 's')) return;
      e.preventDefault();
      if (!e.repeat || name !== 's') now.current[name]();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

/* Saves the difference; what is wrong comes back as { error }. What it is asked for while one is under way is done
 * behind that one. */
function useSave(endpoint, editing, load, draft) {
  const [state, setState] = useState({});
  const next = useRef(null);
  const run = async (sent = editing.doc) => {
    const patch = patchOf(editing.saved, sent);
    if (state.busy) next.current = sent;
    if (state.busy || !Object.keys(patch).length) return;
    setState({ busy: true });
    try {
      const saved = await api.patch(`api/endpoints/${encodeURIComponent(endpoint.id)}`, { ...patch, version: editing.version });
      const now = documentOf(saved);
      draft.drop();
      editing.replace((s) => savedAs(s, now, sent, saved.version));
      next.current &&= taken(next.current, sent, now);
      load.set(saved);
      setState({});
      announce(saved.warning ?? 'Saved; the next webhook is taken by it', { tone: saved.in_force === false ? 'failed' : 'ok' });
    } catch (error) {
      next.current = null;
      setState({ error });
      if (error.field) requestAnimationFrame(() => jump(SECTIONS.find((s) => s.fields.some((f) => belongs(error.field, f)))?.id, true));
    }
  };
  useEffect(() => {
    const doc = next.current;
    if (state.busy || !doc) return;
    next.current = null;
    run(doc);
  }, [state.busy]);
  useEffect(() => { setState((s) => (s.error ? {} : s)); }, [editing.doc]);
  return { state, run: () => run() };
}

const leave = () => ask({ title: 'Leave without saving?', text: 'Your changes are kept on this machine and offered when you come back.', action: 'Leave' });

/* known: the presets have come, or will not. */
function Panes({ endpoint, load, presets, schemes, known, query }) {
  const editing = useEditing(endpoint);
  const draft = useDraft(endpoint.id, editing);
  const preset = presets.find((p) => p.name === editing.doc.preset);
  const sample = useSample(endpoint.id, editing.doc, preset, query.history, known);
  const [facts, setFacts] = useState('');
  const [pane, setPane] = useState('settings');
  const live = useDryRun(endpoint.id, editing.doc, sample, facts);
  const save = useSave(endpoint, editing, load, draft);
  useGuard(editing.dirty, leave);
  useChords({ s: save.run, z: editing.undo, y: editing.redo, 'shift z': editing.redo });
  useLayoutEffect(() => editing.replace((s) => heard(s, documentOf(endpoint), endpoint.version)), [endpoint.version]);
  useEffect(() => { if (query.section) requestAnimationFrame(() => jump(query.section)); }, []);
  const errors = [save.state.error, live.error].filter((e) => e?.field);
  const ed = { ...editing, endpoint, presets, schemes, preset, sample, live, errors, readOnly: !may('admin'), reload: load.reload };
  const discard = async () => { if (await ask({ title: `Discard the changes to “${endpoint.name}”?`, text: 'Undo brings them back as long as this page is open.', action: 'Discard' })) editing.discard(); };
  const theirs = async () => {
    try {
      const now = await load.fetchNow();
      editing.replace((s) => giveWay(s, documentOf(now), now.version));
    } catch (e) { announce(e.message, { tone: 'failed' }); }
  };
  return html`<${Editor.Provider} value=${ed}><${Draft} draft=${draft} version=${endpoint.version} /><${Problems} endpoint=${endpoint} /><${Lately} endpoint=${endpoint} query=${query} />
    <div class="pane-choice"><${Choice} label="Pane" options=${[['settings', 'Settings'], ['try', 'Try it']]} value=${pane} onInput=${setPane} /></div>
    <div class=${`editor shows-${pane}`}><div class="left"><${Anchors} ed=${ed} /><${Sections} readOnly=${ed.readOnly} /></div>
      <div class="right-pane"><${Sample} /><${Outcome} facts=${facts} setFacts=${setFacts} /></div></div>
    <${SaveBar} state=${save.state} onSave=${save.run} onDiscard=${discard} onReload=${theirs} /><//>`;
}

function Actions({ endpoint }) {
  const [menu, setMenu] = useState(null);
  const close = useCallback(() => setMenu(null), []);
  const items = [{ label: 'Its history', icon: 'history', run: () => go('/history', { endpoint_id: endpoint.id }) }, may('admin') && { label: 'Clone', icon: 'copy', run: () => cloneOne(endpoint) },
    may('admin') && '-', may('admin') && { label: 'Delete…', icon: 'trash-2', danger: true, run: () => removeOne(endpoint, () => go('/endpoints')) }];
  return html`<${Badge} table=${ENDPOINT_STATE} name=${stateOf(endpoint, Date.now())} />
    ${may('operator') && html`<${Button} icon="send" onClick=${() => testOne(endpoint)}>Send a test…<//>`}
    <${Button} kind="quiet" icon="ellipsis" label="More" aria-haspopup="menu" onClick=${(e) => setMenu(placeOf({}, e.currentTarget))} />
    ${menu && html`<${Popover} at=${menu} label=${`Actions for ${endpoint.name}`} items=${items} onClose=${close} />`}`;
}

/* What is remembered of an earlier visit may be old: the editor opens with what the server says now. */
function useFresh(load) {
  const [arrived, setArrived] = useState(false);
  useEffect(() => { if (load.data && !load.busy) setArrived(true); }, [load.busy]);
  return arrived ? load : { ...load, data: undefined };
}

function Existing({ id, query }) {
  const fetcher = (signal) => api.get(`api/endpoints/${encodeURIComponent(id)}`, {}, { signal });
  const load = useLoad(`endpoint ${id}`, fetcher);
  const presets = useLoad('presets', (signal) => api.get('api/presets', {}, { signal }));
  const fetchNow = async () => { const now = await fetcher(); load.set(now); return now; };
  const e = load.data;
  onKeys({ Escape: () => goUp('/endpoints') });
  return html`<${Page} title=${e?.name ?? 'Endpoint'} back=${html`<${Link} to="/endpoints">Endpoints<//>`} actions=${e && html`<${Actions} endpoint=${e} />`}>
    <${Loaded} of=${useFresh(load)}>${(d) => html`<${Panes} endpoint=${d} load=${{ ...load, fetchNow }} presets=${presets.data?.items ?? []} known=${Boolean(presets.data || presets.error)} schemes=${presets.data?.auth_schemes ?? []} query=${query} />`}<//><//>`;
}

export default function Endpoint({ params, query }) {
  if (params.id === 'new') return may('admin') ? html`<${NewEndpoint} />` : html`<${Forbidden} role="admin" />`;
  return html`<${Existing} id=${params.id} query=${query} />`;
}
