/* SPDX-License-Identifier: Apache-2.0 */
/* Before the first paint: the theme that was chosen on this machine, else the system's. */
try {
  const theme = localStorage.getItem('hookwise.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch { /* storage is switched off: the system's theme it is */ }
