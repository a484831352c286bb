#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The exported JSON Schema against the checker, on generated and mutated
# documents: 5,400 of the shipped definitions, 900 of the alien edition.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
python=/usr/bin/python3
if ! "$python" -c 'import jsonschema' 2>/dev/null; then
    echo "SKIP schema: python3-jsonschema is not installed"
    exit 0
fi
"$python" tests/e2e/schema.py "$hutong" --count "${SCHEMA_COUNT:-1800}"
"$python" tests/e2e/schema.py "$hutong" --count 300 --overlay tests/e2e/alien/alien.yaml
