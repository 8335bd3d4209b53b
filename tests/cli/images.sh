#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Files that are no image, or were one.
# shellcheck source-path=SCRIPTDIR source=_lib.sh
source "${BASH_SOURCE[0]%/*}/_lib.sh"

use_fake_guest
export FAKE_GUEST="mark hello out whole exit 0 0"
bactrian run image
expect_status 0 && expect_out whole

for size in 5 40 100 180; do
  head -c $size image >shorter
  bactrian run shorter
  expect_status 125 && expect_err "shorter: not a usable image" && expect_remedy
done

# Another machine's: 32-bit, an object file, a processor that we do not know.
for change in 4:01 16:01 18:28; do
  cp image other
  byte "${change#*:}" | dd of=other bs=1 seek="${change%:*}" conv=notrunc status=none
  bactrian run other
  expect_status 125 && expect_err "other: not a usable image" && expect_remedy
done

# Without the PVH note QEMU could not enter it.
sed 's/Xen/Xon/' image >noteless
bactrian run noteless
expect_status 125 && expect_err "no PVH entry" && expect_remedy
