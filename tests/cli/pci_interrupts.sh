#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Devices interrupt: by MSI-X and MSI on x86_64 and aarch64, by pins on all three, behind bridges too.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

program=$(cd "${BASH_SOURCE[0]%/*}" && pwd)/pci_interrupts

cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$PCI_ARCH" "\$@" \\
  -device pcie-root-port,id=root,chassis=1,slot=1 -device e1000e,bus=root -device edu,addr=5 \\
  -device pcie-pci-bridge,id=bridge -device edu,bus=bridge,addr=2
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  case $arch in
    x86_64) ways=("msi-x msi msi" "msi-x pin pin") ;;
    aarch64) ways=("msi-x msi pin") ;;
    riscv64) ways=("none pin pin") ;;
  esac
  for cpus in 1 2; do
    for set in "${ways[@]}"; do
      # shellcheck disable=SC2086 # three words
      bactrian run --arch $arch --cpus $cpus --timeout 120 "$program" -- $set
      [ "$status" = 0 ] && [ "$(tail -1 out)" = "all came" ] || fails "$arch with $cpus CPUs: $set"
    done
  done
done
