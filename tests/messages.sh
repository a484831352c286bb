#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each error and diagnostic of the sources has a Chinese row, each row a use; and the
# check itself sees it when a row or a use is gone or slots do not agree.
set -eu
cd "$(dirname "$0")/.."
/usr/bin/python3 tests/messages.py
catalogue=formats/base/data/messages.zh.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/formats/base/data"
for folder in agent transport conformance; do ln -s "$PWD/$folder" "$work/$folder"; done
for folder in check codec json mapping standard; do
    cp -R "formats/$folder" "$work/formats/$folder"
done
cp formats/base/*.[ch] "$work/formats/base/"

# refuses WORD SED: the check fails, and says WORD, once the catalogue is edited so.
refuses() {
    sed "$2" "$catalogue" >"$work/$catalogue"
    if cmp -s "$catalogue" "$work/$catalogue"; then
        echo "messages.sh: the edit changes nothing: $2"
        exit 1
    fi
    if /usr/bin/python3 tests/messages.py "$work" >"$work/said"; then
        echo "messages.sh: not seen: $2"
        exit 1
    fi
    grep -qF -- "$1" "$work/said"
}
refuses 'no Chinese row' '/en: "the spool is full"/d'
refuses 'no source says this' 's/en: "the spool is full"/en: "the spool is overfull"/'
refuses 'has the slots' 's/\(en: "segment of format version %u.*\){2}/\1/'
refuses 'stands twice' '/en: "the spool is full"/p'
