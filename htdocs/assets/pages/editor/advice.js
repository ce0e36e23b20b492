/* SPDX-License-Identifier: Apache-2.0 */
/* What the model would say to the sample, tried on request. */
import { html, useState } from '../../lib.js';
import { api } from '../../api.js';
import { may } from '../../store.js';
import { duration } from '../../logic/time.js';
import { Button } from '../../ui/basic.js';
import { Fault } from '../../ui/load.js';
import { useEditor } from './context.js';

export function Advice() {
  const { doc, endpoint, sample } = useEditor();
  const [state, setState] = useState({});
  if (!may('operator')) return null;
  const run = async () => {
    setState({ busy: true });
    try {
      setState({ answer: await api.post('api/llm/preview', { endpoint_id: endpoint.id, instructions: doc.ai_prompt_template, payload: sample.text }) });
    } catch (error) { setState({ error }); }
  };
  return html`<div><${Button} icon="flask-conical" busy=${state.busy} disabled=${!sample.text} onClick=${run}>${state.busy ? 'Asking the model, up to a minute…' : 'Try it on the sample'}<//></div>
    ${state.error && html`<${Fault} error=${state.error} retry=${run} />`}
    ${state.answer && html`<div class="advice" role="status"><p class="small muted">${state.answer.model}, ${duration(state.answer.seconds)}</p><p>${state.answer.text}</p></div>`}`;
}
