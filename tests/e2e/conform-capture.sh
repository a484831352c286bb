#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong-conform over captures that tcpdump takes of real sockets on loopback.
exec /usr/bin/python3 "$(dirname "$0")/conform_capture.py"
