// SPDX-License-Identifier: ISC
#pragma once

// Offsets in arch::UserState, for assembly; user_mode.h checks them. General register n lies at 8 * n, in the
// order of their encoding.

#define USER_PC 256
#define USER_FLAGS 264
#define USER_KERNEL_SP 288
#define USER_VECTOR 296
#define USER_ERROR 304

#define USER_CODE_SELECTOR 0x33
#define USER_DATA_SELECTOR 0x2b

#define USER_EXIT_CALL 0
#define USER_EXIT_TRAP 1
