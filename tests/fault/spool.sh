#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The spool's fault tests with more cases than the unit run takes: power cuts,
# damage, deaths at every crash point.
#   tests/fault/spool.sh [BUILD]      BUILD: a build directory with crash points
#   HISTORIES=100000 DAMAGE=10 REPEATS=20: the numbers of the goals R4, R10, R3
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/debug}
fast=${FAST:-build/release}
[ -x "$fast/tests/agent_spool_test_power" ] || fast=$build
export HUTONG_HISTORIES="${HISTORIES:-20000}"
export HUTONG_DAMAGE="${DAMAGE:-4}"
export HUTONG_REPEATS="${REPEATS:-20}"
"$fast/tests/agent_spool_test_power"
"$fast/tests/agent_spool_test_damage"
"$build/tests/agent_spool_test_crash"
