#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pages in a real browser where they are used otherwise than in the middle of a wide screen: far down
# a list, on paper, enlarged, with other colours, and with names nobody expected.
here=$(dirname "$0")
command -v node >/dev/null 2>&1 || { echo 'Bail out! node is not installed (Debian: nodejs)'; exit 1; }
[ -d "$here/../../node_modules/playwright-core" ] || { echo 'Bail out! "make gui-test" has not been run'; exit 1; }
[ -x "${HW_BUILD:-build}/hookwisectl" ] || { echo 'Bail out! hookwisectl is not built'; exit 1; }
node --test-reporter=tap "$here/looks.test.mjs" | awk -f "$here/tap.awk"
