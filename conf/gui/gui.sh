#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Brings the libraries of the pages to htdocs/assets/vendor: gui.sh build|test|maybe
#
#   build  what the pages use           test   also what their tests use
#   maybe  like build, but what is missing is said and is no failure: everything else still builds
set -eu
cd "$(dirname "$0")/../.."
mode=${1:-build}

lacking() {
    printf '  GUI  not built: %s\n       The API and the webhooks work without it; "make gui" tries again.\n' "$1" >&2
    [ "$mode" != maybe ] || exit 0
    exit 111
}

# npm's own record of what it installed is newer than the lock file when it is up to date. A link leads to
# the packages of another checkout, which npm would empty.
installed() {
    [ ! -L node_modules ] || return 0
    [ node_modules/.package-lock.json -nt package-lock.json ] || return 1
    [ "$mode" != test ] || [ -d node_modules/playwright-core ]
}

command -v node >/dev/null 2>&1 || lacking 'node is missing (Debian: nodejs)'
if ! installed; then
    command -v npm >/dev/null 2>&1 || lacking 'npm is missing (Debian: npm)'
    omit=--omit=dev
    if [ "$mode" = test ] || [ -d node_modules/playwright-core ]; then omit=; fi
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # shellcheck disable=SC2086  # empty, or one option
    if ! npm ci $omit --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        lacking 'npm could not fetch the packages of package-lock.json'
    fi
fi
node conf/gui/gui.mjs || lacking 'the packages are not what conf/gui/gui.mjs expects'
