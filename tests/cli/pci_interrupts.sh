#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Devices interrupt: by MSI-X and MSI (a local APIC, a GICv2m, an ITS, IMSICs), and by pins (an I/O APIC, a GIC, a
# PLIC, an APLIC to harts and to IMSICs); behind bridges, too.
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

# ARCH MACHINE WAYS: what the e1000e, the edu beside it and the edu behind a bridge to old PCI interrupt by
while read -r arch machine ways; do
  export PCI_ARCH=$arch
  for cpus in 1 2; do
    # shellcheck disable=SC2086 # three words
    bactrian run --arch $arch --machine "$machine" --cpus $cpus --timeout 120 "$program" -- $ways </dev/null
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "all came" ] || fails "$arch $machine with $cpus CPUs: $ways"
  done
done <<END
x86_64 q35 msi-x msi msi
x86_64 q35 msi-x pin pin
aarch64 virt msi-x msi pin
aarch64 virt,gic-version=3 msi-x msi msi
riscv64 virt none pin pin
riscv64 virt,aia=aplic none pin pin
riscv64 virt,aia=aplic-imsic msi-x msi msi
END

# By firmware, which has placed the functions and turned them off again; on aarch64 it tells of the machine by ACPI.
while read -r arch machine ways; do
  export PCI_ARCH=$arch
  cat >pins.toml <<TOML
kind = "program"
program = "$program"
args = [$ways]
TOML
  bactrian image --arch "$arch" pins.toml -o "$arch.img" && expect_status 0
  bactrian run --arch "$arch" --machine "$machine" --boot uefi --timeout 120 "$arch.img" </dev/null
  [ "$status" = 0 ] && [ "$(tail -1 out)" = "all came" ] || fails "$arch $machine by firmware: $ways"
done <<END
x86_64 q35 "msi-x", "msi", "pin"
aarch64 virt "msi-x", "pin", "pin"
aarch64 virt,gic-version=3 "msi-x", "msi", "pin"
END
