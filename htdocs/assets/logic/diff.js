/* SPDX-License-Identifier: Apache-2.0 */
/* Two JSON values, leaf by leaf. */

/* [[path, leaf], …] in the order of the document; paths are JSONPath. Empty objects and lists are leaves. */
export function leaves(value, path = '$', out = []) {
  if (value === null || typeof value !== 'object' || !Object.keys(value).length) {
    out.push([path, value]);
  } else if (Array.isArray(value)) {
    value.forEach((v, i) => leaves(v, `${path}[${i}]`, out));
  } else {
    for (const [name, v] of Object.entries(value)) leaves(v, path + member(name), out);
  }
  return out;
}

export function member(name) {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `['${name.replace(/[\\']/g, '\\$&')}']`;
}

/* [{ path, kind: 'same'|'changed'|'removed'|'added', a, b }], in a's order, what only b has at the end. */
export function diff(a, b) {
  const left = leaves(a);
  const right = new Map(leaves(b));
  const out = left.map(([path, v]) => {
    if (!right.has(path)) return { path, kind: 'removed', a: v };
    const w = right.get(path);
    return { path, kind: JSON.stringify(v) === JSON.stringify(w) ? 'same' : 'changed', a: v, b: w };
  });
  const seen = new Set(left.map(([path]) => path));
  for (const [path, v] of right) if (!seen.has(path)) out.push({ path, kind: 'added', b: v });
  return out;
}
