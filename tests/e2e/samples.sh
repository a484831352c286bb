#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared samples of real products through the shipped mappings: as many
# records as the source has alerts, all of them pass the check, no source path is
# unknown to the mapping. What a sample lacks itself is listed here by count.
set -eu
cd "$(dirname "$0")/../.."
hutong=${HUTONG:-build/debug/bin/hutong}
samples=${HUTONG_SAMPLES:-../shared/samples}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
files=0
total=0

if [ ! -d "$samples" ]; then
    echo "SKIP samples: no folder $samples (HUTONG_SAMPLES names another)"
    exit 0
fi

# check FILE MAPPING RECORDS MISSING: RECORDS wanted, MISSING of them without a
# mandatory row because the source has no such value.
check() {
    files=$((files + 1))
    "$hutong" --quiet normalize -m "$2" --now 2026-11-22T10:00:00Z --rejects "$work/rejects" \
        "$1" >"$work/out" || [ $? -eq 1 ]
    records=$(wc -l <"$work/out")
    total=$((total + records))
    tagged=$(grep -c '"x_findings"' "$work/out" || true)
    if [ "$records" -ne "$3" ] || [ "$tagged" -ne "$4" ] || [ -s "$work/rejects" ]; then
        echo "FAIL  $1: $records records, want $3; $tagged with findings, want $4"
        head -n 3 "$work/rejects"
        bad=1
    fi
    grep -v '"x_findings"' "$work/out" >"$work/clean" || true
    if [ -s "$work/clean" ] && ! "$hutong" validate "$work/clean" >"$work/report" 2>&1; then
        echo "FAIL  $1: records that do not pass"
        head -n 5 "$work/report"
        bad=1
    fi
    if ! "$hutong" --quiet coverage -m "$2" "$1" >"$work/coverage"; then
        echo "FAIL  $1: paths that $2 does not know"
        grep -E 'UNKNOWN|未知' "$work/coverage" | head -n 10
        bad=1
    fi
}

# A line of the source is an alert when its own top level says so; counted
# without our code.
alerts() {
    /usr/bin/python3 -c 'import json,sys
print(sum(1 for l in open(sys.argv[1], errors="replace")
          if l.strip() and json.loads(l).get("event_type") == "alert"))' "$1"
}

for f in "$samples"/suricata-eve/*.eve.json "$samples"/crowdsec-hub/suricata-logs-evelog.log; do
    [ -f "$f" ] || continue
    check "$f" suricata-eve "$(alerts "$f")" 0
done
check "$samples"/generated-local/modsec_audit.JSON.log modsecurity-json 14 0
# Without a time of their own (one line of Check Point, three of UniFi) they carry
# the receive time, and x_repairs says so.
check "$samples"/cef-misc/checkpoint.cef.log cef-generic 3 0
check "$samples"/cef-misc/radiflow-isid.cef.log cef-generic 8 0
check "$samples"/crowdsec-hub/cef-logs.log cef-generic 4 0

# Without -m each of them is recognised.
for pair in suricata-eve/http-ipv6.eve.json:suricata-eve \
    generated-local/modsec_audit.JSON.log:modsecurity-json \
    cef-misc/radiflow-isid.cef.log:cef-generic; do
    "$hutong" --lang en normalize "$samples/${pair%:*}" 2>"$work/said" >/dev/null || true
    grep -q "recognised as ${pair#*:} " "$work/said" || {
        echo "FAIL  ${pair%:*} is not recognised as ${pair#*:}"
        bad=1
    }
done
[ "$files" -ge 4 ] || bad=1
echo "samples: $files files, $total records"
exit $bad
