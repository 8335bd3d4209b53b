#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# examples/lspci prints the same functions, BARs and capabilities as QEMU itself, with bridges and many kinds of BARs.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
example=${BACTRIAN%/*}/examples/lspci

# QEMU with more devices, and a monitor.
cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$LSPCI_ARCH" "\$@" -monitor "unix:$PWD/monitor,server=on,wait=off" \\
  -device pcie-root-port,id=outer,chassis=1,slot=1 -device x3130-upstream,id=up,bus=outer \\
  -device xio3130-downstream,id=down,bus=up,chassis=2,slot=1 -device virtio-rng-pci,bus=down \\
  -device pcie-root-port,id=empty,chassis=3,slot=2 \\
  -device pcie-root-port,id=full,chassis=4,slot=3 -device nvme,serial=1,bus=full \\
  -device pcie-pci-bridge,id=old -device pci-testdev,bus=old,addr=1,membar=1M -device edu,bus=old,addr=2 \\
  -device virtio-rng-pci,addr=9,multifunction=on -device virtio-rng-pci,addr=9.3
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  export LSPCI_ARCH=$arch
  rm -f input monitor err out
  mkfifo input
  "$BACTRIAN" run --arch $arch --timeout 240 "$example" -- --wait <input >out 2>err &
  run=$!
  exec 3>input
  printed() { grep -qx waiting err 2>/dev/null || ! kill -0 $run 2>/dev/null; }
  wait_until printed
  grep -qx waiting err || fails "$arch: it did not come to wait"
  ! grep -v -e '^waiting$' -e '^bactrian: ' -e '^toolchain: ' err >problems || fails "$arch: $(cat problems)"
  python3 "$here/lspci_compare.py" out monitor >differences || fails "$arch: $(cat differences)"
  exec 3>&-
  wait $run || fails "$arch: the run failed"
done

# Where there is no machine.
bactrian run --target hosted "$example"
expect_status 1 && expect_out "" && expect_err "no bare machine"
bactrian run --target hosted "${example%/*}/machine"
expect_status 1 && expect_out "" && expect_err "bare machine"
