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
  stp x29, x30, [sp, #-96]!
  stp x27, x28, [sp, #16]
  stp x25, x26, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x21, x22, [sp, #64]
  stp x19, x20, [sp, #80]
  mov x9, sp
  str x9, [x0]
  ldr x9, [x1]
  mov sp, x9
  ldp x19, x20, [sp, #80]
  ldp x21, x22, [sp, #64]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #32]
  ldp x27, x28, [sp, #16]
  ldp x29, x30, [sp], #96
  ret

// Where a new context begins: x19 = entry, x20 = its argument (make_context).
function arch_begin_context
  mov x29, xzr
  mov x30, xzr
  mov x0, x20
  blr x19
  brk #0

// arch_enter_program(pc, sp)
function arch_enter_program
  mov sp, x1
  mov x16, x0
  mov x0, xzr
  mov x1, xzr
  mov x29, xzr
  mov x30, xzr
  msr daifclr, #2
  br x16

// arch_call_on_stack(stack_top, function, argument)
function arch_call_on_stack
  stp x29, x30, [sp, #-32]!
  str x19, [sp, #16]
  mov x29, sp
  mov x19, sp
  mov sp, x0
  mov x0, x2
  blr x1
  mov sp, x19
  ldr x19, [sp, #16]
  ldp x29, x30, [sp], #32
  ret

.macro for_each_pair instruction
  \instruction q0, q1, [x0]
  \instruction q2, q3, [x0, #32]
  \instruction q4, q5, [x0, #64]
  \instruction q6, q7, [x0, #96]
  \instruction q8, q9, [x0, #128]
  \instruction q10, q11, [x0, #160]
  \instruction q12, q13, [x0, #192]
  \instruction q14, q15, [x0, #224]
  \instruction q16, q17, [x0, #256]
  \instruction q18, q19, [x0, #288]
  \instruction q20, q21, [x0, #320]
  \instruction q22, q23, [x0, #352]
  \instruction q24, q25, [x0, #384]
  \instruction q26, q27, [x0, #416]
  \instruction q28, q29, [x0, #448]
  \instruction q30, q31, [x0, #480]
.endm

function arch_fp_save
  for_each_pair stp
  mrs x1, fpcr
  mrs x2, fpsr
  add x0, x0, #512
  stp x1, x2, [x0]
  ret

function arch_fp_restore
  for_each_pair ldp
  add x0, x0, #512
  ldp x1, x2, [x0]
  msr fpcr, x1
  msr fpsr, x2
  ret

// What a call preserves, in the same places.  Spec: [arm/aapcs64 "6.1.2 SIMD and Floating-Point registers"]
function arch_fp_save_callee
  str d8, [x0, #128]
  str d9, [x0, #144]
  str d10, [x0, #160]
  str d11, [x0, #176]
  str d12, [x0, #192]
  str d13, [x0, #208]
  str d14, [x0, #224]
  str d15, [x0, #240]
  mrs x1, fpcr
  str x1, [x0, #512]
  ret

function arch_fp_restore_callee
  ldr d8, [x0, #128]
  ldr d9, [x0, #144]
  ldr d10, [x0, #160]
  ldr d11, [x0, #176]
  ldr d12, [x0, #192]
  ldr d13, [x0, #208]
  ldr d14, [x0, #224]
  ldr d15, [x0, #240]
  ldr x1, [x0, #512]
  msr fpcr, x1
  ret

  .section .note.GNU-stack, "", %progbits
