#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hutongd's ZeroMQ outputs and the agent as a whole, tested by hutong-conform.
# A sample of the catalogue; CONFORM_FULL=1 runs all of it (minutes).
set -eu
cd "$(dirname "$0")/../.."
bin=${HUTONG_BIN:-$PWD/build/debug/bin}
export HUTONG_BIN="$bin"
product="/usr/bin/python3 $PWD/tests/e2e/hutongd_product.py"
failed=0

# run ROLE PREFIX COMMAND: all that is selected must pass.
run() {
    role=$1 only=$2 command=$3
    [ -z "${CONFORM_FULL:-}" ] || only=${only%%-*}
    if out=$("$bin/hutong-conform" run --role "$role" --only "$only" --jobs 4 --exec "$command" 2>&1); then
        echo "ok   $role $only"
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
exit $failed
