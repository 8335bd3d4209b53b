#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# dump_trees FOLDER: the devicetrees of QEMU's machines, of several kinds and sizes.
set -euo pipefail

mkdir -p "$1"
dump() { # NAME ARCH MACHINE [FLAG...]
  local name=$1 arch=$2 machine=$3
  shift 3
  "qemu-system-$arch" -display none -nodefaults "$@" -machine "$machine,dumpdtb=$folder/$name.dtb" 2>/dev/null
}
folder=$1
dump arm-gic2 aarch64 virt -cpu cortex-a57
dump arm-gic3 aarch64 virt,gic-version=3 -cpu cortex-a72 -smp 4
dump arm-el3 aarch64 virt,secure=on,virtualization=on,gic-version=3,iommu=smmuv3 -cpu max -smp 8 -m 5G
dump arm-nodes aarch64 virt -cpu max -smp 4 -m 1G -object memory-backend-ram,id=a,size=512M -object memory-backend-ram,id=b,size=512M \
  -numa node,cpus=0-1,memdev=a -numa node,cpus=2-3,memdev=b
dump riscv riscv64 virt
dump riscv-aclint riscv64 virt,aclint=on -smp 4
dump riscv-aplic riscv64 virt,aia=aplic -smp 2
dump riscv-imsic riscv64 virt,aia=aplic-imsic,aia-guests=3 -smp 8
