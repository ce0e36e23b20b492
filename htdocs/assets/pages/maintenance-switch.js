/* SPDX-License-Identifier: Apache-2.0 */
/* The switch of maintenance for everything, wherever it stands. */
import { html, useState } from '../lib.js';
import { api, loadSession } from '../api.js';
import { may } from '../store.js';
import { Button } from '../ui/basic.js';
import { ask } from '../ui/dialog.js';
import { announce } from '../ui/toast.js';

/* done: called when it was turned. */
export function Switch({ on, done = () => {}, class: cls }) {
  const [busy, setBusy] = useState(false);
  if (!may('operator')) return null;
  const turn = async () => {
    const yes = on || await ask({ title: 'Switch maintenance on for everything?', text: 'Until it is switched off, problems of every endpoint are recorded and open no ticket. Recoveries still close tickets.', action: 'Switch it on' });
    if (!yes) return;
    setBusy(true);
    try {
      const { enabled } = await api.post('admin/maintenance', { enabled: !on });
      announce(enabled ? 'Maintenance is on' : 'Maintenance is off: problems open tickets again');
      await Promise.all([done(), loadSession()]);
    } catch (e) { announce(e.message, { tone: 'failed' }); }
    setBusy(false);
  };
  return html`<${Button} kind=${on ? 'primary' : 'plain'} class=${cls} busy=${busy} onClick=${turn}>${on ? 'Switch it off' : 'Switch it on…'}<//>`;
}
