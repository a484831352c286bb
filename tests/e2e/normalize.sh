#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong normalize, coverage, explain and mapping as a user calls them: inputs of
# every form, options, exit statuses, what goes where.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
golden=tests/golden
now="--now 2026-11-22T10:00:00Z"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0
bad=0

# is NAME WANT GOT
is() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return 0
    echo "FAIL  $1: want $2, got $3"
    bad=1
}

# run WANTED-STATUS ARGUMENTS...: stdout in $work/out, stderr in $work/err
run() {
    want=$1
    shift
    status=0
    "$hutong" --lang en "$@" >"$work/out" 2>"$work/err" || status=$?
    is "exit status of $*" "$want" "$status"
}

eve=$golden/suricata-eve/01-web-attack.in
hostile=$golden/suricata-eve/08-hostile.in
document=$golden/suricata-eve/09-document.in

# Forms of input: a file, standard input, a pipe without a last line end, a
# document, nothing at all.
run 0 normalize -m suricata-eve $now "$eve"
cp "$work/out" "$work/file"
is "records of a file" 5 "$(wc -l <"$work/out")"
status=0
"$hutong" --quiet normalize -m suricata-eve $now - <"$eve" >"$work/stdin" || status=$?
is "standard input, other ids" 5 "$(wc -l <"$work/stdin")"
is "ids depend on the input's name" 0 "$(grep -c -F -f - "$work/file" <<I || true
$(sed 's/.*"x_event_id":"\([0-9a-f]*\)".*/\1/' "$work/stdin")
I
)"
printf %s "$(head -n 1 "$eve")" | "$hutong" --quiet normalize -m suricata-eve - >"$work/out"
is "last line without an end" 1 "$(wc -l <"$work/out")"
run 0 normalize -m suricata-eve "$document"
is "elements of a document" 2 "$(wc -l <"$work/out")"
: >"$work/empty"
run 0 normalize -m suricata-eve "$work/empty"
is "empty input" 0 "$(wc -l <"$work/out")"
run 65 normalize "$work/empty"

# Long input in blocks: the records of many copies, every one with its own id.
for _ in 1 2 3 4 5 6 7 8; do cat "$eve" "$eve" "$eve" "$eve"; done >"$work/more"
for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$work/more"; done >"$work/long.json"
run 0 normalize -m suricata-eve $now "$work/long.json"
is "records of a long file" 1600 "$(wc -l <"$work/out")"
is "distinct ids" 1600 "$(sed 's/.*"x_event_id":"\([0-9a-f]*\)".*/\1/' "$work/out" | sort -u | wc -l)"
cp "$work/out" "$work/first"
run 0 normalize -m suricata-eve $now "$work/long.json"
cmp -s "$work/out" "$work/first" || is "two runs" equal different

# Rejects: a line each, with its place; the file is for its owner only.
run 1 normalize -m suricata-eve --rejects "$work/rejects" "$hostile"
is "records beside rejects" 3 "$(wc -l <"$work/out")"
is "rejects" 2 "$(wc -l <"$work/rejects")"
is "lines of the rejects" "4 5" "$(sed 's/.*"line":\([0-9]*\).*/\1/' "$work/rejects" | tr '\n' ' ' | sed 's/ $//')"
is "mode of the rejects" 600 "$(stat -c %a "$work/rejects")"
grep -q '"raw":"not JSON at all"' "$work/rejects" || is "raw of a reject" there missing
printf '\377\376{\n' >"$work/binary"
run 1 normalize -m suricata-eve --rejects "$work/rejects" "$work/binary"
grep -q '"encoding":"base64","raw":"//57"' "$work/rejects" || is "binary reject" base64 "$(cat "$work/rejects")"

