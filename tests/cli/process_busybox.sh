#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Debian's static busybox as a process: a shell's scripts print what they print on Linux.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
provide=${BACTRIAN%/*}/toolchain/provide
script=$here/process/script.sh

busybox=$("$provide" busybox x86_64 2>err | tail -1) || skip "no busybox: $(tail -1 err)"
mkdir scratch
(cd scratch && "$busybox/busybox" sh "$script" "$busybox/busybox") >expected 2>expected.err || fails "the script on Linux"
[ "$(grep -c '^---' expected)" = 10 ] || fails "the script on Linux says $(cat expected)"

for arch in x86_64 aarch64 riscv64; do
  busybox=$("$provide" busybox $arch 2>err | tail -1) || skip "no busybox for $arch: $(tail -1 err)"
  bactrian run --as process --timeout 240 --cpus 2 --file "$script" "$busybox/busybox" -- \
    sh -c 'cd /tmp && exec /busybox sh /script.sh /busybox'
  expect_status 0
  diff expected out >difference || fails "busybox on $arch: $(cat difference)"
done
