#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Drivers as fibers: virtio-net and the virtio console, with peers on the host, on three architectures, with 1, 2 and 4 CPUs on x86_64.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# Names of sockets are short, so they are relative.
cat >qemu <<END
#!/bin/sh
exec "qemu-system-\$PCI_ARCH" "\$@" \\
  -netdev dgram,id=net,local.type=unix,local.path=guest,remote.type=unix,remote.path=peer \\
  -device virtio-net-pci,netdev=net,addr=5,mac=52:54:00:12:34:99 \\
  -chardev socket,id=console,path=console -device virtio-serial-pci,addr=6 -device virtconsole,chardev=console
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  export PCI_ARCH=$arch
  case $arch in x86_64) all="1 2 4" ;; *) all=2 ;; esac
  for cpus in $all; do
    rm -f guest peer console
    python3 "$here/driver_streams/peer.py" "$PWD" >peer.out 2>&1 &
    peer=$!
    listens() { grep -qx ready peer.out; }
    wait_until listens
    bactrian run --arch $arch --cpus $cpus --timeout 300 "$here/driver_streams" -- $cpus
    kill $peer
    wait $peer || true
    [ "$status" = 0 ] && [ "$(tail -1 out)" = "all good" ] || fails "$arch with $cpus CPUs: $(cat peer.out)"
  done
done
