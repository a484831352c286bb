#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong-conform proxy between two reference products: clean pairs pass, a seeded
# fault is found, bytes go over unchanged, what is encrypted is said.
exec /usr/bin/python3 "$(dirname "$0")/conform_proxy.py"
