/* SPDX-License-Identifier: Apache-2.0 */
/* What would happen to the sample: asked of the server's own engine after each change. */
import { html, useEffect, useState } from '../../lib.js';
import { api } from '../../api.js';
import { ACTION, destinationName } from '../../logic/status.js';
import { finished, placed } from '../../logic/rules.js';
import { stepName, stepTone } from '../../logic/story.js';
import { count } from '../../logic/text.js';
import { Icon } from '../../ui/basic.js';
import { Choice } from '../../ui/field.js';
import { Fault } from '../../ui/load.js';
import { useEditor } from './context.js';

const WAIT = 250;  // ms after the last change

/* The document as far as it is written: a rule that is not finished is left out, and who may send
 * makes no difference. */
function tried({ hmac_secret, auth, ...doc }) {
  const { rules, places } = finished(Array.isArray(doc.routing_rules) ? doc.routing_rules : []);
  return { places, document: { ...doc, name: doc.name || 'Unnamed', ...(Array.isArray(doc.routing_rules) ? { routing_rules: rules } : {}) } };
}

/* { answer, error, busy }: the newest question only; one that is overtaken is cancelled. */
export function useDryRun(id, doc, sample, facts) {
  const [state, setState] = useState({});
  const { document, places } = tried(doc);
  const question = sample.from ? JSON.stringify({ payload: sample.text, headers: sample.headers, facts: facts || undefined, document }) : null;
  useEffect(() => {
    if (!question) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      setState((s) => ({ ...s, busy: true }));
      api.post(`api/endpoints/${encodeURIComponent(id)}/dry-run`, JSON.parse(question), { signal: abort.signal }).then(
        (answer) => !abort.signal.aborted && setState({ answer, asked: question }),
        (error) => { if (!abort.signal.aborted) { error.field = placed(error.field, places) || undefined; setState((s) => ({ answer: s.answer, error })); } },
      );
    }, WAIT);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [question]);
  return state;
}

const VERDICT = {
  create: ['A ticket would be created', 'ok'], update: ['The open ticket would get a note', 'ok'], close: ['The open ticket would be closed', 'ok'],
  reopen: ['The closed ticket would be reopened', 'ok'], skip: ['Nothing would be done', 'silent'],
};
const FACTS = [['company', 'Company'], ['board', 'Board'], ['status', 'Status'], ['priority', 'Priority'], ['severity', 'Severity'], ['impact', 'Impact'], ['ticket_type', 'Type'], ['subtype', 'Subtype'], ['item', 'Item'], ['close_status', 'Closing status']];

function Ticket({ e }) {
  const rows = FACTS.map(([f, label]) => [f, label, f === 'company' ? e.company : e.fields?.[f]]).filter(([f, , v]) => v || f === 'company');
  return html`<div class="ticket"><p class="strong">${e.summary || html`<span class="muted">No summary</span>`}</p>
    <dl class="facts">${rows.map(([f, label, v]) => html`<dt key=${f}>${label}</dt><dd key=${`${f}-v`}>${v ?? html`<span class="text-attention">none known</span>`}</dd>`)}<dt>Alert key</dt><dd class="mono">${e.dedup_key || '–'}</dd></dl>
    ${e.description && html`<pre class="description" tabindex="0" role="region" aria-label="Description">${e.description}</pre>`}</div>`;
}

const Step = ({ step }) => html`<li class=${stepTone(step)}><span class="what">${stepName(step)}</span><span>${step.text}</span></li>`;

function Element({ e, many }) {
  const [words, tone] = VERDICT[e.action] ?? [e.action, 'silent'];
  return html`<article class="element"><h3 class=${`verdict ${tone}`}><${Icon} name=${ACTION[e.action]?.icon ?? 'circle-minus'} />${many && html`<span class="muted">Alert ${e.part + 1}:</span>`}${words}</h3>
    ${e.summary !== undefined && e.action !== undefined && html`<${Ticket} e=${e} />`}
    <details open=${!many}><summary>Why</summary><ol class="steps">${(e.trace ?? []).map((s, i) => html`<${Step} key=${i} step=${s} />`)}</ol></details></article>`;
}

function Trouble({ error }) {
  if (!error.field) return html`<${Fault} error=${error} />`;
  return html`<div class="trouble" role="status"><${Icon} name="triangle-alert" /><span>Not to be tried until <code>${error.field}</code> is right: ${error.message}${error.offset !== undefined ? ` (at byte ${error.offset})` : ''}.</span></div>`;
}

const SHOWN = 20;

export function Outcome({ facts, setFacts }) {
  const { live, doc, sample } = useEditor();
  const elements = live.answer?.elements ?? [];
  return html`<section class="panel outcome" aria-label="What would happen"><header><h2>What would happen</h2>${live.busy && html`<${Icon} name="loader-circle" class="spin" label="Asking" />`}
      <span class="push"><${Choice} label="Tickets that are open" options=${[['', 'No ticket open'], ['live', 'As it is now']]} value=${facts} onInput=${setFacts} /></span></header>
    ${live.error && html`<${Trouble} error=${live.error} />`}
    <div class=${`body ${live.error ? 'stale' : ''}`} aria-live="polite" aria-busy=${live.busy ? 'true' : 'false'}>
      ${live.answer?.repaired && html`<p class="small text-attention">The body was mended before it could be read.</p>`}
      ${elements.length > 1 && html`<p class="small muted">${count(elements.length, 'alert')} in this webhook, to ${destinationName(doc.destination) || 'the configured PSA'}.</p>`}
      ${elements.slice(0, SHOWN).map((e) => html`<${Element} key=${e.part} e=${e} many=${elements.length > 1} />`)}
      ${elements.length > SHOWN && html`<p class="muted">and ${elements.length - SHOWN} more</p>`}
      ${!live.answer && !live.error && html`<p class="muted pending-line">${sample.from ? 'Asking…' : 'Choose a sample above.'}</p>`}
      ${live.answer && !elements.length && html`<p class="muted">There is no alert in this payload.</p>`}</div></section>`;
}
