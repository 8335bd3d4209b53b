#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# examples/copy copies a disk, virtio to virtio and virtio to NVMe, while frames are echoed and timers tick in the three
# classes; and all of it is in the trace.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
example=${BACTRIAN%/*}/examples/copy

head -c 16M /dev/urandom >from
for arch in x86_64 aarch64 riscv64; do
  for into in "virtio-blk-pci,drive=into,addr=7" "nvme,drive=into,serial=1,addr=7"; do
    rm -f into guest peer frames trace.json
    truncate -s 16M into
    python3 "$here/driver_copy/frames.py" "$PWD" >frames 2>&1 &
    peer=$!
    listens() { grep -qx ready frames; }
    wait_until listens
    bactrian run --arch $arch --cpus 2 --timeout 300 --trace trace.json \
      --qemu "-drive file=from,format=raw,if=none,id=from,snapshot=on -device virtio-blk-pci,drive=from,addr=6" \
      --qemu "-drive file=into,format=raw,if=none,id=into -device $into" \
      --qemu "-netdev dgram,id=net,local.type=unix,local.path=guest,remote.type=unix,remote.path=peer" \
      --qemu "-device virtio-net-pci,netdev=net,addr=5" "$example" -- 8
    kill $peer
    wait $peer || true
    expect_status 0
    expect_out "copied 16384 KiB"
    cmp from into || fails "$arch: the copy differs"
    grep -q '^echoed [1-9]' frames || fails "$arch: no frames came back"
    ! grep -qv -e ready -e echoed frames || fails "$arch: $(cat frames)"
    grep -Eq 'with [1-9][0-9]* frames echoed and [1-9][0-9]*, [1-9][0-9]*, [1-9][0-9]* ticks' err || fails "$arch: no ticks"
    for class in drivers "virtual processes" local; do
      grep -Eq "^$class: [1-9]" err || fails "$arch: $class had no turn"
    done
    python3 "$here/driver_copy/trace_check.py" trace.json "${into%%-*}" >checked 2>&1 || fails "$arch: the trace: $(tail -3 checked)"
  done
done
