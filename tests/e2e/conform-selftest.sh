#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The self-test of the tester: rules of verdicts, single-fault documents, deletions
# from the catalogue, faults in the tester itself, a sample of mutants over the roles
# and of dumb products, the references in every role. CONFORM_FULL=1 tries everything.
set -eu
cd "$(dirname "$0")/../.."
. tests/node-modules.sh
export PATH="$PWD/build/debug/bin:$PWD/build/debug/tests:$PATH"
exec /usr/bin/python3 tests/e2e/conform_selftest.py
