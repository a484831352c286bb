#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Refuses an include that breaks the layers of the architecture. One row: a
# folder, then the folders it may include from (itself is always allowed).
# Usage: tests/layers.sh [ROOT]; exit 1 when an arrow is wrong.
set -eu
root=${1:-$(dirname "$0")/..}
cd "$root"
bad=0
count=0

rule() {
    dir=$1
    shift
    [ -d "$dir" ] || return 0
    allowed="$dir/"
    for d in "$@"; do allowed="$allowed|$d/"; done
    count=$((count + $(find "$dir" -name '*.[ch]' | wc -l)))
    wrong=$(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"' "$dir" --include='*.[ch]' |
        grep -vE "^[^:]*:[0-9]*:[^\"]*\"($allowed)" | sort || true)
    [ -z "$wrong" ] && return 0
    bad=1
    echo "$wrong" | sed "s|\$|   <- $dir may not include this|"
}

rule formats/base
rule formats/json formats/base
rule formats/codec formats/json formats/base
rule formats/standard formats/json formats/base
rule formats/check formats/standard formats/json formats/base
rule formats/mapping formats/standard formats/json formats/base
rule transport formats/base
rule agent transport formats
rule conformance transport formats/check formats/standard formats/json formats/base

# formats/ is pure: no sockets, threads, clocks or files.
impure=$(grep -rnE '#[[:space:]]*include[[:space:]]+<(sys/socket|netinet/[a-z]+|pthread|threads|fcntl|sys/stat|unistd|event2/.*|zmq|curl/.*)\.h>' \
    formats --include='*.[ch]' || true)
if [ -n "$impure" ]; then
    bad=1
    echo "$impure" | sed 's|$|   <- formats/ has no system calls|'
fi
# Only the command line's entry points leave the process.
leaves=$(grep -rnE '(^|[^_a-z])(exit|abort|_exit)\(' formats transport --include='*.[ch]' || true)
if [ -n "$leaves" ]; then
    bad=1
    echo "$leaves" | sed 's|$|   <- a library does not end the process|'
fi
echo "layers: $count files checked"
exit $bad
