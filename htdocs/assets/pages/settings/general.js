/* SPDX-License-Identifier: Apache-2.0 */
/* How the installation behaves: what can be changed at run time, and what the files say. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { useGuard } from '../../router.js';
import { count } from '../../logic/text.js';
import { Button } from '../../ui/basic.js';
import { ask } from '../../ui/dialog.js';
import { SelectField, TextField } from '../../ui/field.js';
import { Loaded, useLoad } from '../../ui/load.js';
import { Table } from '../../ui/table.js';
import { announce } from '../../ui/toast.js';

const leave = () => ask({ title: 'Leave without saving?', text: 'The changed settings are lost.', action: 'Leave' });
const BOOL = [['1', 'Yes'], ['0', 'No']];
const boolText = (v) => (/^(1|true|yes|on)$/i.test(v ?? '') ? '1' : '0');

function Setting({ s, value, put, error }) {
  const changed = value !== undefined;
  const now = value ?? s.value ?? '';
  const hint = html`${s.what}${s.given && s.source === 'database' && value !== null ? html` <button type="button" class="link" onClick=${() => put(null)}>Back to ${s.default ? `“${s.default}”` : 'the default'}</button>` : ''}`;
  const common = { label: html`<code>${s.name}</code>`, hint, changed, error };
  if (s.type === 'bool') return html`<${SelectField} ...${common} options=${BOOL} value=${boolText(value === null ? s.default : now)} onInput=${put} />`;
  if (s.one_of?.length) return html`<${SelectField} ...${common} options=${s.one_of.map((o) => [o, o])} value=${value === null ? s.default : now} onInput=${put} />`;
  return html`<${TextField} ...${common} value=${value === null ? s.default : now} type=${s.type === 'secret' ? 'password' : 'text'} inputmode=${s.type === 'int' ? 'numeric' : undefined} placeholder=${s.default} onInput=${put} />`;
}

const FIXED = [
  { id: 'name', label: 'Setting', cell: (s) => html`<code>${s.name}</code>` }, { id: 'value', label: 'Value', cell: (s) => html`<span title=${s.value}>${s.value || html`<span class="muted">not set</span>`}</span>` },
  { id: 'source', label: 'From', cell: (s) => html`<span class="muted">${s.source}</span>` }, { id: 'what', label: 'What it is', class: 'main', cell: (s) => html`<span class="muted" title=${s.what}>${s.what}</span>` },
];

function Form({ data, set }) {
  const [changes, setChanges] = useState({});
  const [state, setState] = useState({});
  const open = data.items.filter((s) => s.changeable);
  const n = Object.keys(changes).length;
  useGuard(n > 0, leave);
  const put = (s) => (v) => { const { [s.name]: old, ...rest } = changes; setChanges(v === (s.value ?? '') ? rest : { ...rest, [s.name]: v }); setState({}); };
  const save = async (e) => {
    e.preventDefault();
    setState({ busy: true });
    try {
      set(await api.put('api/settings', changes));
      announce(`Saved ${count(n, 'setting')}`);
      setChanges({});
      setState({});
    } catch (error) { setState({ error }); }
  };
  const elsewhere = state.error && !open.some((s) => s.name === state.error.field);
  return html`${data.note && html`<p class="muted" role="note">${data.note}</p>`}<form class="panel" onSubmit=${save}><header><h2>Can be changed here</h2></header><div class="body grid-form">${open.map((s) => html`<${Setting} key=${s.name} s=${s} value=${changes[s.name]} put=${put(s)} error=${state.error?.field === s.name && state.error.message} />`)}</div>
      <footer class="form-foot">${elsewhere && html`<p class="error" role="alert">${state.error.message}</p>`}<span class="muted">${n ? count(n, 'change') : 'In force within seconds of saving.'}</span>
        <span class="row push">${n > 0 && html`<${Button} onClick=${() => { setChanges({}); setState({}); }}>Discard<//>`}<${Button} kind="primary" icon="save" type="submit" busy=${state.busy} disabled=${!n}>Save<//></span></footer></form>
    <section class="panel"><header><h2>Set in the file or the environment</h2><span class="muted small">read when the services start</span></header><${Table} caption="Fixed settings" columns=${FIXED} rows=${data.items.filter((s) => !s.changeable)} rowKey=${(s) => s.name} /></section>`;
}

export function General() {
  const list = useLoad('settings', (signal) => api.get('api/settings', {}, { signal }));
  return html`<${Loaded} of=${list}>${(d) => html`<div class="stack"><${Form} data=${d} set=${list.set} /></div>`}<//>`;
}
