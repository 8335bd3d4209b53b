#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Drivers as fibers: virtio-rng, virtio-blk and NVMe on three architectures, with 1, 2 and 4 CPUs; driver_disks_large does
# the same with a disk of 1 GiB.
# What was written is what the host finds in the disk's file.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$PCI_ARCH" "\$@" -device virtio-rng-pci,addr=5 \\
  -drive file=$PWD/disk,format=raw,if=none,id=first,discard=unmap \\
  -device virtio-blk-pci,drive=first,addr=6,serial=first,num-queues=4 \\
  -drive file=$PWD/other,format=raw,if=none,id=second,read-only=on \\
  -device virtio-blk-pci,drive=second,addr=7,serial=second,disable-legacy=on \\
  -drive file=$PWD/third,format=raw,if=none,id=third,discard=unmap -device nvme,drive=third,addr=4,serial=third
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu
{ echo other && head -c 1048570 /dev/zero; } >other

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  for cpus in 1 2 4; do
    mib=8
    if [ $cpus = 2 ]; then mib=${DISK_MIB:-64}; fi
    rm -f disk third && truncate -s ${mib}M disk && truncate -s 8M third
    bactrian run --arch $arch --cpus $cpus --timeout 900 "$here/driver_disks" -- $cpus
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "all good" ] || fails "$arch with $cpus CPUs"
    grep -qx "$cpus queues" out || fails "$arch with $cpus CPUs: other queues"
    for file in disk third; do
      python3 "$here/driver_disks/compare.py" $file >differences || fails "$arch, $cpus CPUs, $file: $(cat differences)"
    done
  done
done