# What a finding does.
run 1 normalize -m suricata-eve "$hostile"
is "tagged" 2 "$(grep -c '"x_findings"' "$work/out")"
run 1 normalize -m suricata-eve --on-finding pass "$hostile"
is "passed" 0 "$(grep -c '"x_findings"' "$work/out" || true)"
run 1 normalize -m suricata-eve --on-finding dead_letter "$hostile"
is "kept back" 1 "$(wc -l <"$work/out")"
run 1 normalize -m suricata-eve --no-check "$hostile"
is "unchecked" 0 "$(grep -c '"x_findings"' "$work/out" || true)"

# Options.
run 0 normalize -m suricata-eve --keep-raw --tenant north "$eve"
is "raw" 5 "$(grep -c '"raw":' "$work/out")"
is "tenant" 5 "$(grep -c '"x_tenant":"north"' "$work/out")"
printf 'CEF:0|V|\326\320\316\304|1|s|n|5|rt=Nov 22 2026 10:00:00 src=192.0.2.1\n' >"$work/gbk"
run 0 normalize -m cef-generic --charset gbk --offset +08:00 "$work/gbk"
grep -q '"product_name":"中文"' "$work/out" || is "GBK" 中文 "$(cat "$work/out")"
grep -q '"alert_time":"2026-11-22T10:00:00+08:00"' "$work/out" || is "offset" +08:00 "$(cat "$work/out")"
run 1 --json normalize -m suricata-eve "$hostile"
/usr/bin/python3 - "$work/err" <<'P' || is "JSON summary" right wrong
import json, sys
s = json.load(open(sys.argv[1]))
assert (s["frames"], s["records"], s["rejected"], s["findings"]) == (5, 3, 2, 2), s
assert s["reasons"] == {"syntax": 2}, s
P
run 0 normalize -m modsecurity-json -m suricata-eve "$eve"
is "several mappings" 5 "$(wc -l <"$work/out")"

# Wrong calls.
run 2 normalize
run 2 normalize --now yesterday "$eve"
run 2 normalize --charset latin1 "$eve"
run 2 normalize --nonsense "$eve"
grep -q 'unknown option or wrong value: --nonsense' "$work/err" || is "bad option" named "$(cat "$work/err")"
run 2 status --lang fr
grep -q 'wrong value: --lang' "$work/err" || is "bad language" "--lang named" "$(cat "$work/err")"
run 2 normalise "$eve"
grep -q 'did you mean normalize' "$work/err" || is "unknown verb" guess "$(cat "$work/err")"
status=0
"$hutong" --lang zh normalise 2>"$work/err" || status=$?
is "unknown verb in Chinese" "2 1" "$status $(grep -c '没有此动词.*是否指 normalize' "$work/err")"
run 78 normalize -m suricata "$eve"
grep -q 'no such mapping' "$work/err" || is "unknown mapping" said "$(cat "$work/err")"
run 2 normalize "$golden"
run 65 normalize README.md

# A reader that has enough: quiet, no error.
"$hutong" --quiet normalize -m suricata-eve "$work/long.json" 2>"$work/err" | head -n 1 >/dev/null
is "SIGPIPE" "" "$(cat "$work/err")"

# A device that is full: no success, whatever the verb.
for verb in "normalize -m suricata-eve $eve" "--json validate $work/file" "mapping list" \
    "explain field:alert.general.alert_level" "coverage -m suricata-eve $eve" "standard codes"; do
    status=0
    # shellcheck disable=SC2086 # words
    "$hutong" --quiet $verb >/dev/full 2>"$work/err" || status=$?
    is "exit status of $verb into a full device" 69 "$status"
done
status=0
"$hutong" --quiet normalize -m suricata-eve --rejects /dev/full "$hostile" >"$work/out" 2>"$work/err" || status=$?
is "rejects into a full device" "69 3" "$status $(wc -l <"$work/out")"

# An interrupt ends the run between two records.
mkfifo "$work/pipe"
"$hutong" normalize -m suricata-eve "$work/pipe" >"$work/out" 2>"$work/err" &
child=$!
exec 9>"$work/pipe"
head -n 2 "$eve" >&9
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -qs "$child" "/proc/$child/stat" || break
    case $(cat "/proc/$child/wchan" 2>/dev/null) in *pipe*) break ;; esac
    sleep 0.1
