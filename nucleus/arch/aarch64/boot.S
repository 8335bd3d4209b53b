// SPDX-License-Identifier: ISC
//
// The first instructions: as a Linux Image, at any 2 MiB boundary of physical memory, MMU off, at EL1 or EL2; x0 = the
// devicetree. And where PSCI starts the other CPUs. Ends in C++ at EL1t with the MMU on. Until then code is reached by
// its physical address, so everything is PC-relative.  Spec: [linux/image "arm64"], [arm/arm "D8 The AArch64 Virtual
// Memory System Architecture"]

#define IMAGE_START 0xffffffff80200000
#define IMAGE_TABLE_INDEX 510          // of IMAGE_START, in the root: 1 GiB each

#define TABLE 0x3                      // PageFormat::make_table
#define EXECUTED_BLOCK 0x781           // valid, accessed, inner shareable, attribute 0, never written; a block

#define MAIR_VALUE 0x4404ff            // arch::aarch64::memory_attributes

// 39-bit addresses in both halves (T0SZ = T1SZ = 25), 4 KiB granules, tables in inner-shareable write-back memory.
#define TCR_VALUE (25 | (1 << 8) | (1 << 10) | (3 << 12) | (25 << 16) | (1 << 24) | (1 << 26) | (3 << 28) | (2 << 30))
#define TCR_PHYSICAL_SIZE_SHIFT 32
#define TCR_NO_LOWER_HALF (1 << 7)     // EPD0: no walks through TTBR0, so that null pointers fault

#define SCTLR_RESERVED_ONES 0x30d00800 // what an EL1 without newer features has set
#define SCTLR_MMU_AND_CACHES 0x1005    // M, C, I
#define SCTLR_SP_ALIGNMENT 0x8

#define PSTATE_EL1H_MASKED 0x3c5
#define CPU_KERNEL_STACK_TOP 8

// StartBlock
#define START_ROOT 0
#define START_IDENTITY_ROOT 8
#define START_CPU_ENTRY 16
#define START_STACK 24
#define START_CATCH_STACK 32

.macro physical_address register, symbol
  adrp \register, \symbol
  add \register, \register, :lo12:\symbol
.endm

.macro virtual_address register, symbol
  ldr \register, =\symbol
.endm

  .section .text.entry, "ax"
  .global nucleus_entry
nucleus_entry:
  b boot_cpu_entry
  .long 0
  .quad 0x200000                       // text_offset, of the 2 MiB boundary that is "the start of memory"
  .quad __image_end - nucleus_entry    // image_size
  .quad 0xa                            // little endian, 4 KiB pages, anywhere in memory
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long 0

  .global boot_cpu_entry                // limine_entry.S too
boot_cpu_entry:
  mov x20, x0
  bl enter_el1
  bl build_tables
  physical_address x0, arch_boot_root
  physical_address x1, boot_identity_root
  bl enable_mmu
  virtual_address x0, boot_cpu_high
  br x0
boot_cpu_high:
  bl forget_lower_half
  virtual_address x0, __bss_start
  virtual_address x1, __bss_end
1: cmp x0, x1
  b.hs 2f
  stp xzr, xzr, [x0], #16
  b 1b
2:
  virtual_address x0, boot_stack_top
  msr spsel, #0
  mov sp, x0
  bl arch_boot_catch_stack_top
  virtual_address x1, arch_boot_cpu_entry
  bl adopt_cpu
  mov x0, x20
  mov x1, x21
  mov x29, xzr
  bl arch_boot
  brk #0

// PSCI enters here; x0 = the StartBlock's physical address.
  .global arch_secondary_entry
