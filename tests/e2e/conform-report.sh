#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reports, signatures, comparison and binding of hutong-conform: each form
# against its schema, a signed run folder against 1,000 flipped bits, the page
# in a real browser.
exec /usr/bin/python3 "$(dirname "$0")/conform_report.py"
