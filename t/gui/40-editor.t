#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Setting up in a real browser: endpoints, their editor, tenant map, maintenance and settings. The
# editor's previews come from the hookwisectl that was built.
here=$(dirname "$0")
command -v node >/dev/null 2>&1 || { echo 'Bail out! node is not installed (Debian: nodejs)'; exit 1; }
[ -d "$here/../../node_modules/playwright-core" ] || { echo 'Bail out! "make gui-test" has not been run'; exit 1; }
[ -x "${HW_BUILD:-build}/hookwisectl" ] || { echo 'Bail out! hookwisectl is not built'; exit 1; }
node --test-reporter=tap "$here/editor.test.mjs" | awk -f "$here/tap.awk"
