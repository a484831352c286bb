#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every data file loads, every mapping passes the semantic lint, no data file
# claims a clause or conformity that nobody has shown.
set -eu
cd "$(dirname "$0")/.."
hutong=${HUTONG:-build/debug/bin/hutong}
"$hutong" standard list >/dev/null
for f in formats/mapping/data/in/*.yaml; do
    echo "lint $f"
    "$hutong" mapping lint "$f"
done
if grep -rnE '^[[:space:]]*clause:[[:space:]]*[^n[:space:]]' formats/standard/data; then
    echo "a clause is set although no text of the standard was available"
    exit 1
fi
if grep -rnE 'provisional:[[:space:]]*false' formats/standard/data/provisional; then
    echo "a row of the definitions claims not to be provisional"
    exit 1
fi
