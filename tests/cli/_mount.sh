# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Mounting disk.img on mnt through FUSE; a test that includes this is skipped where that cannot be.

if ! { [ -r /dev/fuse ] && [ -w /dev/fuse ]; }; then
  echo "no FUSE on this machine (/dev/fuse)"
  exit 77
fi
fs() { "$BACTRIAN" fs "$@"; }
mount_image() {
  local others=()
  [ "$(id -u)" != 0 ] || others=(--allow-other)
  fs mount "${others[@]}" disk.img mnt 2>mount.log &
  mounter=$!
  for _ in $(seq 600); do
    if mountpoint -q mnt; then return; fi
    kill -0 "$mounter" 2>/dev/null || break
    sleep 0.1
  done
  if grep -qE 'fuse: .*(not permitted|denied)' mount.log; then echo "FUSE may not be used here: $(tail -1 mount.log)"; exit 77; fi
  cat mount.log
  exit 1
}
unmount_image() {
  fusermount3 -u mnt
  wait "$mounter"
}
trap 'fusermount3 -uz mnt 2>/dev/null || true' EXIT
