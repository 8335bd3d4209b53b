// SPDX-License-Identifier: ISC
#pragma once

// Offsets in arch::TrapFrame, for assembly: register xN lies at 8 * N, the program counter in x0's place.
// trap.h checks these.

#define FRAME_PC 0
#define FRAME_STATUS 256
#define FRAME_RECORD 272
#define FRAME_SIZE 288
