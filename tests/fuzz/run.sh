#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes a target for some seconds, the saved corpus first.
#   tests/fuzz/run.sh build/fuzz/fuzz/fuzz_json 10
# New inputs go to build/fuzz/corpus/<name>; a crash is left beside it. One input
# may take FUZZ_TIMEOUT seconds of the clock: on a shared machine a few are what
# the scheduler takes, not the parser.
set -eu
: "${FUZZ_TIMEOUT:=30}"
target=${1:?target} seconds=${2:-10}
name=$(basename "$target" | sed 's/^fuzz_//')
saved=$(dirname "$0")/corpus/$name
work=$(dirname "$target")/../corpus/$name
mkdir -p "$work"
if [ ! -d "$saved" ] || [ -z "$(ls "$saved")" ]; then
    echo "no saved corpus in tests/fuzz/corpus/$name"
    exit 1
fi
exec "$target" -max_total_time="$seconds" -timeout="$FUZZ_TIMEOUT" -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$work/" "$work" "$saved"
