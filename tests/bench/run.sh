#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CPU seconds per million events against syslog-ng and rsyslog in one run.
#   tests/bench/run.sh [normalize|daemon ...]   BENCH_LINES=1000000 BENCH_RUNS=5
# Builds as a package is built (packaging/optimise.sh), makes the corpus, unpacks the peers below
# build/bench (nothing is installed). FLUENT_BIT=/path/to/fluent-bit adds it.
set -eu
cd "$(dirname "$0")/../.."
[ -n "${HUTONG_BIN:-}" ] || sh packaging/optimise.sh >/dev/null
peers=build/bench/peers
if [ ! -x "$peers/usr/sbin/syslog-ng" ] || [ ! -x "$peers/usr/sbin/rsyslogd" ]; then
    mkdir -p "$peers/deb"
    (cd "$peers/deb" && apt-get download -qq syslog-ng-core syslog-ng-mod-http libivykis0 \
        libnet1 libwrap0 rsyslog libestr0 libfastjson4 liblognorm5 2>/dev/null)
    for d in "$peers"/deb/*.deb; do dpkg-deb -x "$d" "$peers"; done
fi
exec /usr/bin/python3 tests/bench/bench.py "$@"
