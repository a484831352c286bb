#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records EVE JSON by running Suricata on traffic made here: two network
# namespaces, servers and clients of traffic.py, tcpdump between them, Suricata
# over the capture twice: as a sensor, and inline (drops).
# Usage (root): packaging/record/suricata/record.sh OUTPUT_DIR
# Needs: suricata tcpdump iproute2 iputils-ping openssh-server openssh-client
#        openssl python3
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)
. "$here/../lab.sh"

cd "$lab"
mkdir -p /run/sshd # OpenSSH wants it; systemd would make it
ssh-keygen -q -t ed25519 -N '' -C lab -f host_key
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/O=Lab/CN=Lab Untrusted CA" \
    -keyout untrusted.key -out untrusted.pem 2>/dev/null
ip netns exec "$inside" tcpdump -q -U -s 0 -i lab0 -w lab.pcap 2>/dev/null &
pids="$pids $!"
for s in inside outside; do
    [ $s = inside ] && ns=$inside || ns=$outside
    LAB=$lab ip netns exec "$ns" /usr/bin/python3 "$here/traffic.py" serve $s &
    pids="$pids $!"
done
lab_wait 10 test -e ready-inside -a -e ready-outside
ip netns exec "$outside" /usr/bin/python3 "$here/traffic.py" client outside
ip netns exec "$inside" /usr/bin/python3 "$here/traffic.py" client inside
sleep 1

run() { # name, time zone, options
    name=$1 zone=$2
    shift 2
    mkdir "$name"
    TZ=$zone suricata -c "$here/eve.yaml" -S "$here/lab.rules" -r lab.pcap -k none \
        -l "$name" --runmode single "$@" >"$name.out" 2>&1 ||
        { cat "$name.out" >&2; exit 1; }
    if grep -E '^E' "$name.out" >&2; then # a signature that does not load
        exit 1
    fi
}
run ids Asia/Shanghai
cp ids/eve.json "$out/ids.eve.json"
# Inline, what differs is interesting: verdicts.
run ips UTC --simulate-ips
grep -E '"event_type":"(alert|drop)"' ips/eve.json >"$out/ips.eve.json"
echo "recorded in $out:"
for f in ids ips; do
    printf '  %s.eve.json: %s events, %s alerts\n' $f "$(wc -l <"$out/$f.eve.json")" \
        "$(grep -c '"event_type":"alert"' "$out/$f.eve.json")"
done
