// SPDX-License-Identifier: ISC
//
// In and out of user mode. Leaving it is coming back from arch_enter_user: the user's registers go to its UserState, which
// the per-CPU record points at, and the kernel's are on the kernel stack, where they were left. So a thread in user mode is
// for all others one that is inside of a call. Interrupts stay off until C++ wants them.

#include "layout.h"

#define CPU_SCRATCH_0 16               // CpuEntry
#define CPU_USER 40

  .option norelax                      // gp is the user's in between
  .section .text.arch_user, "ax"

// void arch_enter_user(UserState*, CpuEntry*)
  .global arch_enter_user
  .type arch_enter_user, %function
arch_enter_user:
  addi sp, sp, -128
  sd ra, 0(sp)
  sd gp, 8(sp)
  sd tp, 16(sp)
  sd s0, 24(sp)
  sd s1, 32(sp)
  sd s2, 40(sp)
  sd s3, 48(sp)
  sd s4, 56(sp)
  sd s5, 64(sp)
  sd s6, 72(sp)
  sd s7, 80(sp)
  sd s8, 88(sp)
  sd s9, 96(sp)
  sd s10, 104(sp)
  sd s11, 112(sp)
  sd sp, USER_KERNEL_SP(a0)
  ld t0, USER_PC(a0)
  csrw sepc, t0
  ld t0, USER_STATUS(a0)
  csrw sstatus, t0
  sd a0, CPU_USER(a1)                  // from here on a trap is the user's
  ld ra, 8(a0)
  ld sp, 16(a0)
  ld gp, 24(a0)
  ld tp, 32(a0)
  ld t0, 40(a0)
  ld t1, 48(a0)
  ld t2, 56(a0)
  ld s0, 64(a0)
  ld s1, 72(a0)
  ld a1, 88(a0)
  ld a2, 96(a0)
  ld a3, 104(a0)
  ld a4, 112(a0)
  ld a5, 120(a0)
  ld a6, 128(a0)
  ld a7, 136(a0)
  ld s2, 144(a0)
  ld s3, 152(a0)
  ld s4, 160(a0)
  ld s5, 168(a0)
  ld s6, 176(a0)
  ld s7, 184(a0)
  ld s8, 192(a0)
  ld s9, 200(a0)
  ld s10, 208(a0)
  ld s11, 216(a0)
  ld t3, 224(a0)
  ld t4, 232(a0)
  ld t5, 240(a0)
  ld t6, 248(a0)
  ld a0, 80(a0)
  sret

// The trap entry comes here: sp = CpuEntry, t0 = its UserState, which has t1 already; t0 is in the scratch word, the
// stack pointer in sscratch.
  .global arch_user_trap
  .type arch_user_trap, %function
arch_user_trap:
  sd ra, 8(t0)
  sd gp, 24(t0)
  sd tp, 32(t0)
  sd t2, 56(t0)
  sd s0, 64(t0)
  sd s1, 72(t0)
  sd a0, 80(t0)
  sd a1, 88(t0)
  sd a2, 96(t0)
  sd a3, 104(t0)
  sd a4, 112(t0)
  sd a5, 120(t0)
  sd a6, 128(t0)
  sd a7, 136(t0)
  sd s2, 144(t0)
  sd s3, 152(t0)
  sd s4, 160(t0)
  sd s5, 168(t0)
  sd s6, 176(t0)
  sd s7, 184(t0)
  sd s8, 192(t0)
  sd s9, 200(t0)
  sd s10, 208(t0)
  sd s11, 216(t0)
  sd t3, 224(t0)
  sd t4, 232(t0)
  sd t5, 240(t0)
  sd t6, 248(t0)
  csrrw t1, sscratch, sp
  sd t1, 16(t0)
  ld t1, CPU_SCRATCH_0(sp)
  sd t1, 40(t0)
  sd zero, CPU_USER(sp)
  csrr t1, sepc
  sd t1, USER_PC(t0)
  csrr t1, scause
  sd t1, USER_CAUSE(t0)
  addi t1, t1, -CAUSE_CALL
  beqz t1, 1f
  csrr t1, stval
  sd t1, USER_VALUE(t0)
1: ld sp, USER_KERNEL_SP(t0)
  ld ra, 0(sp)
  ld gp, 8(sp)
  ld tp, 16(sp)
  ld s0, 24(sp)
  ld s1, 32(sp)
  ld s2, 40(sp)
  ld s3, 48(sp)
  ld s4, 56(sp)
  ld s5, 64(sp)
  ld s6, 72(sp)
  ld s7, 80(sp)
  ld s8, 88(sp)
  ld s9, 96(sp)
  ld s10, 104(sp)
  ld s11, 112(sp)
  addi sp, sp, 128
  ret

  .section .note.GNU-stack, "", %progbits
