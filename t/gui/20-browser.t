#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The pages in a real browser, against the imitation of the API: each page's work done as a person
# would, and the states a real server does not show on request.
here=$(dirname "$0")
command -v node >/dev/null 2>&1 || { echo 'Bail out! node is not installed (Debian: nodejs)'; exit 1; }
[ -d "$here/../../node_modules/playwright-core" ] || { echo 'Bail out! "make gui-test" has not been run'; exit 1; }
node --test-reporter=tap "$here/pages.test.mjs" | awk -f "$here/tap.awk"
