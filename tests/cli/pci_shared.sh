#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Several devices on one interrupt line: nobody's interrupt is lost, and there is no storm; one of them is behind a bridge.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

program=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/pci_shared

# Pins are turned by the device's number, also behind a bridge: 5, 9 and 13 (d) meet, as do the bridge's 6 and 3 behind it.
cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$PCI_ARCH" "\$@" -device edu,addr=5 -device edu,addr=9 -device edu,addr=d \\
  -device pcie-pci-bridge,id=bridge,addr=6 -device edu,bus=bridge,addr=3
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  for cpus in 1 2; do
    bactrian run --arch $arch --cpus $cpus --timeout 180 "$program"
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "4 devices: all came" ] || fails "$arch with $cpus CPUs"
  done
done
