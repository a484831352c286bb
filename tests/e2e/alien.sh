#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The alien edition: the same mappings, flat camelCase records with numeric
# levels and another form of time, no change in C. Every recording gives the same
# number of records with and without the overlay, the checker finds the same
# rules broken (their names do not depend on the edition), and no member of our
# own edition is left.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
alien="--overlay tests/e2e/alien/alien.yaml"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
files=0

# The rules that the records of FILE break, with their counts.
rules() { # FILE [OPTIONS...]
    file=$1
    shift
    { "$hutong" "$@" --json validate "$file" || true; } | tail -n 1 |
        /usr/bin/python3 -c 'import json,sys; print(sorted(json.load(sys.stdin)["summary"]["by_rule"].items()))'
}

check() { # NAME: $work/ours and $work/alien hold the records
    ours=$(wc -l <"$work/ours")
    theirs=$(wc -l <"$work/alien")
    rules "$work/ours" >"$work/ours.rules"
    rules "$work/alien" $alien >"$work/alien.rules"
    files=$((files + 1))
    if [ "$ours" -eq 0 ] || [ "$ours" -ne "$theirs" ]; then
        echo "FAIL  $1: $ours records, $theirs alien ones"
        bad=1
    elif [ ! -s "$work/ours.rules" ] || ! cmp -s "$work/ours.rules" "$work/alien.rules"; then
        echo "FAIL  $1: rules broken by ours and by alien records:"
        cat "$work/ours.rules" "$work/alien.rules"
        bad=1
    elif grep -qE '"(general|extension|alert_level|asset_type)":' "$work/alien"; then
        echo "FAIL  $1: a member of our own edition is left"
        bad=1
    else
        echo "ok    $1: $ours records, broken rules $(cat "$work/ours.rules")"
    fi
}

for dir in tests/golden/recordings/*/; do
    case $(basename "$dir") in
    suricata) mapping=suricata-eve ;;
    modsecurity) mapping=modsecurity-json ;;
    cef) mapping=cef-generic ;;
    *) continue ;;
    esac
    for f in "$dir"*; do
        case $f in *.md | *.sh | *.py | *.conf | *.rules | *.yaml) continue ;; esac
        [ -f "$f" ] || continue
        "$hutong" --quiet normalize -m $mapping "$f" >"$work/ours" 2>/dev/null || true
        [ -s "$work/ours" ] || continue # nothing of ours in it
        "$hutong" --quiet $alien normalize -m $mapping "$f" >"$work/alien" 2>"$work/err" || true
        check "$f"
    done
done
"$hutong" inventory >"$work/ours" 2>/dev/null
"$hutong" $alien inventory >"$work/alien" 2>/dev/null
check "inventory of this host"
[ "$files" -ge 3 ] || {
    echo "FAIL  only $files inputs were found"
    bad=1
}
exit $bad
