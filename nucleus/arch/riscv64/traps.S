// SPDX-License-Identifier: ISC
//
// Traps. sscratch always holds this CPU's CpuEntry, whose port record begins with the top of the catch stack. There the
// frame is saved, copied to the thread's kernel stack, and the handler runs on that. So nothing is ever written below
// an interrupted stack pointer.  Spec: [riscv/priv "Supervisor Trap Vector Base Address Register (stvec)"]

#include "frame_layout.h"

#define CPU_SCRATCH_0 16
#define CPU_SCRATCH_1 24
#define CPU_PORT 32
#define CPU_USER 40

#define USER_T1 48                     // in UserState

  .text
  .balign 4
  .global arch_trap_entry
  .type arch_trap_entry, %function
arch_trap_entry:
  csrrw sp, sscratch, sp
  sd t0, CPU_SCRATCH_0(sp)
  ld t0, CPU_USER(sp)
  bnez t0, from_user
  csrrw t0, sscratch, sp
  sd t0, CPU_SCRATCH_1(sp)       // the interrupted stack pointer
  ld t0, CPU_PORT(sp)
  ld t0, 0(t0)
  addi t0, t0, -FRAME_SIZE
  sd ra, 8(t0)
  sd gp, 24(t0)
  sd tp, 32(t0)
  sd t1, 48(t0)
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
  ld t1, CPU_SCRATCH_1(sp)
  sd t1, 16(t0)
  ld t1, CPU_SCRATCH_0(sp)
  sd t1, 40(t0)
  csrr t1, sepc
  sd t1, FRAME_PC(t0)
  csrr t2, sstatus
  sd t2, FRAME_STATUS(t0)
  sd s0, FRAME_RECORD(t0)
  sd t1, (FRAME_RECORD + 8)(t0)
  mv sp, t0
  mv a0, t0
  call arch_place_trap_frame     // a0 = the frame's copy on the kernel stack
  mv sp, a0
  addi s0, a0, FRAME_SIZE
  call arch_handle_trap
  mv a0, sp
  // falls through

// arch_resume(frame): interrupts off. The frame itself is the only memory touched.
  .global arch_resume
  .type arch_resume, %function
arch_resume:
  ld t0, FRAME_PC(a0)
  csrw sepc, t0
  ld t0, FRAME_STATUS(a0)
  csrw sstatus, t0
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

  .option push
  .option norelax                // gp is the user's
from_user:
  sd t1, USER_T1(t0)
  ld t1, arch_from_user
  jr t1
  .option pop

// arch_leave_catch_stack(stack_top, frame): to arch_report_fatal_trap(frame) on another stack, for good.
  .global arch_leave_catch_stack
  .type arch_leave_catch_stack, %function
arch_leave_catch_stack:
  mv sp, a0
  mv a0, a1
  addi s0, a0, FRAME_SIZE
  call arch_report_fatal_trap
  ebreak

  .section .note.GNU-stack, "", %progbits
