/* SPDX-License-Identifier: Apache-2.0 */
/* Work on many things, one call each: it shows how far it is, can be stopped, and goes on while other
 * pages are looked at. */
import { html } from '../lib.js';
import { makeStore, useStore } from '../store.js';
import { count } from '../logic/text.js';
import { Button } from './basic.js';
import { announce } from './toast.js';

const AT_ONCE = 4;
const job = makeStore(null);
export const jobRuns = () => Boolean(job.get());

/* verb: "Replayed"; each: (item) => Promise, of { failed: [{ message }] } when one call does several;
 * size: (item) => how many things an item is. Resolves to { done, failed: [error], stopped }. */
export async function runJob({ title, verb, items, noun, each, size = () => 1 }) {
  const total = items.reduce((n, item) => n + size(item), 0);
  const out = { done: 0, failed: [], stopped: false };
  const queue = [...items];
  const show = () => job.set({ title, done: out.done + out.failed.length, total, stop: () => { out.stopped = true; } });
  const work = async () => {
    while (queue.length && !out.stopped) {
      const item = queue.shift();
      try {
        const refused = (await each(item))?.failed ?? [];
        out.failed.push(...refused);
        out.done += size(item) - refused.length;
      } catch (e) {
        out.failed.push(...Array(size(item)).fill(e));
      }
      show();
    }
  };
  show();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  job.set(null);
  report(out, verb, noun, total);
  return out;
}

const LOOK = 1000; // ms between two looks at a job of the server

/* A job of the server: looked at until it has ended. It goes on when this page is left. first, look():
 * { status: 'running'|… }; said: (it) => [words, whether something failed]. */
export async function followJob({ title, total, done, first, look, stop, said }) {
  let now = first;
  const show = () => job.set({ title, done: done(now), total, far: true, stop: () => stop().catch((e) => announce(e.message, { tone: 'failed' })) });
  for (show(); now.status === 'running'; show()) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    now = await look().catch((e) => { if (e.status) throw e; return now; }).catch((e) => ({ ...now, status: 'lost', error: e.message }));
  }
  job.set(null);
  const [words, bad] = now.status === 'lost' ? [`${title}: ${now.error}`, true] : said(now);
  announce(words, bad ? { tone: 'failed' } : {});
}

function report(out, verb, noun, total) {
  const left = out.stopped ? `, stopped before the other ${total - out.done - out.failed.length}` : '';
  if (!out.failed.length) announce(`${verb} ${count(out.done, noun)}${left}`);
  else announce(`${verb} ${count(out.done, noun)}; ${out.failed.length} refused: ${out.failed[0].message}${left}`, { tone: 'failed' });
}

export function JobBar() {
  const j = useStore(job);
  return j && html`<div class="job" role="status"><span>${j.title}</span><progress max=${j.total} value=${j.done} aria-label=${j.title}></progress>
    <span title=${j.far ? 'It goes on at the server when you leave' : 'It ends when this window is closed'}>${j.done} of ${j.total}</span><${Button} onClick=${j.stop}>Stop<//></div>`;
}
