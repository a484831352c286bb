#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-format 14 would change nothing.
set -eu
cd "$(dirname "$0")/.."
git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format --dry-run -Werror
echo "format: $(git ls-files -co --exclude-standard '*.c' '*.h' | wc -l) files checked"
