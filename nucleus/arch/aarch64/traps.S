// SPDX-License-Identifier: ISC
//
// Exceptions. Threads run at EL1t, on SP_EL0; an exception switches to SP_EL1, which always holds the top of this
// CPU's catch stack. There the frame is saved, copied to the thread's kernel stack, and the handler runs on that, at
// EL1t again. So nothing is ever written below an interrupted stack pointer.  Spec: [arm/arm "D1.3.1 Exception entry"]

#include "frame_layout.h"

// TrapKind of traps.cc
#define KIND_SYNCHRONOUS 0
#define KIND_IRQ 1
#define KIND_SERROR 2
#define KIND_ON_CATCH_STACK 3

.macro vector kind
  .balign 128
  sub sp, sp, #FRAME_SIZE
  stp x0, x1, [sp]
  mov x0, #\kind
  b save_frame
.endm

// To user/user_entry.S, of which an image without processes has nothing.
.macro user_vector kind
  .balign 128
  sub sp, sp, #FRAME_SIZE
  stp x0, x1, [sp]
  mov x0, #\kind
  adrp x1, arch_from_user
  ldr x1, [x1, :lo12:arch_from_user]
  br x1
.endm

  .section .text.vectors, "ax"
  .balign 2048
  .global arch_vectors
arch_vectors:
  vector KIND_SYNCHRONOUS        // from EL1t: threads
  vector KIND_IRQ
  vector KIND_IRQ
  vector KIND_SERROR
  vector KIND_ON_CATCH_STACK     // from EL1h: this very code
  vector KIND_ON_CATCH_STACK
  vector KIND_ON_CATCH_STACK
  vector KIND_ON_CATCH_STACK
  user_vector KIND_SYNCHRONOUS   // from EL0
  user_vector KIND_IRQ
  user_vector KIND_IRQ
  user_vector KIND_SERROR
  vector KIND_ON_CATCH_STACK     // from EL0 in 32-bit state: never
  vector KIND_ON_CATCH_STACK
  vector KIND_ON_CATCH_STACK
  vector KIND_ON_CATCH_STACK

  .text
  .type save_frame, %function
save_frame:
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  stp x8, x9, [sp, #64]
  stp x10, x11, [sp, #80]
  stp x12, x13, [sp, #96]
  stp x14, x15, [sp, #112]
  stp x16, x17, [sp, #128]
  stp x18, x19, [sp, #144]
  stp x20, x21, [sp, #160]
  stp x22, x23, [sp, #176]
  stp x24, x25, [sp, #192]
  stp x26, x27, [sp, #208]
  stp x28, x29, [sp, #224]
  mrs x1, sp_el0
  stp x30, x1, [sp, #240]
  mrs x2, elr_el1
  mrs x3, spsr_el1
  stp x2, x3, [sp, #FRAME_PC]
  stp x29, x2, [sp, #FRAME_RECORD]
  mov x19, x0
  mov x1, x0
  mov x0, sp
  bl arch_place_trap_frame       // x0 = the frame's copy on the kernel stack
  add sp, sp, #FRAME_SIZE
  msr spsel, #0
  mov sp, x0
  add x29, x0, #FRAME_RECORD
  mov x1, x19
  bl arch_handle_trap
  mov x0, sp
  // falls through

// arch_resume(frame): interrupts masked. The frame itself is the only memory touched.
  .global arch_resume
  .type arch_resume, %function
arch_resume:
  msr spsel, #1
  ldp x1, x2, [x0, #FRAME_SP]
  msr sp_el0, x1
  msr elr_el1, x2
  ldr x3, [x0, #FRAME_PSTATE]
  msr spsr_el1, x3
  ldp x2, x3, [x0, #16]
  ldp x4, x5, [x0, #32]
  ldp x6, x7, [x0, #48]
  ldp x8, x9, [x0, #64]
  ldp x10, x11, [x0, #80]
  ldp x12, x13, [x0, #96]
  ldp x14, x15, [x0, #112]
  ldp x16, x17, [x0, #128]
  ldp x18, x19, [x0, #144]
  ldp x20, x21, [x0, #160]
  ldp x22, x23, [x0, #176]
  ldp x24, x25, [x0, #192]
  ldp x26, x27, [x0, #208]
  ldp x28, x29, [x0, #224]
  ldr x30, [x0, #240]
  ldp x0, x1, [x0]
  eret

// arch_leave_catch_stack(stack_top, frame, kind): to arch_report_fatal_trap(frame, kind) on another stack, for good.
  .global arch_leave_catch_stack
  .type arch_leave_catch_stack, %function
arch_leave_catch_stack:
  msr spsel, #0
  mov sp, x0
  mov x0, x1
  mov x1, x2
  add x29, x0, #FRAME_RECORD
  bl arch_report_fatal_trap
  brk #0

// arch_power_off_vectors: in force while a semihosting call is tried, which raises an exception where there is no debugger.
// Whatever comes, go on at arch_semihosting_refused.
  .section .text.vectors, "ax"
  .balign 2048
  .global arch_power_off_vectors
arch_power_off_vectors:
  .rept 16
  .balign 128
  b arch_semihosting_refused
  .endr

  .section .note.GNU-stack, "", %progbits
