// SPDX-License-Identifier: ISC
#pragma once

// Offsets in arch::TrapFrame, for assembly. Registers come first, eight bytes each. trap.h checks these.

#define FRAME_SP 248
#define FRAME_PC 256
#define FRAME_PSTATE 264
#define FRAME_RECORD 272
#define FRAME_SIZE 288
