// SPDX-License-Identifier: ISC
//
// The libc's ways into the nucleus (nucleus/entry.h): from the program's stack to the thread's kernel stack.

#include "frame_layout.h"

#define CPU_KERNEL_STACK_TOP 8
#define PSTATE_IRQ_MASKED 0x80

// sp becomes the top of the current thread's kernel stack. A thread that is moved to another CPU after the first
// instruction would take that CPU's thread's stack, so a trap in here resumes at the first instruction again
// (arch_place_trap_frame; `name` is in its table).
.macro take_kernel_stack name
\name:
  mrs x10, tpidr_el1
  ldr x10, [x10, #CPU_KERNEL_STACK_TOP]
  mov sp, x10
.endm

  .text

  .global nucleus_syscall
  .type nucleus_syscall, %function
nucleus_syscall:
  mov x9, sp
  take_kernel_stack syscall_stack
  stp x29, x30, [sp, #-32]!
  str x9, [sp, #16]
  mov x29, sp
  bl nucleus_enter_syscall
  cbnz x1, finish_with_signal
leave_kernel_stack:
  ldr x9, [sp, #16]
  ldp x29, x30, [sp]
  mov sp, x9
  msr daifclr, #2  // on the program's stack: from here on a signal can be delivered
  ret

// A TrapFrame of the return that would be next, for the signal code to change. What a call may clobber is left as it
// comes.
finish_with_signal:
  ldr x9, [sp, #16]
  ldp x29, x30, [sp]
  sub sp, sp, #FRAME_SIZE
  str x0, [sp]
  stp x18, x19, [sp, #144]
  stp x20, x21, [sp, #160]
  stp x22, x23, [sp, #176]
  stp x24, x25, [sp, #192]
  stp x26, x27, [sp, #208]
  stp x28, x29, [sp, #224]
  stp x30, x9, [sp, #240]
  mrs x1, daif
  bic x1, x1, #PSTATE_IRQ_MASKED
  adrp x2, arch_program_pstate
  ldr x2, [x2, :lo12:arch_program_pstate]
  orr x1, x1, x2
  stp x30, x1, [sp, #FRAME_PC]
  stp x29, x30, [sp, #FRAME_RECORD]
  mov x0, sp
  add x29, sp, #FRAME_RECORD
  bl nucleus_finish_syscall
  brk #0

  .global nucleus_clone
  .type nucleus_clone, %function
nucleus_clone:
  mov x9, sp
  take_kernel_stack clone_stack
  stp x29, x30, [sp, #-32]!
  str x9, [sp, #16]
  mov x29, sp
  bl nucleus_enter_clone
  b leave_kernel_stack

  .global nucleus_unmap_and_exit
  .type nucleus_unmap_and_exit, %function
nucleus_unmap_and_exit:
  take_kernel_stack exit_stack
  mov x29, xzr
  bl nucleus_enter_unmap_and_exit
  brk #0

  .global nucleus_sigreturn
  .type nucleus_sigreturn, %function
nucleus_sigreturn:
  mov x0, sp
  take_kernel_stack sigreturn_stack
  mov x29, xzr
  bl nucleus_enter_sigreturn
  brk #0

  .section .rodata
  .balign 8
  .global arch_restartable
arch_restartable:  // the first instructions; each sequence has three. Ends with 0.
  .quad syscall_stack, clone_stack, exit_stack, sigreturn_stack, 0

  .section .note.GNU-stack, "", %progbits
