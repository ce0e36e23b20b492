/* SPDX-License-Identifier: Apache-2.0 */
/* A value clicked in the sample: its path as the endpoint needs it, and what it can be used for. */
import { getField, setField } from './document.js';

/* Inside a batch the element is "@": "$.alerts[2].labels.host" with "$.alerts" is "@.labels.host". */
export function relativePath(path, batch) {
  if (!batch) return path;
  const root = batch.startsWith('$') ? batch : `$.${batch}`;
  const list = root.replace(/\[\*\]$/, '');
  if (!path.startsWith(`${list}[`)) return path;
  const rest = path.slice(list.length).replace(/^\[\d+\]/, '');
  return `@${rest}`;
}

/* A regex that matches exactly this text. */
export const literal = (text) => `^${String(text).replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')}$`;

/* A value in a comma-separated list; one that is there already stays single. */
export function addValue(list, value) {
  const values = String(list ?? '').split(',').map((v) => v.trim()).filter(Boolean);
  const text = String(value);
  return (values.includes(text) ? values : [...values, text]).join(', ');
}

const without = (list, value) => String(list ?? '').split(',').map((v) => v.trim()).filter((v) => v && v !== String(value)).join(', ');

function trigger(doc, path, value, kind, before) {
  const same = getField(doc, 'trigger_field') === path;
  const other = kind === 'open_value' ? 'close_value' : 'open_value';
  let next = setField(doc, 'trigger_field', path);
  next = setField(next, kind, addValue(same ? doc[kind] ?? before[kind] : '', value));
  return same ? setField(next, other, without(doc[other] ?? before[other], value) || undefined) : next;
}

/* [{ id, label, apply: (doc) => doc }]; preset: the values that hold where doc says nothing. */
export function usesOf(path, value, doc, preset = {}) {
  const key = [].concat(doc.dedup_key ?? []).join(' | ');
  const rules = Array.isArray(doc.routing_rules) ? doc.routing_rules : [];
  const map = (member) => (d) => setField(d, `json_mapping.${member}`, path);
  const uses = [
    { id: 'summary', label: 'Use as summary', apply: map('summary') },
    { id: 'description', label: 'Use as description', apply: map('description') },
    { id: 'dedup', label: 'Use as dedup key', apply: (d) => setField(d, 'dedup_key', path) },
    key && !key.split(' | ').includes(path) && { id: 'dedup-add', label: 'Add to the dedup key', apply: (d) => setField(d, 'dedup_key', `${key} | ${path}`) },
    { id: 'open', label: `Use as trigger: ${show(value)} opens`, apply: (d) => trigger(d, path, value, 'open_value', preset) },
    { id: 'close', label: `Use as trigger: ${show(value)} closes`, apply: (d) => trigger(d, path, value, 'close_value', preset) },
    { id: 'company', label: 'Use as company', apply: map('customer_id') },
    { id: 'rule', label: 'New rule for this value', apply: (d) => setField(d, 'routing_rules', [...rules, { path, regex: literal(value), overrides: {} }]) },
  ];
  return uses.filter(Boolean);
}

function show(value) {
  const text = String(value);
  const short = text.length > 22 ? `${text.slice(0, 20)}…` : text;
  return typeof value === 'string' ? `“${short}”` : short;
}
