#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the programs as a package should have them: release, with the profile
# of a training run (gcc). They do the same with about a tenth less CPU.
#
#   sh packaging/optimise.sh && cmake --install build/optimised
#
# The training is the job they are for: the recorded events of tests/golden, read
# often, and the agent of the quick start.
set -eu
cd "$(dirname "$0")/.."
preset=optimised
out=build/$preset
if [ $# -gt 0 ]; then
    sed -n '3,10p' "$0" | sed 's/^# \{0,1\}//'
    exit 2
fi
build() { # generate|use PROGRAM...
    cmake --preset "$preset" "-DPROFILE=$1" >/dev/null
    shift
    cmake --build --preset "$preset" -j "$(nproc)" --target "$@"
}

build generate hutong hutongd
rm -rf "$out/profile"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
for source in suricata modsecurity cef; do
    # The start of a program is not what it spends its time on.
    for _ in $(seq 200); do
        cat "tests/golden/recordings/$source"/*
    done >"$work/$source"
    # Some recordings are broken on purpose: a rejected event is no failure here.
    "$out/bin/hutong" normalize --quiet "$work/$source" >"$work/$source.ndjson" || true
    head -n 2000 "$work/$source.ndjson" >"$work/some.ndjson"
    "$out/bin/hutong" validate --quiet "$work/some.ndjson" >/dev/null || true
    [ -s "$work/some.ndjson" ] || { echo "the training gave no record of $source" && exit 1; }
done
PRESET=$preset sh packaging/quickstart.sh --no-install >"$work/log" || {
    cat "$work/log"
    exit 1
}
build use hutong hutongd hutong-conform
