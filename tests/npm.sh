#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# npm.sh FOLDER PACKAGE...: npm packages below FOLDER (without PACKAGE: those of
# its package.json). npm waits minutes for a registry that does not answer, over
# and over; a test run may not.
set -eu
folder=${1:?npm.sh FOLDER PACKAGE...}
shift
mkdir -p "$folder"
exec timeout -k 5 "${NPM_SECONDS:-120}" npm install --prefix "$folder" --no-audit --no-fund \
    --no-update-notifier --loglevel=error --fetch-timeout=30000 --fetch-retries=1 "$@"
