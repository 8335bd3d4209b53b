// SPDX-License-Identifier: ISC
#pragma once

namespace loader {

/// Puts the addresses that the loader's own constants hold right, for where it was loaded. Before anything
/// else.
void relocate_self();

}  // namespace loader
