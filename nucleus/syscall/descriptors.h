// SPDX-License-Identifier: ISC
#pragma once

// The program's descriptors.

#include <files/descriptor_table.h>

#include <nucleus/locked.h>

namespace nucleus {

Locked<DescriptorTable, Rank::descriptor_table>& descriptors();

/// The open file behind a descriptor, with a reference of the caller's own. Errors: bad_descriptor.
Result<Ref<OpenFile>> file_of(int descriptor);
/// The same for one that can be read, or written.
Result<Ref<OpenFile>> readable_file(int descriptor);
Result<Ref<OpenFile>> writable_file(int descriptor);

/// Gives `file` the lowest free number from `lowest` on. Errors: too_many, out_of_memory, invalid_argument.
Result<long> new_descriptor(Ref<OpenFile> file, bool close_on_exec, int lowest = 0);

}  // namespace nucleus
