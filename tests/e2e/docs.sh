#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The commands of the README and of the tutorial, as they are written there.
exec /usr/bin/python3 "$(dirname "$0")/docs.py"
