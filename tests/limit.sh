#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit.sh SECONDS COMMAND...: the status of COMMAND, or 124 when it had to be
# ended; then the output says what was running, so that a test that hangs on
# another machine can be understood from its log.
set -u
seconds=${1:?limit.sh SECONDS COMMAND...}
shift
setsid "$@" &
test=$!
# shellcheck disable=SC2016 # expanded by the shell that setsid starts
setsid sh -c 'sleep "$1"
    kill -0 "$4" || exit
    echo "FAIL: not done after $1 s, ended; what was running:"
    ps -o pid,ppid,etimes,stat,wchan:20,args --forest -e | grep -v "\[.*\]$" | cut -c1-200
    : >"$3"
    kill -TERM -- "-$2"
    sleep 15
    kill -KILL -- "-$2"' watch "$seconds" "$test" "${TMPDIR:-/tmp}/hutong-limit.$$" $$ 2>/dev/null &
watch=$!
trap 'kill -TERM -- "-$test" "-$watch" 2>/dev/null' INT TERM
wait "$test"
status=$?
# by both names: a quick test may end before the watch leads a group
kill -TERM -- "-$watch" "$watch" 2>/dev/null
if [ -e "${TMPDIR:-/tmp}/hutong-limit.$$" ]; then
    rm -f "${TMPDIR:-/tmp}/hutong-limit.$$"
    status=124
fi
exit $status
