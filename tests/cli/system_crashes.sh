#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
# limit: 5400
# A server is killed and started again a thousand times on each architecture: each time it serves again, and memory is what it was.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

examples=${BACTRIAN%/*}/examples
cycles=1000
first=50

mkdir -p root/etc/init.d
cat >root/etc/init.d/ticker.toml <<'END'
program = "/bin/ticker"
pause = 0.01
longest_pause = 0.01
[namespace]
serves = ["ticker"]
[health]
scheme = "ticker"
END
printf 'kind = "system"\ndata = "16M"\ndata_from = "root"\n[programs]\n"/bin/ticker" = "%s"\n' "$examples/system/ticker" >system.toml

kills() { # COUNT
  echo "for n in \$(seq $1); do service kill ticker; until cat /scheme/ticker/count >/scheme/null 2>/scheme/null; do sleep 0.01; done; done"
}
{
  kills $first
  echo 'grep free /scheme/sys/memory'
  for ((n = 0; n < cycles; n += 100)); do kills 100; done
  printf 'grep free /scheme/sys/memory\nservice ticker\npoweroff\n'
} >script

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o disk.img
  expect_status 0
  status=0
  "$BACTRIAN" run --arch $arch --cpus 2 --timeout 1500 disk.img <script >out 2>err || status=$?
  expect_status 0
  sed 's/^\(\/ \$ \)*//' out >answers
  grep -qE "^ticker  *up .*started $((1 + first + cycles)) times, last status 137" answers || fails "$arch: not $cycles crashes"
  sed -n 's/^free \([0-9]*\)$/\1/p' answers >free
  [ "$(wc -l <free)" = 2 ] || fails "$arch: no figures of memory"
  lost=$(($(sed -n 1p free) - $(sed -n 2p free)))
  echo "$arch: $cycles crashes, $lost bytes fewer are free"
  [ $lost -lt 4000000 ] || fails "$arch: memory is lost"
done
