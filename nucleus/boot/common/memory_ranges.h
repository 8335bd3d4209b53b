// SPDX-License-Identifier: ISC
#pragma once

// Fills BootInfo's memory list, whatever order and shape the loader's list has. After finish_memory() the
// list is page-aligned inwards, sorted and free of overlaps.

#include <nucleus/boot_info.h>
#include <nucleus/result.h>

namespace nucleus {

/// Adds usable RAM, cut to whole pages; less than a page is nothing. Errors: too_many; malformed (wraps
/// around).
Result<> add_memory(BootInfo& boot, PhysRange range);

/// Adds a part that must not be handed out; an empty one is nothing. Errors: too_many.
Result<> add_reserved(BootInfo& boot, PhysRange range);

/// Merges ranges that touch or overlap. Errors: malformed (no memory at all).
Result<> finish_memory(BootInfo& boot);

}  // namespace nucleus
