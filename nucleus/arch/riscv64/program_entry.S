// SPDX-License-Identifier: ISC
//
// The libc's ways into the nucleus (nucleus/entry.h): from the program's stack to the thread's kernel stack.

#include "frame_layout.h"

#define CPU_KERNEL_STACK_TOP 8
#define STATUS_INTERRUPTS 0x2
#define STATUS_PREVIOUS_INTERRUPTS 0x20
#define STATUS_PREVIOUS_SUPERVISOR 0x100

// sp becomes the top of the current thread's kernel stack. A thread that is moved to another CPU after the first
// instruction would take that CPU's thread's stack, so a trap in here resumes at the first instruction again
// (arch_place_trap_frame; `name` is in its table).
.macro take_kernel_stack name
  .option push
  .option norvc
\name:
  csrr t0, sscratch
  ld t0, CPU_KERNEL_STACK_TOP(t0)
  mv sp, t0
  .option pop
.endm

  .text

  .global nucleus_syscall
  .type nucleus_syscall, %function
nucleus_syscall:
  mv t1, sp
  take_kernel_stack syscall_stack
  addi sp, sp, -32
  sd ra, 24(sp)
  sd s0, 16(sp)
  sd t1, 0(sp)
  addi s0, sp, 32
  call nucleus_enter_syscall
  bnez a1, finish_with_signal
leave_kernel_stack:
  ld ra, 24(sp)
  ld s0, 16(sp)
  ld sp, 0(sp)
  csrsi sstatus, STATUS_INTERRUPTS  // on the program's stack: from here on a signal can be delivered
  ret

// A TrapFrame of the return that would be next, for the signal code to change. What a call may clobber is left as it
// comes.
finish_with_signal:
  ld ra, 24(sp)
  ld s0, 16(sp)
  ld t1, 0(sp)
  addi sp, sp, -FRAME_SIZE
  sd ra, FRAME_PC(sp)
  sd ra, 8(sp)
  sd t1, 16(sp)
  sd gp, 24(sp)
  sd tp, 32(sp)
  sd s0, 64(sp)
  sd s1, 72(sp)
  sd a0, 80(sp)
  sd s2, 144(sp)
  sd s3, 152(sp)
  sd s4, 160(sp)
  sd s5, 168(sp)
  sd s6, 176(sp)
  sd s7, 184(sp)
  sd s8, 192(sp)
  sd s9, 200(sp)
  sd s10, 208(sp)
  sd s11, 216(sp)
  csrr t0, sstatus
  andi t0, t0, ~STATUS_INTERRUPTS
  ori t0, t0, STATUS_PREVIOUS_INTERRUPTS | STATUS_PREVIOUS_SUPERVISOR
  sd t0, FRAME_STATUS(sp)
  sd s0, FRAME_RECORD(sp)
  sd ra, (FRAME_RECORD + 8)(sp)
  mv a0, sp
  addi s0, sp, FRAME_SIZE
  call nucleus_finish_syscall
  ebreak

  .global nucleus_clone
  .type nucleus_clone, %function
nucleus_clone:
  mv t1, sp
  take_kernel_stack clone_stack
  addi sp, sp, -32
  sd ra, 24(sp)
  sd s0, 16(sp)
  sd t1, 0(sp)
  addi s0, sp, 32
  call nucleus_enter_clone
  j leave_kernel_stack

  .global nucleus_unmap_and_exit
  .type nucleus_unmap_and_exit, %function
nucleus_unmap_and_exit:
  take_kernel_stack exit_stack
  mv s0, zero
  call nucleus_enter_unmap_and_exit
  ebreak

  .global nucleus_sigreturn
  .type nucleus_sigreturn, %function
nucleus_sigreturn:
  mv a0, sp
  take_kernel_stack sigreturn_stack
  mv s0, zero
  call nucleus_enter_sigreturn
  ebreak

  .section .rodata
  .balign 8
  .global arch_restartable
arch_restartable:  // the first instructions; each sequence has three. Ends with 0.
  .quad syscall_stack, clone_stack, exit_stack, sigreturn_stack, 0

  .section .note.GNU-stack, "", %progbits
