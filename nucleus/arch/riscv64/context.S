// SPDX-License-Identifier: ISC
//
// Kernel contexts and floating-point state.

.macro function name
  .global \name
  .type \name, %function
\name:
.endm

  .text

// arch_switch_context(from, to)
function arch_switch_context
  addi sp, sp, -112
  sd ra, 0(sp)
  sd s0, 8(sp)
  sd s1, 16(sp)
  sd s2, 24(sp)
  sd s3, 32(sp)
  sd s4, 40(sp)
  sd s5, 48(sp)
  sd s6, 56(sp)
  sd s7, 64(sp)
  sd s8, 72(sp)
  sd s9, 80(sp)
  sd s10, 88(sp)
  sd s11, 96(sp)
  sd sp, 0(a0)
  ld sp, 0(a1)
  ld ra, 0(sp)
  ld s0, 8(sp)
  ld s1, 16(sp)
  ld s2, 24(sp)
  ld s3, 32(sp)
  ld s4, 40(sp)
  ld s5, 48(sp)
  ld s6, 56(sp)
  ld s7, 64(sp)
  ld s8, 72(sp)
  ld s9, 80(sp)
  ld s10, 88(sp)
  ld s11, 96(sp)
  addi sp, sp, 112
  ret

// Where a new context begins: s1 = entry, s2 = its argument (make_context).
function arch_begin_context
  mv s0, zero
  mv ra, zero
  mv a0, s2
  jalr s1
  ebreak

// arch_enter_program(pc, sp)
function arch_enter_program
  mv sp, a1
  mv t0, a0
  mv a0, zero
  mv a1, zero
  mv s0, zero
  mv ra, zero
  csrsi sstatus, 2
  jr t0

// arch_call_on_stack(stack_top, function, argument)
function arch_call_on_stack
  addi sp, sp, -32
  sd ra, 24(sp)
  sd s0, 16(sp)
  sd s1, 8(sp)
  addi s0, sp, 32
  mv s1, sp
  mv sp, a0
  mv a0, a2
  jalr a1
  mv sp, s1
  ld ra, 24(sp)
  ld s0, 16(sp)
  ld s1, 8(sp)
  addi sp, sp, 32
  ret

.macro one instruction, number
  \instruction f\number, (8 * \number)(a0)
.endm

// fs0-fs11
.macro for_each_callee_saved instruction
  .irp number, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
  one \instruction, \number
  .endr
.endm

.macro for_each_caller_saved instruction
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
  one \instruction, \number
  .endr
.endm

function arch_fp_save
  for_each_caller_saved fsd
function arch_fp_save_callee
  for_each_callee_saved fsd
  frcsr t0
  sd t0, 256(a0)
  ret

function arch_fp_restore
  for_each_caller_saved fld
function arch_fp_restore_callee
  for_each_callee_saved fld
  ld t0, 256(a0)
  fscsr t0
  ret

  .section .note.GNU-stack, "", %progbits
