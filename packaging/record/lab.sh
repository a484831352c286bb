#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The laboratory of the recordings, to be sourced: two network namespaces joined
# by one cable, with addresses of the documentation ranges (RFC 5737, RFC 3849).
# Sets $lab (a folder), $inside and $outside (namespaces); append what you start
# to $pids. Everything is gone when the script ends.
lab=$(mktemp -d)
chmod 755 "$lab"
inside=lab-in-$$ outside=lab-ex-$$
pids=

lab_clean() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    # What runs in the namespaces is ours alone.
    for ns in $inside $outside; do
        left=$(ip netns pids "$ns" 2>/dev/null || true)
        # shellcheck disable=SC2086
        [ -z "$left" ] || kill $left 2>/dev/null || true
        ip netns del "$ns" 2>/dev/null || true
    done
    rm -rf "$lab"
}

lab_side() { # namespace MAC addresses...
    ns=$1 mac=$2
    shift 2
    ip -n "$ns" link set lo up
    ip -n "$ns" link set lab0 address "$mac" up
    for a in "$@"; do
        ip -n "$ns" addr add "$a" dev lab0 nodad 2>/dev/null ||
            ip -n "$ns" addr add "$a" dev lab0
    done
    ip -n "$ns" route add default dev lab0
    ip -n "$ns" -6 route add default dev lab0
}

lab_wait() { # seconds command...: until it succeeds
    n=$(($1 * 5))
    shift
    until "$@" >/dev/null 2>&1; do
        n=$((n - 1))
        [ $n -gt 0 ] || { echo "the laboratory does not start: $*" >&2; exit 1; }
        sleep 0.2
    done
}

trap lab_clean EXIT INT TERM
ip netns add "$inside"
ip netns add "$outside"
ip link add lab0 netns "$inside" type veth peer name lab0 netns "$outside"
lab_side "$inside" 00:00:5e:00:53:20 192.0.2.20/32 192.0.2.50/32 2001:db8:1::20/128
lab_side "$outside" 00:00:5e:00:53:10 203.0.113.10/32 198.51.100.66/32 \
    198.51.100.53/32 2001:db8:2::10/128
