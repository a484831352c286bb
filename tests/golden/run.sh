#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Golden pairs: tests/golden/<mapping>/<name>.in normalised in its own folder is
# <name>.want, byte for byte, twice; with the alien edition there are as many
# records and as many with findings, and the rest passes the check of that
# edition. `hutong mapping test` must agree.
#   tests/golden/run.sh            compare
#   tests/golden/run.sh --update   write the .want files anew (a reviewed commit)
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
hutong=${HUTONG:-build/debug/bin/hutong}
case $hutong in /*) ;; *) hutong=$root/$hutong ;; esac
alien=$root/tests/e2e/alien/alien.yaml
now=2026-11-22T10:00:00Z
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pairs=0
bad=0

# Exit 1 says that there were rejected frames or findings: expected here.
normalize() { # FOLDER MAPPING INPUT OUTPUT [OPTIONS...]
    (
        cd "$1"
        map=$2 in=$3 out=$4
        shift 4
        "$hutong" --quiet "$@" normalize -m "$map" --now "$now" "$in" >"$out" || [ $? -eq 1 ]
    )
}

fail() {
    echo "FAIL  $*"
    bad=1
}

check_alien() { # FOLDER MAPPING INPUT WANT
    normalize "$1" "$2" "$3" "$work/alien" --overlay "$alien"
    [ "$(wc -l <"$4")" -eq "$(wc -l <"$work/alien")" ] ||
        fail "$1/$3: another number of records in the alien edition"
    [ "$(grep -c '"x_findings"' "$4")" -eq "$(grep -c '"x_findings"' "$work/alien")" ] ||
        fail "$1/$3: other findings in the alien edition"
    grep -v '"x_findings"' "$work/alien" >"$work/clean" || return 0
    "$hutong" --overlay "$alien" validate "$work/clean" >"$work/report" 2>&1 || {
        fail "$1/$3: the alien records do not pass"
        head -n 5 "$work/report"
    }
}

for dir in tests/golden/*/; do
    map=$(basename "$dir")
    [ "$map" != recordings ] || continue
    for in in "$dir"*.in; do
        name=$(basename "$in")
        want=${in%.in}.want
        normalize "$dir" "$map" "$name" "$work/got"
        pairs=$((pairs + 1))
        if [ "${1:-}" = --update ]; then
            cp "$work/got" "$want"
            continue
        fi
        normalize "$dir" "$map" "$name" "$work/again"
        cmp -s "$work/got" "$work/again" || fail "$in: two runs differ"
        cmp -s "$work/got" "$want" || {
            fail "$in: not what $want says"
            diff "$want" "$work/got" | head -n 4 | cut -c1-2000
        }
        check_alien "$dir" "$map" "$name" "$want"
    done
done
[ "$pairs" -ge 10 ] || fail "only $pairs pairs were found"
"$hutong" mapping test tests/golden || fail "hutong mapping test disagrees"
echo "golden: $pairs pairs"
exit $bad
