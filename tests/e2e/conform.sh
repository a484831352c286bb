#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong-conform against hutong's own records, seeded faults, dumb products,
# altered run folders and altered catalogues.
exec /usr/bin/python3 "$(dirname "$0")/conform.py"
