// SPDX-License-Identifier: ISC
#pragma once

namespace arch::x86_64 {

/// Moves the two 8259s' vectors out of the exceptions' way and masks all their lines: the APICs do the work.
void silence_legacy_pic();

}  // namespace arch::x86_64
