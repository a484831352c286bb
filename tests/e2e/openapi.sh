#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The interfaces as OpenAPI 3.1: two public validators accept the export of the
# shipped and of the alien edition, and refuse it with one fault in it; every
# reference leads somewhere; the schemas of the bodies judge the checker's vectors
# as the checker does. The validators are installed below build/.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
tools=build/npm-openapi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
bad=0

check() { # WHAT COMMAND...: must succeed
    what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok    $what"
    else
        echo "FAIL  $what"
        tail -n 20 "$work/log"
        bad=1
    fi
}

refused() { # WHAT COMMAND...: must fail
    what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "FAIL  $what is accepted"
        bad=1
    else
        echo "ok    $what is refused"
    fi
}

"$hutong" --quiet standard export --format openapi >"$work/shipped.json"
"$hutong" --quiet --overlay tests/e2e/alien/alien.yaml \
    standard export --format openapi >"$work/alien.json"
check "references, operations and vectors" \
    /usr/bin/python3 tests/e2e/openapi.py "$hutong" "$work/shipped.json"
check "references of the alien edition" \
    /usr/bin/python3 tests/e2e/openapi.py --references "$work/alien.json"

if [ ! -x $tools/node_modules/.bin/redocly ] ||
    [ ! -x $tools/node_modules/.bin/validate-api ]; then
    if ! command -v npm >/dev/null; then
        echo "SKIP openapi: npm is not installed, the public validators did not run"
        exit $bad
    fi
    if ! sh tests/npm.sh $tools @seriousme/openapi-schema-validator@2 \
        @redocly/cli@2 >"$work/npm" 2>&1; then
        if timeout 30 npm ping --fetch-retries=0 >/dev/null 2>&1; then
            echo "FAIL  the validators cannot be installed"
            tail -n 20 "$work/npm"
            exit 1
        fi
        echo "SKIP openapi: npm cannot be reached, the public validators did not run"
        exit $bad
    fi
fi
validate=$tools/node_modules/.bin/validate-api
redocly=$tools/node_modules/.bin/redocly
for edition in shipped alien; do
    check "$edition: openapi-schema-validator" "$validate" "$work/$edition.json"
    check "$edition: redocly lint" "$redocly" lint "$work/$edition.json"
done
sed 's/"openapi":"3.1.0"/"openapi":"3.7"/' "$work/shipped.json" >"$work/version.json"
refused "a version that does not exist" "$validate" "$work/version.json"
sed 's|/components/schemas/command.request"|/components/schemas/nosuch"|' \
    "$work/shipped.json" >"$work/reference.json"
refused "a reference to nothing" "$redocly" lint "$work/reference.json"
exit $bad
