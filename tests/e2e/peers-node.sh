#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The reference products of family B, against each other and against hutong.
set -eu
cd "$(dirname "$0")/../.."
modules=$PWD/build/peers-node
if [ ! -d "$modules/node_modules/kafkajs" ]; then
    mkdir -p "$modules"
    cp tests/peers/node/package.json "$modules/"
    sh tests/npm.sh "$modules" >/dev/null 2>&1 ||
        echo "SKIP kafkajs: npm cannot install it"
fi
[ -d "$modules/node_modules/kafkajs" ] && export NODE_MODULES="$modules/node_modules"
exec node tests/peers/node/test.mjs build/debug/bin build/debug/tests/peer_broker
