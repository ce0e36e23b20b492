/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, expressions with examples, what the states mean, and where to read on. */
import { html } from '../lib.js';
import { Page } from '../page.js';
import { session, useStore } from '../store.js';
import { EVENT_STATUS } from '../logic/status.js';
import { Badge } from '../ui/basic.js';
import { ShortcutList } from '../shell/shortcuts.js';

export const styles = ['pages/help.css'];

const PATHS = [
  ['$.monitor.name', 'A member of a member, from the root of the payload'],
  ['heartbeat.status', 'Without $ it starts at the root as well'],
  ['$.alerts[0].labels.instance', 'The first element of a list'],
  ["$['user agent']", 'A name with a blank or a dot in it'],
  ['@.labels.alertname', 'In a batch: from the element; $ still is the whole payload'],
  ['$.tags[?@.key == "site"].value', 'A filter: the value of the tag whose key is "site"'],
  ['$.checks[?match(@.name, "disk.*")].state', 'A filter with a pattern'],
  ['$.alerts[-1:].status', 'The last element'],
  ['$headers.x-site', 'A header of the request'],
];
const EXPRESSIONS = [
  ['$.host.name', 'One path: its value'],
  ['$.host.name $.check', 'Several, with a blank between them; what is empty vanishes'],
  ['Disk on $.host.name', 'Words stay only if a path beside them gave something'],
  ['$.title || $.message || unknown alert', 'The first that is not empty'],
  ['Trigger: {$.trigger}\\nHost: {$.host.name}', 'A template: text with paths in braces'],
  ['{{ monitor_name }}: {{ msg }}', 'In templates also: monitor_name, msg, request_id'],
];
const VALUES = [
  ['0', 'Exactly 0, as a number or as text'],
  ['down, critical', 'Either of the two; capitals do not matter'],
  ['prob*', 'Everything that begins with prob'],
  ['~^(down|unreach)', 'What the pattern finds'],
  ['false', 'The boolean, also written False'],
];
const COMPANY = [
  'The customer_id of a rule that matched',
  'The mapping of customer_id',
  '#CW123 or #CW-123 in the monitor\'s name or summary',
  'TenantMap: the exact name, then wildcards (when the endpoint uses it)',
  'The endpoint\'s default company',
  'The default company of the settings',
];

const Examples = ({ title, intro, rows }) => html`<section class="panel"><header><h2>${title}</h2></header>
  <div class="body stack tight">${intro && html`<p>${intro}</p>`}<table class="examples"><thead class="vh"><tr><th scope="col">Example</th><th scope="col">Meaning</th></tr></thead>
  <tbody>${rows.map(([code, what]) => html`<tr key=${code}><td><code>${code}</code></td><td>${what}</td></tr>`)}</tbody></table></div></section>`;

const States = () => html`<section class="panel"><header><h2>What became of an event</h2></header><div class="body"><dl class="facts states">
  ${Object.entries(EVENT_STATUS).map(([name, s]) => html`<dt key=${name}><${Badge} table=${EVENT_STATUS} name=${name} /></dt><dd>${s.what}</dd>`)}</dl></div></section>`;

const More = ({ version }) => html`<section class="panel"><header><h2>Read on</h2></header><div class="body stack tight">
  <p>Everything on these pages is also in the API, described in <a href="openapi.json">openapi.json</a>. Sign in with a name and password (Basic), or with a key from Settings → API keys as <code>Authorization: Bearer hwk_…</code>.</p>
  <p>On the server: <code>man hookwisectl</code>, <code>man hookwised</code>. What these pages include of others: <a href="assets/vendor/LICENSES.txt">licences</a>.</p>
  ${version && html`<p class="muted">HookWise ${version}</p>`}</div></section>`;

export default function Help() {
  const { version } = useStore(session);
  return html`<${Page} title="Help"><div class="help">
    <section class="panel"><header><h2>Keys</h2></header><div class="body"><${ShortcutList} /></div></section>
    <${Examples} title="Paths" intro="JSONPath as in RFC 9535. A path that finds nothing is empty, never an error." rows=${PATHS} />
    <${Examples} title="Expressions" intro="In a mapping (summary, description, company, …)." rows=${EXPRESSIONS} />
    <${Examples} title="Values that open and close" intro="Lists separated by commas, compared with what stands at the trigger field." rows=${VALUES} />
    <section class="panel"><header><h2>How the company is found</h2></header><div class="body"><p>The first of these that gives one:</p><ol>${COMPANY.map((c) => html`<li key=${c}>${c}</li>`)}</ol></div></section>
    <${States} /><${More} version=${version} /></div><//>`;
}
