#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reports, signatures, comparison and binding of hutong-conform: each form
# against its schema, a signed run folder against flipped bits (300; 1,000 with
# CONFORM_FULL=1), the page in a real browser.
set -eu
cd "$(dirname "$0")/../.."
modules=$PWD/build/report-node
if [ ! -d "$modules/node_modules/puppeteer-core" ]; then
    mkdir -p "$modules"
    cp tests/e2e/report-node/package.json "$modules/"
    sh tests/npm.sh "$modules" --ignore-scripts >/dev/null 2>&1 ||
        echo "SKIP schemas and browser: npm cannot install what they need"
fi
[ -d "$modules/node_modules/puppeteer-core" ] && export REPORT_MODULES="$modules/node_modules"
exec /usr/bin/python3 tests/e2e/conform_report.py
