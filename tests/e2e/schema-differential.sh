#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The checker and the exported JSON Schema judge alike.
here=$(dirname "$0")
exec /usr/bin/python3 "$here/schema-differential.py" \
    "${HUTONG_BIN:-$here/../../build/debug/bin}/hutong" "$@"
