#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Firmware's AML is interpreted in images whose programs ask for the machine, and in no others: host bridges with their
# buses and windows, pins, soft-off. What is wrong with it is told, and ends nothing.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

examples=${BACTRIAN%/*}/examples
machine() { bactrian run --arch x86_64 --timeout 120 "$@" "$examples/machine"; }
says() { grep -qE -- "$1" out || fails "no line like '$1': $(cat out err)"; }

# qemu_with ARGUMENT...: machines get these devices and tables.
qemu_with() {
  printf '#!/bin/sh\nexec qemu-system-x86_64 "$@" %s\n' "$*" >qemu
  chmod +x qemu
  export BACTRIAN_QEMU=$PWD/qemu
}

machine
expect_status 0
! grep problem out || fails "$(grep problem out)"
says '^pci host 0000: buses 0-255,'
says '^  window 32-bit memory: 0x[0-9a-f]+000000-0xfebfffff at 0x[0-9a-f]+000000$'
says '^  128 interrupt routes$'
says '^power: soft-off by sleep types 0 and 0$'

# Root buses beside the first.
qemu_with -device pxb-pcie,id=one,bus=pcie.0,bus_nr=32 -device pcie-root-port,id=below,bus=one,chassis=1 \
  -device virtio-rng-pci,bus=below -device pxb-pcie,id=other,bus=pcie.0,bus_nr=128
machine
expect_status 0
says '^pci host 0000: buses 0-31,'
says '^pci host 0000: buses 32-[0-9]+, configuration space 0xb2000000-'
says '^pci host 0000: buses 128-[0-9]+, configuration space 0xb8000000-'
bactrian run --arch x86_64 --timeout 120 "$examples/lspci"
expect_status 0
says '^0000:20:00\.0: .* to buses 33-33'
says '^0000:21:00\.0: 1af4:'

# Tables that are no good: a host whose bus is told by a name that is nowhere, a loop without end, bytes that are no AML.
python3 - <<'END'
import struct
host = (b"\x5b\x82\x27\\._SB_BAD0" + b"\x08_HID\x0c\x41\xd0\x0a\x08" +
        b"\x14\x11_BBN\x00\xa4\\.NONEHERE")
for name, aml in (("host", host), ("loop", b"\xa2\x02\x01"), ("bytes", b"\x5b\xff\x10\xff\xff" * 9)):
    header = struct.pack("<4sIBB6s8sI4sI", b"SSDT", 36 + len(aml), 2, 0, b"TESTED", b"BADTABLE", 1, b"TEST", 1)
    with open(name + ".aml", "wb") as table:
        table.write(header + aml)
END
for bad in host loop bytes; do
  qemu_with -acpitable "file=$PWD/$bad.aml"
  machine
  expect_status 0
  case $bad in
    host) says '^problem: AML: \\_SB_\.BAD0\._BBN: AE_NOT_FOUND$' ;;
    loop) says '^problem: AML: loading the tables: AE_AML_LOOP_TIMEOUT$' ;;
    bytes) says '^problem: AML: loading the tables: AE_' ;;
  esac
  says '^  128 interrupt routes$'
  says '^power: soft-off by sleep types 0 and 0$'
done

# An image whose program does not ask has nothing of it.
unset BACTRIAN_QEMU
for arch in x86_64 aarch64 riscv64; do
  bactrian build --arch "$arch" "$examples/hello.ml" -o hello
  expect_status 0
  bactrian build --arch "$arch" "$examples/lspci" -o lspci
  expect_status 0
  ! nm hello | grep -q nucleus_a || fails "$arch: hello has the interpreter"
  nm lspci | grep -q ' nucleus_aml$' || fails "$arch: lspci has no interpreter"
done
