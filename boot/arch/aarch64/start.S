// SPDX-License-Identifier: ISC

// x0 = Transition, caches and boot services done with. At EL1 the loader goes on in the lower half, which the firmware's
// tables serve, while the upper half becomes the kernel's; at EL2 the kernel's own level is set up and entered.
#define ROOT 0
#define ENTRY 8
#define STACK_TOP 16
#define MAIR 24
#define TCR 32
#define SCTLR 40

#define PSTATE_EL1T_MASKED 0x3c4

.macro clear_registers
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
  mov x\n, xzr
  .endr
.endm

  .text
  .global cross_over
cross_over:
  msr daifset, #15
  ldr x1, [x0, #ROOT]
  ldr x2, [x0, #STACK_TOP]
  ldr x3, [x0, #MAIR]
  ldr x4, [x0, #TCR]
  ldr x5, [x0, #SCTLR]
  ldr x6, [x0, #ENTRY]
  msr ttbr1_el1, x1
  msr mair_el1, x3                     // at EL1: what it was
  msr tcr_el1, x4
  isb
  tlbi vmalle1
  dsb sy
  isb
  mrs x7, CurrentEL
  cmp x7, #(2 << 2)
  b.eq 1f
  msr sctlr_el1, x5
  isb
  msr spsel, #0
  mov sp, x2
  mov x16, x6
  br x16
1:
  msr sctlr_el1, x5
  mov x7, #(1 << 31)                   // HCR_EL2.RW: EL1 is AArch64
  msr hcr_el2, x7
  mrs x7, cnthctl_el2
  orr x7, x7, #3                       // EL1 may use the physical counter and timer
  msr cnthctl_el2, x7
  msr cntvoff_el2, xzr
  mov x7, #0x33ff                      // trap nothing
  msr cptr_el2, x7
  msr hstr_el2, xzr
  mov x7, #(3 << 20)                   // floating point is the kernel's to allow, and it may
  msr cpacr_el1, x7
  mrs x7, midr_el1
  msr vpidr_el2, x7
  mrs x7, mpidr_el1
  msr vmpidr_el2, x7
  mrs x7, id_aa64pfr0_el1
  ubfx x7, x7, #24, #4                 // GICv3's system registers
  cbz x7, 2f
  mrs x7, S3_4_C12_C9_5                // ICC_SRE_EL2
  orr x7, x7, #1                       // in use,
  orr x7, x7, #8                       // and EL1 may decide so too
  msr S3_4_C12_C9_5, x7
2:
  mov x7, #PSTATE_EL1T_MASKED
  msr spsr_el2, x7
  msr elr_el2, x6
  msr sp_el0, x2
  isb
  clear_registers
  eret

  .section .note.GNU-stack, "", %progbits
