/* SPDX-License-Identifier: Apache-2.0 */
/* A QR code as one SVG path: a row of dark squares at a time. */
export function qrPath(rows) {
  const out = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      out.push(`M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`);
    }
  });
  return out.join('');
}
