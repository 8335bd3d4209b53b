// SPDX-License-Identifier: ISC
#pragma once

// Offsets in arch::UserState, for assembly; user_mode.h checks them. Register xN lies at 8 * N.

#define USER_PC 256
#define USER_KERNEL_SP 288
#define USER_CAUSE 296
#define USER_VALUE 304
#define USER_STATUS 312

// scause of a system call
#define CAUSE_CALL 8
