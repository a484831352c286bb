#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reference peers of family A: each role against its counterpart and hutong, a
# sample of the seeded faults (PEERS_FULL=1: all).
exec /usr/bin/python3 "$(dirname "$0")/../peers/py/test_peers.py" ${PEERS_FULL:+--full}
