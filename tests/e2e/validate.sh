#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutong validate on every kind of input: exit status, words, JSON, memory.
exec /usr/bin/python3 "$(dirname "$0")/validate.py"
