#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong-conform over HTTP: both references of the server roles, dumb products,
# replay of a whole failing run, an interrupted run, expected deviations.
exec /usr/bin/python3 "$(dirname "$0")/conform-net.py"
