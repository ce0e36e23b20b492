/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint document in the editor: reading and setting fields, and what differs from what is saved. */

/* name → default, as the server has it; undefined: none, or the settings' own. */
export const FIELDS = {
  name: undefined, tenant: 'default', preset: undefined, destination: undefined, customer_id_default: undefined, board: undefined, status: undefined,
  close_status: undefined, ticket_type: undefined, subtype: undefined, item: undefined, priority: undefined, severity: undefined, impact: undefined,
  trigger_field: 'heartbeat.status', open_value: '0', close_value: '1', on_unknown: 'note', batch_path: undefined, dedup_key: undefined,
  ticket_prefix: undefined, description_template: undefined, summary_remove_strings: undefined, json_mapping: undefined, routing_rules: undefined,
  maintenance_windows: undefined, bearer_auth_enabled: true, hmac_secret: undefined, auth: undefined, trusted_ips: undefined, success_code: 202,
  max_body_kb: 1024, rate_limit: undefined, dedup_window_seconds: 0, reopen_window_minutes: 0, ai_rca_enabled: false, ai_prompt_template: undefined,
  notify: undefined, global_routing_enabled: false, timeout_alerts_enabled: false, timeout_hours: 24, is_enabled: true,
  is_draft: false, is_pinned: false, display_order: 0,
};
const JSON_FIELDS = ['json_mapping', 'routing_rules', 'maintenance_windows', 'auth', 'notify'];
const nothing = (v) => v === undefined || v === null;

/* The document inside an endpoint as the API gives it; texts that hold JSON become values. */
export function documentOf(endpoint) {
  const out = {};
  for (const name of Object.keys(FIELDS)) {
    let v = endpoint?.[name];
    if (nothing(v)) continue;
    if (JSON_FIELDS.includes(name) && typeof v === 'string') {
      try { v = JSON.parse(v); } catch { /* shown as it is, and refused with its offset */ }
    }
    out[name] = v;
  }
  return out;
}

/* "json_mapping.summary" or "name". */
export function getField(doc, field) {
  return field.split('.').reduce((v, part) => v?.[part], doc);
}

/* A new document; undefined takes the field away, and what is empty then goes too. */
export function setField(doc, field, value) {
  const [first, second] = field.split('.');
  const next = { ...doc };
  let v = value;
  if (second) {
    const inner = { ...(typeof doc[first] === 'object' ? doc[first] : {}) };
    if (nothing(value) || value === '') delete inner[second];
    else inner[second] = value;
    v = Object.keys(inner).length ? inner : undefined;
  }
  if (nothing(v) || (Array.isArray(v) && !v.length)) delete next[first];
  else next[first] = v;
  return next;
}

/* Same JSON, whatever the order of members. */
export function isSame(a, b) {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(v) {
  if (Array.isArray(v)) return v.map(sorted);
  if (v === null || typeof v !== 'object') return v ?? null;
  return Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])]));
}

/* Names of the fields that differ; members of json_mapping one by one. */
export function changedFields(saved, doc) {
  const out = [];
  for (const name of Object.keys(FIELDS)) {
    if (isSame(saved[name], doc[name])) continue;
    if (name !== 'json_mapping') { out.push(name); continue; }
    const members = new Set([...Object.keys(saved[name] ?? {}), ...Object.keys(doc[name] ?? {})]);
    for (const m of members) if (!isSame(saved[name]?.[m], doc[name]?.[m])) out.push(`${name}.${m}`);
  }
  return out;
}

/* What PATCH is sent: changed fields as they are now, null for those taken away. */
export function patchOf(saved, doc) {
  const names = new Set(changedFields(saved, doc).map((f) => f.split('.')[0]));
  return Object.fromEntries([...names].map((n) => [n, doc[n] ?? null]));
}

/* What holds for a field that the document leaves alone: { value, from: 'preset'|'default' }. */
export function inherited(preset, field) {
  const v = getField(preset?.document ?? {}, field);
  if (!nothing(v)) return { value: v, from: 'preset' };
  return { value: FIELDS[field], from: 'default' };
}

/* Does an error's field belong to this one? "routing_rules[1].regex" belongs to "routing_rules". */
export function belongs(errorField, field) {
  if (!errorField) return false;
  return errorField === field || errorField.startsWith(`${field}.`) || errorField.startsWith(`${field}[`);
}

/* A text cut at a byte offset of its UTF-8: [before, after]. */
export function cutAtByte(text, offset) {
  const bytes = new TextEncoder().encode(String(text));
  const n = Math.max(0, Math.min(bytes.length, Number(offset)));
  const read = (b) => new TextDecoder().decode(b);
  return [read(bytes.slice(0, n)), read(bytes.slice(n))];
}
