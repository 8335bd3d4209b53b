// SPDX-License-Identifier: ISC
#pragma once

// The Limine boot loader, where a user has it: put on a disk in our own loader's place.

#include "image/disk.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// A copy of the disk in `scratch`, with Limine's UEFI application in our loader's place. Limine's files are
/// in $LIMINE_DIR, else where distributions install them. Errors: it is not there; a full disk.
Result<fs::path> disk_with_uefi_limine(const Disk& disk, const fs::path& scratch);

/// A copy of the disk in `scratch` that a BIOS boots: limine-bios.sys beside its configuration, and what
/// Limine's own tool installs in front of the partitions. Errors: not for x86_64; Limine or its tool is not
/// there.
Result<fs::path> disk_with_bios_limine(const Disk& disk, const fs::path& scratch);

}  // namespace bactrian
