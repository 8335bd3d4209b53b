// SPDX-License-Identifier: ISC
#pragma once

// User mode.

#include <arch/riscv64/user/user_mode.h>
