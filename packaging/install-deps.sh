#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what building (default), also building the tests (--unit) or running
# all of them (--tests) need on Debian 12.
# Does nothing when all packages are there already.
set -eu

build="gcc libc6-dev cmake ninja-build pkg-config libyaml-dev libpcre2-dev libssl-dev
libcurl4-openssl-dev libzmq3-dev libevent-dev libsqlite3-dev zlib1g-dev openssl
librdkafka-dev"
unit="libcmocka-dev libjson-c-dev clang lld llvm libclang-rt-14-dev"
tests="tcpdump rsyslog rsyslog-openssl clang-format python3 python3-jsonschema
python3-zmq python3-kafka python3-yaml curl jq iproute2 universal-ctags procps git libxml2-utils chromium fonts-noto-cjk
poppler-utils"

case ${1:-} in
--unit) wanted="$build $unit" ;;
--tests)
    wanted="$build $unit $tests"
    # Any Node.js from 18 on will do, wherever it came from.
    { command -v node && command -v npm; } >/dev/null || wanted="$wanted nodejs npm"
    ;;
*) wanted=$build ;;
esac

missing=
for p in $wanted; do
    dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $p"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "these packages are missing; run as root or: sudo apt-get install$missing" >&2
    exit 69
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing >/dev/null
