#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Streams that a process serves: who does not want to wait is told how it is, however slow the server is, and one who does waits.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

mkdir -p root/etc/init.d
printf 'program = "/bin/feed"\npause = 0.01\n[namespace]\nserves = ["feed"]\n' >root/etc/init.d/feed.toml
printf 'kind = "system"\ndata = "16M"\ndata_from = "root"\n[programs]\n"/bin/feed" = "%s"\n' "$here/system_streams" >system.toml
cat >expected <<'END'
feed: empty: Resource temporarily unavailable, ready w
feed: written: 5
feed: some: ready rw, hello
feed: full: 8, Resource temporarily unavailable, ready r
feed: read: 12345678
feed: waits: late
feed: waits for one: late
feed: in a while: 0
feed: a signal: Interrupted system call
feed: the end: No such device
END

for arch in x86_64 aarch64 riscv64; do
  status=0
  "$BACTRIAN" run --system --arch $arch --cpus 2 --timeout 120 system.toml >out 2>err <<'END' || status=$?
until cat /scheme/feed/state >/scheme/null 2>/scheme/null; do sleep 0.05; done
feed client
poweroff
END
  expect_status 0
  sed 's/^\(\/ \$ \)*//' out | grep '^feed: ' | diff expected - >differences || fails "$arch: $(cat differences)"
done
