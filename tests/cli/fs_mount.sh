#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
#
# A file system mounted through FUSE: what programs expect of POSIX, trees by tar, random access compared with a file
# of the host, and that all of it is there afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"

. "$(dirname "${BASH_SOURCE[0]}")/_mount.sh"

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
