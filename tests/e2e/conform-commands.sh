#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong-conform preflight, explain, list and plan: what they say, in both
# languages and as JSON, and how they exit.
exec /usr/bin/python3 "$(dirname "$0")/conform_commands.py"
