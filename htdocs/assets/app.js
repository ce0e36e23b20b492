/* SPDX-License-Identifier: Apache-2.0 */
/* The start: who is signed in, then the shell with the page in it. */
import { html, render, useEffect, useState } from './lib.js';
import { loadSession } from './api.js';
import { lost, session, tenant, useStore } from './store.js';
import { startRouter } from './router.js';
import { CurrentPage } from './page.js';
import { Rail } from './shell/rail.js';
import { Top } from './shell/top.js';
import { Shortcuts } from './shell/shortcuts.js';
import { SignInAgain, SignInPage } from './shell/sign-in.js';
import { Questions } from './ui/dialog.js';
import { Toasts } from './ui/toast.js';
import { JobBar } from './ui/job.js';
import { Fault, Skeleton } from './ui/load.js';

function Shell() {
  const narrowed = useStore(tenant);
  return html`<a class="skip" href="#content" onClick=${(e) => { e.preventDefault(); document.getElementById('content').focus(); }}>Skip to the page</a>
    <${Rail} /><div class="right"><${Top} /><main id="content" tabindex="-1"><${CurrentPage} key=${narrowed} /></main></div><${Shortcuts} />`;
}

function App() {
  const who = useStore(session);
  const away = useStore(lost);
  const [error, setError] = useState(null);
  const start = () => { setError(null); loadSession().catch(setError); };
  useEffect(start, []);
  if (error) return html`<main class="sign-in"><div class="panel"><${Fault} error=${error} retry=${start} /></div></main>`;
  if (who === undefined) return html`<${Skeleton} rows=${1} />`;
  return html`${who ? html`<${Shell} />` : html`<${SignInPage} />`}
    ${away && html`<${SignInAgain} />`}<${Questions} /><${JobBar} /><${Toasts} />`;
}

startRouter();
const root = document.getElementById('app');
root.replaceChildren();
render(html`<${App} />`, root);
