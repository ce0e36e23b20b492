/* SPDX-License-Identifier: Apache-2.0 */
/* How the installation behaves: by topic; some can be changed at run time, the others say where they come from. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { setQuery, useGuard } from '../../router.js';
import { bounds, byTopic, describe, SOURCE, valueOf } from '../../logic/settings.js';
import { count } from '../../logic/text.js';
import { Button } from '../../ui/basic.js';
import { ask } from '../../ui/dialog.js';
import { FilterText, SelectField, TextField } from '../../ui/field.js';
import { Loaded, Notice, useLoad } from '../../ui/load.js';
import { useSending } from '../../ui/sending.js';
import { Table } from '../../ui/table.js';
import { announce } from '../../ui/toast.js';

const leave = () => ask({ title: 'Leave without saving?', text: 'The changed settings are lost.', action: 'Leave', cancel: 'Stay', danger: true });
const BOOL = [['1', 'Yes'], ['0', 'No']];
const boolText = (v) => (/^(1|true|yes|on)$/i.test(v ?? '') ? '1' : '0');

const Source = ({ s }) => { const [word, why] = SOURCE[s.source] ?? [s.source ?? '', '']; return html`<span class="muted" title=${why}>${word}</span>`; };

const Label = ({ name }) => { const { words, unit } = describe(name); return html`${words && html`${words}${unit && html` <span class="muted">(${unit})</span>`} `}<code class="raw">${name}</code>`; };

function Setting({ s, value, put, error }) {
  const changed = value !== undefined;
  const now = value === null ? s.default : value ?? s.value ?? '';
  const back = s.given && s.source === 'database' && value !== null;
  const hint = html`${s.what} ${bounds(s)} <span class="from-where">From: <${Source} s=${s} />.${back && html` <button type="button" class="link" onClick=${() => put(null)}>Back to ${s.default ? `“${s.default}”` : 'the default'}</button>`}</span>`;
  const common = { label: html`<${Label} name=${s.name} />`, hint, changed, error };
  if (s.type === 'bool') return html`<${SelectField} ...${common} options=${BOOL} value=${boolText(now)} onInput=${put} />`;
  if (s.one_of?.length) return html`<${SelectField} ...${common} options=${s.one_of.map((o) => [o, o])} value=${now} onInput=${put} />`;
  return html`<${TextField} ...${common} value=${now} type=${s.type === 'secret' ? 'password' : 'text'} inputmode=${s.type === 'int' ? 'numeric' : undefined} placeholder=${s.default} onInput=${put} />`;
}

const FIXED = [
  { id: 'name', label: 'Setting', cell: (s) => html`<span class="two-lines"><span title=${s.what}>${describe(s.name).words}</span><code class="raw">${s.name}</code></span>` },
  { id: 'value', label: 'Value', cell: (s) => html`<span class="setting-value" title=${s.value}>${valueOf(s) || html`<span class="muted">not set</span>`}</span>` },
  { id: 'source', label: 'From', cell: (s) => html`<${Source} s=${s} />` },
  { id: 'what', label: 'What it is', class: 'main wide', cell: (s) => html`<span class="muted" title=${s.what}>${s.what}</span>` },
];

function Topic({ title, list, changes, put, error }) {
  const open = list.filter((s) => s.changeable);
  const fixed = list.filter((s) => !s.changeable);
  return html`<section class="panel topic" aria-label=${title}><header><h2>${title}</h2>${!open.length && html`<span class="muted small">set in the file or the environment, read when the services start</span>`}</header>
    ${open.length > 0 && html`<div class="body grid-form">${open.map((s) => html`<${Setting} key=${s.name} s=${s} value=${changes[s.name]} put=${put(s)} error=${error?.field === s.name && error.message} />`)}</div>`}
    ${open.length > 0 && fixed.length > 0 && html`<p class="muted small fixed-head">Set in the file or the environment, read when the services start:</p>`}
    ${fixed.length > 0 && html`<${Table} caption=${`${title}: fixed`} columns=${FIXED} rows=${fixed} rowKey=${(s) => s.name} />`}</section>`;
}

const Nothing = () => html`<div class="panel"><${Notice} icon="search" title="No setting matches" action=${html`<${Button} onClick=${() => setQuery({ q: '' })}>Clear the search<//>`}>Names, words and values are searched.<//></div>`;

function Form({ data, set, q }) {
  const [changes, setChanges] = useState({});
  const { busy, error, send, forget } = useSending();
  const n = Object.keys(changes).length;
  useGuard(n > 0, leave);
  const put = (s) => (v) => { const { [s.name]: old, ...rest } = changes; setChanges(v === (s.value ?? '') && !busy ? rest : { ...rest, [s.name]: v }); forget(); };
  const save = (e) => {
    e.preventDefault();
    send(() => api.put('api/settings', changes), (all) => {
      set(all);
      announce(`Saved ${count(n, 'setting')}`);
      setChanges((now) => Object.fromEntries(Object.entries(now).filter(([name, v]) => v !== changes[name]))); // what was typed meanwhile stays
    });
  };
  const topics = byTopic(data.items, q);
  const inSight = topics.some(([, list]) => list.some((s) => s.changeable && s.name === error?.field));
  return html`${data.note && html`<p class="muted" role="note">${data.note}</p>`}
    <div class="filters"><${FilterText} label="Search settings" placeholder="Words, name or value" value=${q} onInput=${(text) => setQuery({ q: text })} /></div>
    <form class="stack" onSubmit=${save}>${topics.map(([title, list]) => html`<${Topic} key=${title} ...${{ title, list, changes, put, error }} />`)}${!topics.length && html`<${Nothing} />`}
      <footer class=${`panel form-foot ${n ? 'floats' : ''}`}>${error && !inSight && html`<p class="error" role="alert">${error.field ? `${error.field}: ` : ''}${error.message}</p>`}<span class="muted">${n ? count(n, 'change') : 'Changes are in force within seconds of saving.'}</span>
        <span class="row push">${n > 0 && html`<${Button} onClick=${() => { setChanges({}); forget(); }}>Discard<//>`}<${Button} kind="primary" icon="save" type="submit" busy=${busy} disabled=${!n}>Save<//></span></footer></form>`;
}

export function General({ query }) {
  const list = useLoad('settings', (signal) => api.get('api/settings', {}, { signal }));
  return html`<${Loaded} of=${list}>${(d) => html`<div class="stack"><${Form} data=${d} set=${list.set} q=${query.q ?? ''} /></div>`}<//>`;
}
