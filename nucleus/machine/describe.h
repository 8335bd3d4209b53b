// SPDX-License-Identifier: ISC
#pragma once

// The machine description, for the rest of the machine interface.

#include <nucleus.h>

namespace nucleus {

/// Made by the first call. Null: there is no memory for it. Context: a thread's kernel stack, no lock held.
const nucleus_machine* machine_description();

}  // namespace nucleus
