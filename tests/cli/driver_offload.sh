#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Checksums and segments left to the network card, on three architectures: virtio-net over a TAP device, since QEMU does
# neither for its other ones. Needs /dev/net/tun and the right to make network namespaces.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

unshare -rn sh -c 'ip tuntap add probe mode tap vnet_hdr && ip link add bridge type bridge' >probe 2>&1 ||
  skip "no TAP devices here: $(cat probe)"

cat >qemu <<END
#!/bin/sh
exec unshare -rn python3 "$here/driver_offload/peer.py" "$PWD" "qemu-system-\$PCI_ARCH" "\$@" \\
  -netdev tap,id=net,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=net,addr=5
END
chmod +x qemu
export BACTRIAN_QEMU=$PWD/qemu

for arch in x86_64 aarch64 riscv64; do
  rm -f peer.out
  PCI_ARCH=$arch bactrian run --arch $arch --cpus 2 --timeout 200 "$here/driver_offload" -- 2
  [ "$status" = 0 ] && [ "$(cat out)" = "all good" ] && [ ! -s peer.out ] || fails "$arch: $(head -5 peer.out)"
done
