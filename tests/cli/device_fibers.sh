#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Fibers await the interrupts of several devices, which copy by DMA, with other fibers busy: on 1 and 4 CPUs.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

program=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/device_fibers

cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$PCI_ARCH" "\$@" -global edu.dma_mask=0xffffffffffff \\
  -device edu,addr=5 -device edu,addr=6 -device edu,addr=7
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  case $arch in
    riscv64) way=pin ;;
    *) way=msi ;;
  esac
  for cpus in 1 4; do
    bactrian run --arch $arch --cpus $cpus --timeout 180 "$program" -- $way $cpus
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "all came" ] || fails "$arch with $cpus CPUs"
    [ "$(grep -c '^edu .: 300$' out)" = 3 ] || fails "$arch with $cpus CPUs: not all devices"
  done
done
