#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The agent end to end: bad input, reload, metrics, dead destination, balance.
exec /usr/bin/python3 "$(dirname "$0")/agent.py"
