// SPDX-License-Identifier: ISC
#pragma once

// The native page-table format.

#include <arch/x86_64/page_format.h>

namespace arch {
using NativePageFormat = x86_64::PageFormat;
}
