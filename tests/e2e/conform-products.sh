#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real products under hutong-conform: hutongd and `hutong receive`, rsyslog in
# both directions, and all of them with the reference products in a matrix.
exec /usr/bin/python3 "$(dirname "$0")/conform_products.py" "$@"
