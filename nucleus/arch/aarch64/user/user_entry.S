// SPDX-License-Identifier: ISC
//
// In and out of user mode. Leaving it is coming back from arch_enter_user: the user's registers go to its UserState, which
// the per-CPU record points at, and the kernel's are on the kernel stack, where they were left. So a thread in user mode is
// for all others one that is inside of a call. Interrupts stay off until C++ wants them.

#include "../frame_layout.h"
#include "layout.h"

#define CPU_USER 40                    // CpuEntry

  .section .text.arch_user, "ax"

// std::uint64_t arch_enter_user(UserState*): what vector it came back by.
  .global arch_enter_user
  .type arch_enter_user, %function
arch_enter_user:
  stp x29, x30, [sp, #-112]!
  stp x27, x28, [sp, #16]
  stp x25, x26, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x21, x22, [sp, #64]
  stp x19, x20, [sp, #80]
  mrs x9, tpidr_el0
  str x9, [sp, #96]
  mov x9, sp
  str x9, [x0, #USER_KERNEL_SP]
  msr spsel, #1
  ldp x1, x2, [x0, #USER_PC]
  mov x3, #USER_PSTATE
  orr x2, x2, x3
  msr elr_el1, x1
  msr spsr_el1, x2
  ldr x1, [x0, #USER_THREAD_POINTER]
  msr tpidr_el0, x1
  ldp x30, x1, [x0, #240]
  msr sp_el0, x1
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
  ldp x0, x1, [x0]
  eret

// The vectors come here, on the catch stack, which holds x0 and x1 in a frame's place; x0 = the kind of vector.
  .global arch_user_trap
  .type arch_user_trap, %function
arch_user_trap:
  mrs x1, tpidr_el1
  ldr x1, [x1, #CPU_USER]
  stp x2, x3, [x1, #16]
  stp x4, x5, [x1, #32]
  stp x6, x7, [x1, #48]
  stp x8, x9, [x1, #64]
  stp x10, x11, [x1, #80]
  stp x12, x13, [x1, #96]
  stp x14, x15, [x1, #112]
  stp x16, x17, [x1, #128]
  stp x18, x19, [x1, #144]
  stp x20, x21, [x1, #160]
  stp x22, x23, [x1, #176]
  stp x24, x25, [x1, #192]
  stp x26, x27, [x1, #208]
  stp x28, x29, [x1, #224]
  ldp x2, x3, [sp]
  stp x2, x3, [x1]
  add sp, sp, #FRAME_SIZE
  mrs x2, sp_el0
  stp x30, x2, [x1, #240]
  mrs x2, elr_el1
  mrs x3, spsr_el1
  stp x2, x3, [x1, #USER_PC]
  mrs x2, tpidr_el0
  str x2, [x1, #USER_THREAD_POINTER]
  ldr x2, [x1, #USER_KERNEL_SP]
  msr spsel, #0
  mov sp, x2
  msr daifclr, #4                      // system errors are to be seen
  ldr x9, [sp, #96]
  msr tpidr_el0, x9
  ldp x19, x20, [sp, #80]
  ldp x21, x22, [sp, #64]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #32]
  ldp x27, x28, [sp, #16]
  ldp x29, x30, [sp], #112
  ret

  .section .note.GNU-stack, "", %progbits
