#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A short run of the kill -9 test; HUTONG_KILLS=100 for the long one.
exec /usr/bin/python3 "$(dirname "$0")/kill9.py"
