#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutongd's ZeroMQ outputs and the agent as a whole (EVE and CEF, a file and
# syslog, ZeroMQ and HTTPS), tested by hutong-conform.
# A sample of the catalogue; CONFORM_FULL=1 runs all of it (minutes).
set -eu
cd "$(dirname "$0")/../.."
bin=${HUTONG_BIN:-$PWD/build/debug/bin}
export HUTONG_BIN="$bin"
product="/usr/bin/python3 $PWD/tests/e2e/hutongd_product.py"
failed=0

# run ROLE PREFIX COMMAND [OPTION...]: all that is selected must pass.
run() {
    role=$1 only=$2 command=$3
    shift 3
    [ -z "${CONFORM_FULL:-}" ] || only=${only%%-*}
    if out=$("${HUTONG_CONFORM:-$bin/hutong-conform}" run --role "$role" --only "$only" --jobs 4 --exec "$command" "$@" 2>&1); then
        echo "ok   $role $only $*"
    else
        echo "FAIL $role $only"
        echo "$out" | head -40
        failed=1
    fi
}
run zmq_dealer ZD-ACK-01 "$product dealer --connect {host}:{port} --dir {dir}"
run zmq_dealer ZD-ZMTP-02 "$product dealer --connect {host}:{port} --dir {dir}"
run zmq_dealer ZD-CRV-00 "$product dealer --connect {host}:{port} --dir {dir} --curve-server-key {curve_server_key} --curve-secret {curve_client_secret}"
run zmq_push ZP-FRM-01 "$product push --connect {host}:{port} --dir {dir}"
run zmq_pub ZB-SUB-00 "$product pub --connect {host}:{port} --dir {dir}"
run agent AG-FAULT-00 "$product dealer --connect {host}:{port} --dir {dir} --input {input}"
run agent AG-FAULT-01 "$product https --url {url} --ca {ca} --token-file {token_file} --dir {dir} --input {input}" \
    --set scheme=https
run agent AG-MAP-0 "$product dealer --connect {host}:{port} --dir {dir} --input {input} --format cef" \
    --set input_format=cef
run agent AG-FLOW-0 "$product https --url {url} --ca {ca} --token-file {token_file} --dir {dir} --input-port {input_port} --format cef" \
    --set scheme=https --set input_format=cef
exit $failed
