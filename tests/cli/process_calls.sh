#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Each system call, with good arguments and with bad ones: a process is answered what Linux answers here, but for the lines of
# process/calls/differences.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/process/calls

bactrian run --target hosted --timeout 120 "$here"
expect_status 0
[ "$(wc -l <out)" -gt 1500 ] || fails "the calls on Linux: $(wc -l <out) lines"
cp out expected
grep -v '^#' "$here/differences" | grep . | sort >allowed

for arch in x86_64 aarch64 riscv64; do
  bactrian run --as process --arch $arch --timeout 240 "$here"
  expect_status 0
  [ "$(wc -l <out)" = "$(wc -l <expected)" ] || fails "$arch: $(wc -l <out) lines"
  diff expected out | sed -n 's/^> //p' | sort >different
  diff allowed different >difference || fails "$arch differs (<: not any more, >: newly): $(cat difference)"
done
