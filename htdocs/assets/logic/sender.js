/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender needs, as commands to copy. */
const sh = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
const ps = (text) => `'${String(text).replaceAll("'", "''")}'`;
const py = (text) => JSON.stringify(String(text));

/* Where the secret is not shown, its place is named. */
const TOKEN = '<token>';
const SECRET = '<secret>';

/* how: { url, token, secret, bearer, hmac, payload, header }; bearer, hmac: whether they are asked for;
 * header: [name, value] of a further one. */
export function curl({ url, token, secret, bearer, hmac, payload, header }) {
  const body = JSON.stringify(payload ?? { test: true });
  const lines = hmac ? [`body=${sh(body)}`, `signature=$(printf %s "$body" | openssl dgst -sha256 -hmac ${sh(secret ?? SECRET)} | sed 's/.* //')`, ''] : [];
  const head = [`curl -X POST ${sh(url)}`, "-H 'Content-Type: application/json'"];
  if (bearer) head.push(`-H ${sh(`Authorization: Bearer ${token ?? TOKEN}`)}`);
  if (header) head.push(`-H ${sh(header.join(': '))}`);
  if (hmac) head.push('-H "X-HookWise-Signature: $signature"');
  head.push(hmac ? '-d "$body"' : `-d ${sh(body)}`);
  return [...lines.slice(0, -1), head.join(' \\\n  ')].join('\n');
}

export function powershell({ url, token, secret, bearer, hmac, payload, header }) {
  const out = [`$body = ${ps(JSON.stringify(payload ?? { test: true }))}`, "$headers = @{ 'Content-Type' = 'application/json' }"];
  if (bearer) out.push(`$headers['Authorization'] = ${ps(`Bearer ${token ?? TOKEN}`)}`);
  if (header) out.push(`$headers[${ps(header[0])}] = ${ps(header[1])}`);
  if (hmac) {
    out.push(`$hmac = [System.Security.Cryptography.HMACSHA256]::new([Text.Encoding]::UTF8.GetBytes(${ps(secret ?? SECRET)}))`,
      "$headers['X-HookWise-Signature'] = ($hmac.ComputeHash([Text.Encoding]::UTF8.GetBytes($body)) | ForEach-Object { $_.ToString('x2') }) -join ''");
  }
  out.push(`Invoke-RestMethod -Method Post -Uri ${ps(url)} -Headers $headers -Body ([Text.Encoding]::UTF8.GetBytes($body))`);
  return out.join('\n');
}

export function python({ url, token, secret, bearer, hmac, payload, header }) {
  const out = [hmac ? 'import hashlib, hmac, json, urllib.request' : 'import json, urllib.request', '',
    `body = json.dumps(json.loads(${py(JSON.stringify(payload ?? { test: true }))})).encode()`, 'headers = {"Content-Type": "application/json"}'];
  if (bearer) out.push(`headers["Authorization"] = ${py(`Bearer ${token ?? TOKEN}`)}`);
  if (header) out.push(`headers[${py(header[0])}] = ${py(header[1])}`);
  if (hmac) out.push(`headers["X-HookWise-Signature"] = hmac.new(${py(secret ?? SECRET)}.encode(), body, hashlib.sha256).hexdigest()`);
  out.push(`request = urllib.request.Request(${py(url)}, data=body, headers=headers, method="POST")`, 'print(urllib.request.urlopen(request).read().decode())');
  return out.join('\n');
}

export const WAYS = [['curl', 'curl', curl], ['powershell', 'PowerShell', powershell], ['python', 'Python', python]];
