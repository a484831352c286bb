#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The reference products of family B, against each other and against hutong.
set -eu
cd "$(dirname "$0")/../.."
. tests/node-modules.sh
exec node tests/peers/node/test.mjs build/debug/bin build/debug/tests/peer_broker
