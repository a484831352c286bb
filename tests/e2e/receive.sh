#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong receive against clients that share no code with it.
exec /usr/bin/python3 "$(dirname "$0")/receive.py"
