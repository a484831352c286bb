# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# To be read by a test in the top folder: NODE_MODULES is where the packages of the
# peers in tests/peers/node are, installed when they are not; one test at a time.
modules=$PWD/build/peers-node
mkdir -p "$modules"
exec 9>"$modules/lock"
flock 9
if [ ! -d "$modules/node_modules/kafkajs" ]; then
    cp tests/peers/node/package.json "$modules/"
    sh tests/npm.sh "$modules" >/dev/null 2>&1 || echo "SKIP kafkajs: npm cannot install it"
fi
exec 9>&-
[ ! -d "$modules/node_modules/kafkajs" ] || export NODE_MODULES="$modules/node_modules"
# What a product trusts it is told by its test; reading all of a machine's
# certificates would be a third of what its start costs.
unset NODE_EXTRA_CA_CERTS
