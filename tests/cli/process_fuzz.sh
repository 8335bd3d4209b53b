#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random system calls for a few seconds on each architecture, the same seeds in each run.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/process

for arch in x86_64 aarch64 riscv64; do
  status=0
  CALLS=400 "$here/fuzz" 600 $arch 1 7 >out 2>err || status=$?
  expect_status 0
  grep -q '^7 rounds, [1-9][0-9]* calls, ' out || fails "no calls on $arch"
done
