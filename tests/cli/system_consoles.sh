#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Further consoles: shells for a person at a virtio console, and for one at a second UART, while another one is at the first; each with
# keys of his own.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

mkdir -p root/etc
echo 'Welcome to it.' >root/etc/motd
printf 'kind = "system"\ndata = "16M"\ndata_from = "root"\n' >system.toml

# Names of sockets are short, so they are relative.
cat >qemu <<'END'
#!/bin/sh
exec "qemu-system-$SYSTEM_ARCH" "$@" -chardev socket,id=second,path=second,server=on,wait=off \
  -device virtio-serial-pci -device virtconsole,chardev=second \
  -chardev socket,id=third,path=third,server=on,wait=off -device pci-serial,chardev=third
END
chmod +x qemu

cat >script <<'END'
echo from the first >/first
sleep 1000 & until cat /done >/scheme/null 2>/scheme/null; do sleep 0.05; done
until cat /ended >/scheme/null 2>/scheme/null; do sleep 0.05; done
cat /second /third; ps | grep -q '[s]leep 1000' && echo still there
dmesg | grep -c 'console [a-z]*0:'
poweroff
END

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o disk.img
  expect_status 0
  rm -f second third
  python3 "$here/system_consoles/person.py" second >person.out 2>&1 &
  person=$!
  python3 "$here/system_consoles/person.py" third >third.out 2>&1 &
  third=$!
  status=0
  SYSTEM_ARCH=$arch BACTRIAN_QEMU=$PWD/qemu "$BACTRIAN" run --arch $arch --cpus 2 --timeout 180 disk.img <script >out 2>err || status=$?
  expect_status 0
  wait $person || fails "$arch: at the second console: $(cat person.out)"
  wait $third || fails "$arch: at the second UART: $(cat third.out)"
  sed 's/^\(\/ \$ \)*//' out >lines
  for line in 'typed at the second' 'typed at the third' 'still there' 0; do
    grep -qxF -- "$line" lines || fails "$arch: the first console does not show '$line'"
  done
  ! grep -q 'garbage' lines || fails "$arch: what is typed at one console is at another"
done
