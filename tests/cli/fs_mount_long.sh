#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# full
#
# The cases of POSIX with random ones twenty times as long, on a plain and on an encrypted file system.
. "$(dirname "${BASH_SOURCE[0]}")/_lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/_mount.sh"

mkdir mnt
export BACTRIAN_FS_PASSWORD=camel
for kind in --seed=1 --encrypt; do
  rm -f disk.img
  fs make disk.img --size 256M "$kind"
  mount_image
  python3 "$(dirname "$BACTRIAN")/redoxfs/tests/posix_cases.py" mnt 20
  unmount_image
  fs check disk.img
done