arch_secondary_entry:
  mov x20, x0
  bl enter_el1
  ldr x0, [x20, #START_ROOT]
  ldr x1, [x20, #START_IDENTITY_ROOT]
  ldr x22, [x20, #START_CPU_ENTRY]
  ldr x23, [x20, #START_STACK]
  ldr x24, [x20, #START_CATCH_STACK]
  bl enable_mmu
  virtual_address x0, secondary_high
  br x0
secondary_high:
  bl forget_lower_half
  msr spsel, #0
  mov sp, x23
  mov x0, x24
  mov x1, x22
  bl adopt_cpu
  mov x0, x22
  mov x29, xzr
  bl arch_enter_secondary
  brk #0

// From EL2 to EL1, everything the hypervisor could trap or offset off; at EL1, nothing. Clobbers x0-x2.
enter_el1:
  mrs x0, CurrentEL
  cmp x0, #(2 << 2)
  b.ne 1f
  mov x0, #(1 << 31)                   // HCR_EL2.RW: EL1 is AArch64
  msr hcr_el2, x0
  mrs x0, cnthctl_el2
  orr x0, x0, #3                       // EL1 may use the physical counter and timer
  msr cnthctl_el2, x0
  msr cntvoff_el2, xzr
  mov x0, #0x33ff                      // trap nothing that is not reserved to be trapped
  msr cptr_el2, x0
  msr hstr_el2, xzr
  msr vttbr_el2, xzr
  mrs x0, midr_el1
  msr vpidr_el2, x0
  mrs x0, mpidr_el1
  msr vmpidr_el2, x0
  mrs x0, id_aa64pfr0_el1
  ubfx x0, x0, #24, #4                 // GICv3's system registers
  cbz x0, 2f
  mrs x0, S3_4_C12_C9_5                // ICC_SRE_EL2
  orr x0, x0, #1                       // in use,
  orr x0, x0, #8                       // and EL1 may decide so too
  msr S3_4_C12_C9_5, x0
  isb
2:
  ldr x0, =SCTLR_RESERVED_ONES
  msr sctlr_el1, x0
  mov x0, #PSTATE_EL1H_MASKED
  msr spsr_el2, x0
  msr elr_el2, x30
  eret
1:
  msr spsel, #1
  msr daifset, #15
  ret

// The boot CPU's tables: the image at its link address, and its gigabyte at its physical address for the moment when
// the MMU comes on; C++ adds the direct map. x21 = the image's physical address. Clobbers x22 and what calls may.
build_tables:
  mov x22, x30
  adrp x21, nucleus_entry
  physical_address x0, boot_tables_start
  physical_address x1, boot_tables_end
1: stp xzr, xzr, [x0], #16
  cmp x0, x1
  b.lo 1b

  physical_address x0, arch_boot_root
  physical_address x1, boot_image_table
  orr x2, x1, #TABLE
  str x2, [x0, #(IMAGE_TABLE_INDEX * 8)]

  lsr x4, x21, #30
  physical_address x0, boot_identity_root
  mov x3, #EXECUTED_BLOCK
  orr x5, x3, x4, lsl #30
  str x5, [x0, x4, lsl #3]

  physical_address x0, boot_stack_top
  mov sp, x0
  mov x0, x21
  bl arch_fill_image_table

  // What was written went past the caches: drop what they may hold of it.
  physical_address x0, boot_tables_start
  physical_address x1, boot_tables_end
3: dc ivac, x0
  add x0, x0, #16                      // no line is shorter
  cmp x0, x1
  b.lo 3b
  dsb sy
  ret x22

// x0 = root of the upper half, x1 = of the lower half. Returns at the physical address. Clobbers x2, x3.
enable_mmu:
  msr ttbr1_el1, x0
  msr ttbr0_el1, x1
  ldr x2, =MAIR_VALUE
  msr mair_el1, x2
  ldr x2, =TCR_VALUE
  mrs x3, id_aa64mmfr0_el1
  and x3, x3, #0xf                     // physical address size; 48 bits is what 4 KiB granules can name
  cmp x3, #5
  b.ls 1f
  mov x3, #5
1: orr x2, x2, x3, lsl #TCR_PHYSICAL_SIZE_SHIFT
  msr tcr_el1, x2
  mov x2, #(3 << 20)                   // CPACR_EL1.FPEN: floating point for everybody
  msr cpacr_el1, x2
  isb
  tlbi vmalle1
  ic iallu
  dsb sy
  isb
  ldr x2, =(SCTLR_RESERVED_ONES | SCTLR_MMU_AND_CACHES | SCTLR_SP_ALIGNMENT)
  msr sctlr_el1, x2
  isb
  ret

forget_lower_half:
  mrs x0, tcr_el1
  orr x0, x0, #TCR_NO_LOWER_HALF
  msr tcr_el1, x0
  isb
  tlbi vmalle1
  dsb nsh
  isb
  ret

// x0 = top of the catch stack, x1 = CpuEntry. Context: EL1t.
adopt_cpu:
  msr spsel, #1
  mov sp, x0
  msr spsel, #0
  msr tpidr_el1, x1
  msr tpidr_el0, xzr
  virtual_address x0, arch_vectors
  msr vbar_el1, x0
  mrs x0, id_aa64mmfr1_el1
  ubfx x0, x0, #20, #4
  cbz x0, 1f
  .inst 0xd500419f                     // msr pan, #1: the nucleus never touches a user's memory
1:
  isb
  msr daifclr, #4                      // system errors are to be seen
  ret

  .ltorg

// Not part of .bss: in use before that is cleared.
  .section .boot_tables, "aw", %nobits
  .balign 4096
boot_tables_start:
  .global arch_boot_root
arch_boot_root:
  .skip 4096
  .global boot_identity_root
boot_identity_root:
  .skip 4096
  .global boot_image_table
boot_image_table:
  .skip 4096
  .global boot_image_last_tables
boot_image_last_tables:
  .skip 8192
boot_tables_end:

  .section .bss.boot_stack, "aw", %nobits
  .balign 4096
  .global image_boot_stack_guard
image_boot_stack_guard:
  .skip 4096
  .skip 16384
boot_stack_top:

  .section .note.GNU-stack, "", %progbits
