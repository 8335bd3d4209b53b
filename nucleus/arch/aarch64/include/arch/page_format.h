// SPDX-License-Identifier: ISC
#pragma once

// The native page-table format.

#include <arch/aarch64/page_format.h>

namespace arch {
using NativePageFormat = aarch64::PageFormat;
}
