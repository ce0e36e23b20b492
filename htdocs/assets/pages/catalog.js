/* SPDX-License-Identifier: Apache-2.0 */
/* Text fields that know the PSA's own words: boards, priorities, statuses, types, companies. */
import { html, useEffect, useId, useState } from '../lib.js';
import { api } from '../api.js';
import { Field } from '../ui/field.js';

const known = new Map();  // path → Promise of names
const REMEMBER = 300000;  // ms

function ask(path) {
  if (!known.has(path)) {
    known.set(path, api.get(path).then((d) => d.items).catch((error) => { known.delete(path); throw error; }));
    setTimeout(() => known.delete(path), REMEMBER);
  }
  return known.get(path);
}

/* Statuses, types, subtypes and items hang on a board, which is asked for by its number. */
async function catalog(what, board) {
  if (!['statuses', 'types', 'subtypes', 'items'].includes(what)) return ask(`api/cw/${what}`);
  const found = (await ask('api/cw/boards')).find((b) => b.name.toLowerCase() === String(board).toLowerCase());
  return found ? ask(`api/cw/${what}/${found.id}`) : [];
}

/* { items, error } once wanted is true. */
function useCatalog(what, board, wanted) {
  const [got, set] = useState({ items: [] });
  useEffect(() => {
    let here = true;
    if (wanted) catalog(what, board).then((items) => here && set({ items }), (error) => here && set({ items: [], error }));
    return () => { here = false; };
  }, [what, board, wanted]);
  return got;
}

/* Offers what the PSA has; any other text is taken too, and marked when the PSA does not know it.
 * known false: the hint says already what is wrong with it. */
export function CatalogField({ label, hint, error, changed, known: fine = true, what, board, destination, value, onInput, ...rest }) {
  const [touched, setTouched] = useState(false);
  const list = useId();
  const psa = destination !== 'local';
  const { items, error: trouble } = useCatalog(what, board, psa && touched);
  const names = items.map((i) => (what === 'companies' ? i.identifier : i.name) ?? i.name);
  const strange = value && names.length > 0 && !names.some((n) => n.toLowerCase() === value.toLowerCase());
  const note = !fine ? hint : strange ? `ConnectWise has no “${value}” here.` : trouble && trouble.status !== 403 ? `No suggestions from ConnectWise: ${trouble.field ? `${trouble.field} is not set up` : trouble.message}` : hint;
  return html`<${Field} ...${{ label, hint: note, error, changed }}>${(a) => html`<input type="text" list=${list} autocomplete="off" ...${rest} ...${a} value=${value ?? ''}
    onFocus=${() => setTouched(true)} onInput=${(e) => onInput(e.currentTarget.value)} /><datalist id=${list}>${names.map((n, i) => html`<option key=${n} value=${n}>${items[i].name}</option>`)}</datalist>`}<//>`;
}
