#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Disks are taken out of the machine in the middle of transfers: virtio and NVMe, on three architectures.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# A PC's firmware would rather have its own way of it than PCI Express'.
cat >qemu <<END
#!/bin/sh
case \$PCI_ARCH in x86_64) set -- "\$@" -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off ;; esac
exec "qemu-system-\$PCI_ARCH" "\$@" -qmp unix:monitor,server=on,wait=off \\
  -device pcie-root-port,id=one,chassis=1,slot=1,addr=5 -device pcie-root-port,id=two,chassis=2,slot=2,addr=6 \\
  -drive file=$PWD/disk,format=raw,if=none,id=first,snapshot=on -device virtio-blk-pci,drive=first,bus=one,id=virtio \\
  -drive file=$PWD/disk,format=raw,if=none,id=second,snapshot=on -device nvme,drive=second,serial=x,bus=two,id=nvme
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu
truncate -s 4M disk

crashed() { grep -q 'was ended by signal 11' err; }

# Runs the program on an architecture and takes its disks away.
one_run() { # ARCH CPUS
  rm -f monitor err
  "$BACTRIAN" run --arch "$1" --cpus "$2" --timeout 300 "$here/driver_unplug" -- "$2" >out 2>err &
  run=$!
  said() { grep -qx "$1" err 2>/dev/null || ! kill -0 $run 2>/dev/null; }
  for device in virtio nvme; do
    case $device in
      virtio) wait_until said reading ;;
      nvme) wait_until said next ;;
    esac
    kill -0 $run 2>/dev/null || break
    sleep 0.3
    python3 "$here/driver_unplug/monitor.py" monitor $device >monitor.out 2>&1 || break
  done
  status=0
  wait $run || status=$?
}

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  for cpus in 1 4; do
    # QEMU 7.2 itself crashes in some of the removals of an NVMe disk that is busy: that says nothing, so once more.
    for _ in 1 2 3 4 5 6; do
      one_run $arch $cpus
      crashed || break
    done
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "all good" ] || fails "$arch with $cpus CPUs: $(cat monitor.out)"
  done
done
