#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Further consoles: shells for a person at a virtio console, for one at a UART on PCI, and on a PC for one at COM2, while another one is at the
# first; each with keys of his own.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

mkdir -p root/etc
echo 'Welcome to it.' >root/etc/motd
printf 'kind = "system"\ndata = "16M"\ndata_from = "root"\n' >system.toml

# Names of sockets are short, so they are relative.
socket() { echo "-chardev socket,id=$1,path=$1,server=on,wait=off"; }

for arch in x86_64 aarch64 riscv64; do
  bactrian image --arch $arch system.toml -o disk.img
  expect_status 0
  people="second third"
  [ $arch != x86_64 ] || people+=" fourth"
  {
    echo 'echo from the first >/first; sleep 1000 &'
    for name in $people; do echo "until cat /ended-$name >/scheme/null 2>/scheme/null; do sleep 0.05; done; cat /$name"; done
    cat <<'END'
ps | grep -q '[s]leep 1000' && echo still there
dmesg | grep -c 'console [a-z]*0:'
poweroff
END
  } >script
  persons=()
  for name in $people; do
    rm -f $name
    python3 "$here/system_consoles/person.py" $name >$name.out 2>&1 &
    persons+=($!)
  done
  devices=(--qemu "$(socket second) -device virtio-serial-pci -device virtconsole,chardev=second" --qemu "$(socket third) -device pci-serial,chardev=third")
  # The first serial line that is named is the console; other machines have only that.
  [ $arch != x86_64 ] || devices+=(--qemu "$(socket fourth) -serial chardev:fourth")
  status=0
  "$BACTRIAN" run --arch $arch --cpus 2 --timeout 180 "${devices[@]}" disk.img <script >out 2>err || status=$?
  expect_status 0
  for person in "${persons[@]}"; do wait "$person" || fails "$arch: at another console: $(tail -n 5 ./*.out)"; done
  sed 's/^\(\/ \$ \)*//' out >lines
  for name in $people; do
    grep -qxF -- "typed at the $name" lines || fails "$arch: the first console does not show what was typed at the $name"
  done
  for line in 'still there' 0; do
    grep -qxF -- "$line" lines || fails "$arch: the first console does not show '$line'"
  done
  ! grep -q 'garbage' lines || fails "$arch: what is typed at one console is at another"
done
