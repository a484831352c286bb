#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real products under hutong-conform: hutongd and `hutong receive`, rsyslog in
# both directions, syslog-ng, and producers and consumers in a matrix.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# Debian's syslog-ng conflicts with rsyslog, so it is unpacked and not installed.
ng=$here/../../build/products/syslog-ng
if [ -z "${SYSLOG_NG:-}" ] && [ ! -x /usr/sbin/syslog-ng ]; then
    if [ ! -x "$ng/usr/sbin/syslog-ng" ] && command -v apt-get >/dev/null; then
        mkdir -p "$ng/packages"
        (cd "$ng/packages" && apt-get download -qq syslog-ng-core libivykis0 libnet1 libwrap0 libpcre3 >/dev/null 2>&1 &&
            for p in *.deb; do dpkg-deb -x "$p" ..; done) || echo "syslog-ng cannot be fetched"
    fi
    if [ -x "$ng/usr/sbin/syslog-ng" ]; then
        SYSLOG_NG=$(cd "$ng" && pwd)
        export SYSLOG_NG
    fi
fi
exec /usr/bin/python3 "$here/conform_products.py" "$@"
