/* SPDX-License-Identifier: Apache-2.0 */
/* A body that opens a problem by what a preset looks at: for a first try before the real sender sends. */

const HOST = 'srv-01';
const TITLE = 'Disk nearly full';

/* "$.a.b[0]['c d']" → ['a', 'b', 0, 'c d']; null for what names no single place. A field sought at any
 * depth is put at the top. */
function placeOf(path) {
  const text = path.trim().replace(/^[$@]?\.\.(?=[\w])/, '').replace(/^[$@]\.?/, '');
  const parts = [];
  let rest = text;
  while (rest) {
    const m = /^\.?([A-Za-z_][\w-]*)/.exec(rest) ?? /^\[(\d+)\]/.exec(rest) ?? /^\[['"]([^'"\]]+)['"][^\]?]*\]/.exec(rest);
    if (!m) return placeIn(rest);
    parts.push(/^\[\d/.test(m[0]) ? Number(m[1]) : m[1]);
    rest = rest.slice(m[0].length);
  }
  return parts.length ? parts : null;
}

/* A filter looks at places of its own: the first of them. */
function placeIn(filter) {
  const m = /\$\.([A-Za-z_][\w.]*)/.exec(filter);
  return m && m[1].split('.');
}

/* Puts a value where there is none; what stands in the way stays. */
function put(body, parts, value) {
  let at = body;
  for (const [i, part] of parts.entries()) {
    if (at === null || typeof at !== 'object') return;
    if (i === parts.length - 1) at[part] ??= value;
    else at = at[part] ??= typeof parts[i + 1] === 'number' ? [] : {};
  }
}

/* "a || {b || c}[?x || y]" → ["a", "{b || c}[?x || y]"]: bars inside braces and brackets do not count. */
function alternativesOf(expression) {
  const all = [''];
  let depth = 0;
  for (const piece of expression.split(/(\|\||[{}[\]])/)) {
    if (piece === '||' && depth === 0) { all.push(''); continue; }
    if (/^[{[]$/.test(piece)) depth += 1;
    else if (/^[}\]]$/.test(piece)) depth -= 1;
    all[all.length - 1] += piece;
  }
  return all.map((x) => x.trim()).filter(Boolean);
}

/* The first path of every alternative of an expression; those without text around them come first. */
function pathsOf(expression) {
  const all = alternativesOf(String(expression ?? ''));
  const plain = (x) => !/[{}]/.test(x);
  return [...all.filter(plain), ...all.filter((x) => !plain(x))].map((x) => (/^[$@]\[\?/.test(x) ? x : /[$@][^\s{}|]*/.exec(x)?.[0] ?? (/^[a-z][\w.]*$/i.test(x) ? x : ''))).filter(Boolean);
}

/* The first listed value that is plain text, else a word out of the first expression. */
function firstOf(values) {
  const list = Array.isArray(values) ? values.map(String) : String(values ?? '').split(',').map((v) => v.trim());
  if (list.includes('*')) return 'active';
  return list.find((v) => v && !v.startsWith('~'))?.replace(/\*$/, '') ?? /[A-Za-z]+/.exec(list[0] ?? '')?.[0] ?? '';
}

function fill(body, paths, value) {
  for (const path of paths) {
    const parts = placeOf(path);
    if (parts) { put(body, parts, value); return; }
  }
}

/* The body, as a value; null: nothing can be said. document: what the preset fills. */
export function exampleOf(document) {
  const d = document ?? {};
  if (!d.trigger_field && !d.json_mapping) return null;
  const element = {};
  const body = {};
  const batch = d.batch_path && placeOf(pathsOf(d.batch_path)[0] ?? '');
  const to = (path) => (batch && /^\s*@/.test(path) ? element : body);
  const each = (expression, value) => { const paths = pathsOf(expression); if (paths.length) fill(to(paths[0]), paths, value); };
  const open = firstOf(d.open_value);
  each(d.trigger_field, /^\d+$/.test(open) ? Number(open) : /^(true|false)$/i.test(open) ? /true/i.test(open) : open);
  each(d.json_mapping?.summary, `${TITLE} on ${HOST}`);
  for (const key of [].concat(d.dedup_key ?? []).flatMap((k) => String(k).split(/(?<!\|)\|(?!\|)/))) each(key, 'test-1');
  if (batch) put(body, batch, [element]);
  return Object.keys(body).length ? body : null;
}