done
kill -INT "$child"
wait "$child" || true
exec 9>&-
is "records before an interrupt" 2 "$(wc -l <"$work/out")"
grep -q 'frames 2' "$work/err" || is "summary after an interrupt" said "$(cat "$work/err")"

# The other verbs.
run 0 coverage -m suricata-eve "$eve"
tail -n 1 "$work/out" | grep -q 'unknown 0' || is coverage "unknown 0" "$(tail -n 1 "$work/out")"
printf '{"timestamp":"2026-01-02T03:04:05Z","event_type":"alert","alert":{},"brand_new":1}\n' >"$work/new"
run 1 coverage -m suricata-eve "$work/new"
grep -q 'UNKNOWN .*brand_new' "$work/out" || is "unknown path" brand_new "$(cat "$work/out")"
run 0 --json coverage -m suricata-eve "$eve"
/usr/bin/python3 -c 'import json,sys; assert json.load(open(sys.argv[1]))["records"] == 5' "$work/out" ||
    is "JSON coverage" 5 other
head -n 1 "$eve" | "$hutong" --json explain mapping:suricata-eve >"$work/out"
/usr/bin/python3 - "$work/out" <<'P' || is "explain" right wrong
import json, sys
e = json.load(open(sys.argv[1]))
rows = {f["row"]: f for f in e["fields"]}
assert rows["alert.general.alert_level"]["value"] == "high"
assert rows["alert.general.alert_level"]["from"] == ["alert.severity"]
assert rows["alert.extension.malware.malware_name"]["outcome"] == "not_for_this_category"
assert e["missing"] == [] and e["wanted"] is True
assert all(s["fate"] != "unknown" for s in e["source"])
P
head -n 1 "$eve" | "$hutong" --lang en explain mapping:suricata-eve >"$work/out"
grep -A3 '^alert.extension.malware.malware_name ' "$work/out" | grep -q '! not written: this category' ||
    is "explain: a row of another category" "not written" "$(grep -A3 malware_name "$work/out")"
is "explain: rows of the record have no remark" 0 \
    "$(grep -A3 '^alert.general.alert_level ' "$work/out" | grep -c '!' || true)"
"$hutong" --lang zh explain mapping:suricata-eve "$work/new" >"$work/out"
grep -q '无处可去  brand_new' "$work/out" || is "explain in Chinese" 无处可去 "$(tail -n 3 "$work/out")"
run 0 explain field:alert.general.alert_level
run 2 explain field:alert.general.alert_levl
grep -q 'did you mean alert.general.alert_level' "$work/err" || is "explain field" near "$(cat "$work/err")"
run 0 explain error:alert.general.alert_level#code
run 2 explain error:nonsense
run 0 --json explain error:alert.general.alert_level#code
is "explain as JSON" "code alert.general.alert_level" "$(/usr/bin/python3 -c '
import json, sys
rule, row = [json.loads(l) for l in open(sys.argv[1])]
print(rule["rule"], row["key"])' "$work/out")"
run 0 mapping list
is "mappings" 4 "$(grep -c -E '^(suricata-eve|modsecurity-json|cef-generic|hutong-host) ' "$work/out")"
run 0 mapping lint
head -n 1 "$eve" | "$hutong" mapping new my-app >"$work/my-app.yaml"
chmod 644 "$work/my-app.yaml"
run 0 mapping lint "$work/my-app.yaml"
sed 's/alert_name:/alert_nam:/' "$work/my-app.yaml" >"$work/wrong.yaml"
run 1 mapping lint "$work/wrong.yaml"
grep -q 'wrong.yaml:[0-9]*:[0-9]*: no row alert.general.alert_nam; did you mean' "$work/err" ||
    is "lint message" place "$(cat "$work/err")"
chmod 666 "$work/my-app.yaml"
run 78 normalize -m "$work/my-app.yaml" "$eve"

echo "normalize: $checks checks"
exit $bad
