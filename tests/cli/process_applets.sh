#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Many of the programs of Debian's static busybox as processes: they print what they print on Linux.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
provide=${BACTRIAN%/*}/toolchain/provide
script=$here/process/applets.sh

for arch in x86_64 aarch64 riscv64; do
  busybox=$("$provide" busybox $arch 2>err | tail -1) || skip "no busybox for $arch: $(tail -1 err)"
  # The same release, of another architecture, as far as there is one.
  if [ $arch = x86_64 ]; then
    mkdir scratch
    (cd scratch && "$busybox/busybox" sh "$script" "$busybox/busybox") >expected 2>expected.err </dev/null || fails "the script on Linux"
    [ "$(grep -c '^---' expected)" = 15 ] || fails "the script on Linux says $(cat expected)"
  fi
  bactrian run --as process --arch $arch --timeout 240 --cpus 2 --file "$script" --file "$busybox/busybox:/bin/sh" "$busybox/busybox" -- \
    sh -c 'cd /tmp && exec /busybox sh /applets.sh /busybox'
  expect_status 0
  diff expected out >difference || fails "busybox on $arch: $(cat difference)"
done
