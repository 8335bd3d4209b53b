// SPDX-License-Identifier: ISC
#pragma once

// Offsets in arch::UserState, for assembly; user_mode.h checks them. General register n lies at 8 * n, the
// stack pointer behind x30.

#define USER_SP 248
#define USER_PC 256
#define USER_FLAGS 264
#define USER_THREAD_POINTER 272
#define USER_KERNEL_SP 288

// EL0t; debug exceptions and FIQ masked, as in the nucleus.
#define USER_PSTATE 0x240
