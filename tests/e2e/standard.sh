#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `hutong standard` as a user calls it: every row and code is reachable, in both
# languages and as JSON, the exports hold all rows, exit statuses are right.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
keys=formats/standard/data/keys.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

is() { # WHAT GOT WANTED
    if [ "$2" = "$3" ]; then
        echo "ok    $1"
    else
        echo "FAIL  $1: got '$2', wanted '$3'"
        bad=1
    fi
}

status() { # COMMAND...: its exit status
    rc=0
    "$@" >"$work/out" 2>"$work/err" || rc=$?
    echo "$rc"
}

json() { # FILTER FILE
    /usr/bin/python3 -c 'import json,sys; v=json.load(open(sys.argv[2])); print(eval(sys.argv[1]))' "$1" "$2"
}

"$hutong" --json standard list >"$work/list.json" 2>/dev/null
/usr/bin/python3 -c 'import json,sys
for r in json.load(open(sys.argv[1])): print(r["key"])' "$work/list.json" | LC_ALL=C sort >"$work/keys"
is "list --json has the frozen keys" "$(cmp "$work/keys" $keys && echo same)" same
is "every row has names and texts in both languages" \
    "$(json 'all(r[k] for r in v for k in ("name_zh","name_en","about_zh","about_en","source","presence"))' "$work/list.json")" True
is "every row is provisional, no clause is known" \
    "$(json 'all(r["provisional"] and r["clause"] is None for r in v)' "$work/list.json")" True
rows=$(wc -l <$keys)
is "list prints a head, a line and every row" "$("$hutong" standard list 2>/dev/null | wc -l)" $((rows + 2))
is "list says how much is provisional" \
    "$("$hutong" --lang zh standard list alert 2>&1 >/dev/null)" "定义 provisional-2026：$rows 行，其中 $rows 行暂定"
is "--quiet says nothing" "$("$hutong" --quiet standard list alert 2>&1 >/dev/null)" ""

is "show finds a row by the end of its key" \
    "$("$hutong" --lang en standard show alert_level | grep -c 'alert.general.alert_level')" 1
is "show prints the codes of the row" "$("$hutong" --lang zh standard show alert_level | grep -c '^critical .*严重')" 1
is "show suggests" "$(status "$hutong" --lang en standard show alert.general.alert_levle)" 2
is "... the right key" "$(grep -c 'did you mean alert.general.alert_level?' "$work/err")" 1
is "codes: 10 categories and their subcategories" \
    "$("$hutong" --json standard codes event_codes >"$work/codes.json" && json 'sum(c["parent"] is None for c in v["codes"])' "$work/codes.json")" 10
is "codes: 34 product types" \
    "$("$hutong" --json standard codes product_types >"$work/codes.json" && json 'len(v["codes"])' "$work/codes.json")" 34
is "codes: unknown list" "$(status "$hutong" standard codes nothing)" 2
is "search in Chinese" "$("$hutong" --lang zh standard search 勒索软件 | grep -c 01007)" 1
is "search by a letter code of 2007" "$("$hutong" --lang en standard search DOSAI | grep -c 02008)" 1
is "search without a match" "$(status "$hutong" standard search qqqqqq)" 1
is "csv has every row" "$("$hutong" --quiet standard export --format csv | wc -l)" $((rows + 1))
"$hutong" --json standard codes >"$work/codes.json"
all=$((rows + $(json 'sum(len(c["codes"]) for c in v)' "$work/codes.json")))
for lang in zh en; do
    is "markdown ($lang) has every row and code" \
        "$("$hutong" --quiet --lang $lang standard export --format markdown | grep -c '^| `')" $all
done
is "an operation of the function interface" \
    "$("$hutong" --lang zh standard show respond.block | grep -c 'POST /interconn/v1/command/respond/block')" 1
is "... with its parameters" \
    "$("$hutong" --lang en standard show respond.block | grep -c '^respond.block.params.kind ')" 1
is "... and the codes with their status" \
    "$("$hutong" --lang en standard show respond.block | grep -c '^1001 .*400 415')" 1
"$hutong" --json standard list interface >"$work/operations.json"
is "all operations" "$(json 'len(v)' "$work/operations.json")" \
    "$("$hutong" --json standard codes operations >"$work/codes.json" && json 'len(v["codes"])' "$work/codes.json")"
is "an operation is found by its name" "$("$hutong" --lang zh standard search 主机隔离 | grep -c isolate_host)" 3
is "unknown format" "$(status "$hutong" standard export --format xml)" 2
is "unknown kind" "$(status "$hutong" standard list nothing)" 2
is "unknown subcommand" "$(status "$hutong" standard nothing)" 2

alien="--overlay tests/e2e/alien/alien.yaml"
is "an overlay is named a claim" \
    "$("$hutong" --lang zh $alien standard list alert 2>&1 >/dev/null | grep -c 用户声明)" 1
is "an overlay renames" "$("$hutong" --lang en $alien standard show alert_level | grep -c 'alertLevel')" 1
is "a row that an overlay retired" "$(status "$hutong" --lang en $alien standard show asset.general.basic.tags)" 2
printf 'kind: overlay\nid: x\nversion: 1\nover: provisional-2026\nrows:\n  alert.general.coun: {id: n}\n' >"$work/bad.yaml"
chmod 600 "$work/bad.yaml"
is "a broken overlay is a configuration error" "$(status "$hutong" --overlay "$work/bad.yaml" standard list)" 78
is "... with its place" "$(grep -c 'bad.yaml:6:3: no row has the key' "$work/err")" 1
exit $bad
