#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is needed, builds, runs every test. Ends with "N passed, N
# failed" and exits with 1 when any failed.
#
#   tests/run.sh            everything (20 to 24 minutes on 2 cores)
#   tests/run.sh --quick    without sanitizer builds, fuzzing and clang
#   tests/run.sh --only X   only the steps whose name contains X
#
# Logs: build/logs/<step>.log. FUZZ_SECONDS sets the time of each fuzz target,
# STEP_SECONDS the longest that a test may take.
set -u
cd "$(dirname "$0")/.." || exit 2
quick=no
only=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --only)
        only=${2:?--only wants a word}
        shift
        ;;
    *)
        sed -n '3,12p' "$0" | sed 's/^# \{0,1\}//'
        exit 2
        ;;
    esac
    shift
done
: "${FUZZ_SECONDS:=10}"
export STEP_SECONDS="${STEP_SECONDS:-900}"
jobs=$(nproc)
export CTEST_PARALLEL_LEVEL=$((jobs + 1)) # some wait
export PATH="$PWD/build/debug/bin:$PATH"
mkdir -p build/logs
passed=0
failed=0
skipped=0
failures=

wanted() {
    case $1 in *"$only"*) return 0 ;; esac
    return 1
}

result() { # NAME STATUS SECONDS
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok    $1 (${3}s)"
    else
        failed=$((failed + 1))
        failures="$failures $1"
        echo "FAIL  $1 (${3}s), the end of build/logs/$1.log:"
        tail -n 40 "build/logs/$1.log" | sed 's/^/    /'
    fi
    if grep -q '^SKIP' "build/logs/$1.log"; then
        skipped=$((skipped + 1))
        grep '^SKIP' "build/logs/$1.log" | sort | uniq -c | sed 's/^/    /'
    fi
}

# step NAME COMMAND...: one test of the count.
step() {
    name=$1
    shift
    wanted "$name" || return 0
    start=$(date +%s)
    "$@" >"build/logs/$name.log" 2>&1
    result "$name" $? $(($(date +%s) - start))
}

# pool: tests side by side; each line of standard input is how many cores a test
# keeps busy, its name and its command (pool.py). More at a time than the cores
# bear would end sooner, but what waits for a product then waits too short.
pool() {
    while read -r cores name command; do
        wanted "$name" && echo "$cores $name $command"
    done >build/logs/pool
    python3 tests/pool.py "$STEP_SECONDS" "$jobs.3" <build/logs/pool
    while read -r cores name command; do
        read -r status seconds <"build/logs/$name.status"
        result "$name" "$status" "$seconds"
    done <build/logs/pool
}

# units NAME PRESET [ctest options]: every unit test is one of the count.
units() {
    name=$1
    preset=$2
    shift 2
    wanted "$name" || return 0
    start=$(date +%s)
    ctest --preset "$preset" --no-tests=error --output-on-failure --timeout 300 "$@" \
        >"build/logs/$name.log" 2>&1
    status=$?
    # what the failing ones said, again at the end, where it is read
    awk '/\*\*\*[^S]/ {show = 40} /^ *Start / || /tests passed/ {show = 0}
         show-- > 0' "build/logs/$name.log" >"build/logs/$name.said"
    cat "build/logs/$name.said" >>"build/logs/$name.log"
    bad=$(sed -n 's/.* tests passed, \([0-9]*\) tests failed out of.*/\1/p' "build/logs/$name.log")
    all=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "build/logs/$name.log")
    if [ "$status" -eq 0 ] && [ "${all:-0}" -gt 1 ]; then
        passed=$((passed + all - 1))
    elif [ "${bad:-0}" -gt 0 ]; then
        failed=$((failed + bad - 1))
        passed=$((passed + all - bad))
    fi
    result "$name" "$status" $(($(date +%s) - start))
}

build() { # PRESET [TARGET...]
    preset=$1
    shift
    cmake --preset "$preset" -DWERROR=ON &&
        cmake --build --preset "$preset" -j "$jobs" --target "${@:-all}"
}

ended() { # PROCESS LOG: as the process in the background ended
    wait "$1"
    status=$?
    cat "$2"
    return "$status"
}

unit_targets() {
    for file in tests/unit/*/test_*.c; do
        echo "$(basename "$(dirname "$file")")_$(basename "$file" .c)"
    done
}

# modules without a thread have nothing to race, nor has a spool without its own
alone='formats_|conformance_(bind|capture|evidence|ledger|selftest|verdict)|agent_spool.test_(damage|errors|nomem|policy|power)'

echo "== build"
step install sh packaging/install-deps.sh --unit
# the tools that the other tests run come while the compiler works
wanted install-tools && sh packaging/install-deps.sh --tests >build/logs/tools.log 2>&1 &
installing=$!
step build-gcc build debug
step build-gcc-release build release hutong hutongd hutong-conform agent_spool_test_power agent_spool_test_damage
if [ $quick = no ]; then
    # one build for the tests under ASan and UBSan and for the fuzz targets
    step build-clang-asan build fuzz
    # shellcheck disable=SC2046 # a list of targets
    step build-tsan build tsan $(unit_targets | grep -vE "^($alone)")
fi
step install-tools ended "$installing" build/logs/tools.log
# the tester that its tests run is the one that is installed
[ ! -x build/release/bin/hutong-conform ] || export HUTONG_CONFORM="$PWD/build/release/bin/hutong-conform"

echo "== source"
for check in layers sizes format data-lint messages; do
    echo "1 $check sh tests/$check.sh"
done >build/logs/list
pool <build/logs/list

echo "== unit"
units unit debug

echo "== golden, contract, end to end"
{
    echo 1.6 e2e-conform-selftest sh tests/e2e/conform-selftest.sh # the longest begins first
    for script in tests/golden/*.sh tests/contract/*.sh tests/e2e/*.sh tests/fault/*.sh; do
        [ -e "$script" ] && [ "$script" != tests/e2e/conform-selftest.sh ] || continue
        case $script in
        */schema*.sh | */openapi.sh) cores=1 ;;
        *) cores=0.7 ;; # waits as well
        esac
        echo $cores "$(basename "$(dirname "$script")")-$(basename "$script" .sh)" sh "$script"
    done
    echo 1 quickstart sh packaging/quickstart.sh --no-install
} >build/logs/list
pool <build/logs/list

if [ $quick = no ]; then
    echo "== sanitizers"
    units unit-asan fuzz
    units unit-tsan tsan -E "unit/($alone)"
    echo "== fuzz, ${FUZZ_SECONDS}s each"
    for target in build/fuzz/fuzz/fuzz_*; do
        [ -x "$target" ] || continue
        echo "1 $(basename "$target") sh tests/fuzz/run.sh $target $FUZZ_SECONDS"
    done >build/logs/list
    pool <build/logs/list
fi

echo
[ -z "$failures" ] || echo "failed:$failures"
[ "$skipped" -eq 0 ] || echo "steps with skipped parts: $skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
