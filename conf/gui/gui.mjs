// SPDX-License-Identifier: Apache-2.0
// Copies what the pages use from node_modules into htdocs/assets/vendor: modules whose imports are
// relative (no bundler, no import map), one sprite of the icons in icons.list, and the licences.
import { mkdirSync, readFileSync, rmSync, writeFileSync, existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const from = (...path) => join(root, 'node_modules', ...path);
const target = join(root, 'htdocs', 'assets', 'vendor');
const fresh = `${target}.new`;

const MODULES = [
  ['preact.js', from('preact', 'dist', 'preact.module.js')],
  ['hooks.js', from('preact', 'hooks', 'dist', 'hooks.module.js')],
  ['htm.js', from('htm', 'dist', 'htm.module.js')],
  ['qr.js', from('uqr', 'dist', 'index.mjs')],
];
// A script that leaves a variable behind; as a module it exports that. [file, path, variable]
const SCRIPTS = [['uplot.js', from('uplot', 'dist', 'uPlot.iife.min.js'), 'uPlot']];
const STYLES = [['uplot.css', from('uplot', 'dist', 'uPlot.min.css')]];
const PACKAGES = ['htm', 'lucide-static', 'preact', 'uplot', 'uqr'];

function vendor(name, path) {
  const text = readFileSync(path, 'utf8')
    .replace(/(\bfrom\s*)"preact"/g, '$1"./preact.js"')
    .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
  const bare = name.endsWith('.js') && /(?:^|[;}\n])(?:import|export)\b[^;"'\n]*["'](?!\.)[\w@/-]+["']/.exec(text);
  if (bare) throw new Error(`${path} imports something that is not vendored`);
  writeFileSync(join(fresh, name), text);
}

function script(name, path, variable) {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(`var ${variable}=`)) throw new Error(`${path} leaves no variable ${variable}`);
  writeFileSync(join(fresh, name), `${text.trim()}\nexport default ${variable};\n`);
}

// A symbol for each name; strokes take the colour of the text around them.
function symbol(name) {
  const path = from('lucide-static', 'icons', `${name}.svg`);
  if (!existsSync(path)) throw new Error(`conf/gui/icons.list: lucide has no icon "${name}"`);
  const inner = readFileSync(path, 'utf8').replace(/<!--[\s\S]*?-->/g, '').replace(/^[\s\S]*?<svg[\s\S]*?>/, '')
    .replace(/<\/svg>\s*$/, '').trim().replace(/\s*\n\s*/g, '');
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
}

function licence(name) {
  const { version, license } = JSON.parse(readFileSync(from(name, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license'].map((f) => from(name, f)).find(existsSync);
  if (!file) throw new Error(`${name} brings no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}\n`;
}

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
for (const [name, path] of MODULES) vendor(name, path);
for (const [name, path, variable] of SCRIPTS) script(name, path, variable);
for (const [name, path] of STYLES) writeFileSync(join(fresh, name), readFileSync(path));
const icons = readFileSync(join(here, 'icons.list'), 'utf8').split('\n').map((l) => l.trim()).filter(Boolean);
writeFileSync(join(fresh, 'icons.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg">\n${icons.map(symbol).join('\n')}\n</svg>\n`);
writeFileSync(join(fresh, 'LICENSES.txt'),
  `The pages of HookWise include the following, each under its own licence.\n\n${PACKAGES.map(licence).join(`\n${'-'.repeat(72)}\n\n`)}`);
rmSync(target, { recursive: true, force: true });
renameSync(fresh, target);
