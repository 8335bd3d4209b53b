#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# A file system mounted through FUSE: what programs expect of POSIX, trees by tar, random access compared with a file
# of the host, and that all of it is there afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

if ! { [ -r /dev/fuse ] && [ -w /dev/fuse ]; }; then
  echo "no FUSE on this machine (/dev/fuse)"
  exit 77
fi
fs() { "$BACTRIAN" fs "$@"; }
mount_image() {
  fs mount disk.img mnt 2>mount.log &
  mounter=$!
  for _ in $(seq 600); do
    if mountpoint -q mnt; then return; fi
    kill -0 $mounter 2>/dev/null || break
    sleep 0.1
  done
  if grep -qE 'fuse: .*(not permitted|denied)' mount.log; then echo "FUSE may not be used here: $(tail -1 mount.log)"; exit 77; fi
  cat mount.log
  exit 1
}
unmount_image() {
  fusermount3 -u mnt
  wait $mounter
}
trap 'fusermount3 -uz mnt 2>/dev/null || true' EXIT

mkdir mnt
fs make disk.img --size 128M
mount_image
python3 "$(dirname "$BACTRIAN")/redoxfs/tests/posix_cases.py" mnt
unmount_image
fs check disk.img

mount_image
mkdir mnt/tree
tar -C "$(dirname "$BACTRIAN")" -cf - docs redoxfs tools | tar -C mnt/tree -xf -
(cd "$(dirname "$BACTRIAN")" && find docs redoxfs tools -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >sums
(cd mnt/tree && sha256sum --quiet -c "$OLDPWD/sums")
unmount_image
fs check disk.img
mount_image
(cd mnt/tree && sha256sum --quiet -c "$OLDPWD/sums")
rm -r mnt/tree
[ -z "$(ls mnt)" ]
unmount_image
fs check disk.img
