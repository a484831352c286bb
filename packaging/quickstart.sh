#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job on this machine, from nothing: installs what is needed, builds,
# starts two receivers (ZeroMQ and TLS HTTP, throw-away certificate) and the
# agent on real input, shows the records that arrive and the balance.
#
#   sh packaging/quickstart.sh               everything
#   sh packaging/quickstart.sh --no-install  packages are there already
#   sh packaging/quickstart.sh --keep        leave the working folder for a look
# PRESET=debug (or another of CMakePresets.json) in place of release.
set -eu
cd "$(dirname "$0")/.."
install=yes
keep=no
for arg in "$@"; do
    case $arg in
    --no-install) install=no ;;
    --keep) keep=yes ;;
    *)
        sed -n '3,10p' "$0" | sed 's/^# \{0,1\}//'
        exit 2
        ;;
    esac
done

say() { printf '\n== %s\n' "$*"; }

say "build"
[ $install = no ] || sh packaging/install-deps.sh
preset=${PRESET:-release}
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)" --target hutong hutongd
bin=$PWD/build/$preset/bin
recordings=$PWD/tests/golden/recordings
"$bin/hutong" --version

work=$(mktemp -d /tmp/hutong-quickstart-XXXXXX)
pids=
cleanup() {
    # shellcheck disable=SC2086 # a list of process ids
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    if [ $keep = yes ]; then
        echo "kept: $work"
    else
        rm -rf "$work"
    fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say "throw-away certificate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -keyout "$work/key.pem" -out "$work/cert.pem" -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
chmod 600 "$work/key.pem"
head -c 24 /dev/urandom | base64 >"$work/token"
chmod 600 "$work/token"

# wait_for FILE: a port file that a receiver writes when it listens.
wait_for() {
    for _ in $(seq 100); do
        [ -s "$1" ] && return 0
        sleep 0.1
    done
    echo "quickstart: nothing listens ($1); see $work" >&2
    exit 69
}

say "receivers"
"$bin/hutong" receive --quiet --zmq tcp://127.0.0.1:0 --port-file "$work/zmq.port" \
    --store "$work/zmq.ndjson" &
pids="$pids $!"
"$bin/hutong" receive --quiet --https 127.0.0.1:0 --port-file "$work/https.port" \
    --cert "$work/cert.pem" --key "$work/key.pem" --token-file "$work/token" \
    --store "$work/https.ndjson" &
pids="$pids $!"
wait_for "$work/zmq.port"
wait_for "$work/https.port"
echo "ZeroMQ on port $(cat "$work/zmq.port"), HTTPS on port $(cat "$work/https.port")"

cat >"$work/hutong.yaml" <<YAML
version: 1
agent: {id: quickstart, data_dir: $work/data}
metrics: {listen: "127.0.0.1:0"}
inputs:
  host: {type: host}
  suricata: {type: file, path: "$recordings/suricata/*.json", mapping: suricata-eve, once: true}
  modsecurity: {type: file, path: "$recordings/modsecurity/*.json", mapping: modsecurity-json, once: true}
  firewall: {type: file, path: "$recordings/cef/*.log", mapping: cef-generic, once: true}
outputs:
  zmq: {type: zmq, endpoint: "tcp://127.0.0.1:$(cat "$work/zmq.port")", digest: sm3}
  https:
    type: https
    url: https://localhost:$(cat "$work/https.port")/interconn/v1/data
    ca: $work/cert.pem
    token_file: $work/token
    digest: sha256
YAML
chmod 600 "$work/hutong.yaml"
"$bin/hutong" check --level environment "$work/hutong.yaml"

say "agent: this host's inventory, recorded Suricata, ModSecurity and CEF alerts"
"$bin/hutongd" -c "$work/hutong.yaml" &
agent=$!
pids="$pids $agent"

socket=$work/data/control.sock
balanced=no
for _ in $(seq 300); do
    sleep 0.1
    status=$("$bin/hutong" status --json --socket "$socket" 2>/dev/null) || continue
    [ "$(echo "$status" | tr ',{' '\n\n' | grep -c '"queued":0')" -eq 2 ] || continue
    echo "$status" | grep -q '"name":"host","type":"host","frames":0' && continue
    lines=$(cat "$work/https.ndjson" 2>/dev/null | wc -l)
    [ "$lines" -gt 0 ] && [ "$lines" = "${before:-}" ] && balanced=yes && break
    before=$lines
done
if [ $balanced = no ]; then
    echo "quickstart: not everything arrived in 30 s; --keep leaves the logs" >&2
    "$bin/hutong" status --socket "$socket" || true
    exit 1
fi

say "records that arrived over ZeroMQ (first alert, first asset)"
grep -m1 '"info_type":"alert"' "$work/zmq.ndjson" | cut -c1-900
grep -m1 '"info_type":"asset"' "$work/zmq.ndjson" | cut -c1-900
say "records by kind"
for f in zmq https; do
    for kind in alert asset; do
        printf '%-6s %-6s %s\n' "$f" "$kind" "$(grep -c "^{\"info_type\":\"$kind\"" "$work/$f.ndjson")"
    done
done

say "check of everything that arrived"
"$bin/hutong" validate "$work/zmq.ndjson" "$work/https.ndjson"

say "balance"
"$bin/hutong" status --socket "$socket"
"$bin/hutong" status --json --socket "$socket" | grep -q '"unaccounted":0,"inputs"' ||
    { echo "quickstart: the balance does not hold" >&2; exit 1; }

kill -TERM "$agent"
wait "$agent"
echo
echo "unaccounted 0; everything that went in came out, over both ways."
