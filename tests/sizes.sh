#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No function over 80 lines, no file over 800, no header over 800, outside the
# tests; functions over 50 and files over 400 are listed as a reminder.
set -eu
cd "$(dirname "$0")/.."
files=$(git ls-files -co --exclude-standard 'agent/*.[ch]' 'formats/*.[ch]' 'transport/*.[ch]' 'conformance/*.[ch]')
bad=0
for f in $files; do
    n=$(wc -l <"$f")
    if [ "$n" -gt 800 ]; then
        echo "over 800 lines: $f ($n)"
        bad=1
    elif [ "$n" -gt 400 ]; then
        echo "note: over 400 lines: $f ($n)"
    fi
done
# shellcheck disable=SC2086 # a list of files
long=$(ctags -x --c-kinds=f --fields=+ne --_xformat='%{name} %{input} %{line} %{end}' $files |
    awk 'NF >= 4 && $4 - $3 + 1 > 50 {print ($4 - $3 + 1 > 80 ? "over 80 lines: " : "note: over 50 lines: ") $2 ":" $3 " " $1 " (" $4 - $3 + 1 ")"}')
[ -z "$long" ] || echo "$long"
case $long in *"over 80 lines"*) bad=1 ;; esac
echo "sizes: $(echo "$files" | wc -l) files checked"
exit $bad
