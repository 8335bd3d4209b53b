// SPDX-License-Identifier: ISC
#pragma once

#include <arch/host/page_format.h>

namespace arch {
using NativePageFormat = host::HostPageFormat;
}
