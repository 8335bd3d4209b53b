// SPDX-License-Identifier: ISC
//
// Where a Limine loader enters: at EL1, at the link address, on the loader's page tables. What only those tables can reach
// is read; then the MMU goes off, and the boot goes on as that of a Linux Image, at the physical address, without a
// devicetree in x0. The image lies at a 2 MiB boundary, because its segment asks for that.

#define EXECUTED_BLOCK 0x781           // as in boot.S, attribute to be filled in
#define ATTRIBUTE_SHIFT 2
#define WRITE_BACK 0xff                // in MAIR_EL1; the protocol promises an entry for it

// T0SZ = 25, walks in inner-shareable write-back memory, 4 KiB granules, no EPD0: the lower half of TCR_EL1.
#define TCR_LOWER_HALF 0x3519

#define REQUEST_HHDM 144               // boot/limine/requests.h
#define REQUEST_EXECUTABLE_ADDRESS 192
#define RESPONSE_VALUE 8
#define FACT_HHDM 0
#define FACT_PHYSICAL_BASE 8

.macro address register, symbol
  adrp \register, \symbol
  add \register, \register, :lo12:\symbol
.endm

  .section .text.limine_entry, "ax"
  .global limine_entry
limine_entry:
  address x0, limine_requests
  address x1, limine_facts
  ldr x2, [x0, #REQUEST_HHDM]
  cbz x2, 1f
  ldr x2, [x2, #RESPONSE_VALUE]
  str x2, [x1, #FACT_HHDM]
1:
  ldr x2, [x0, #REQUEST_EXECUTABLE_ADDRESS]
  cbz x2, cannot_go_on
  ldr x19, [x2, #RESPONSE_VALUE]
  str x19, [x1, #FACT_PHYSICAL_BASE]
  tst x19, #0x1fffff
  b.ne cannot_go_on

  // The image's gigabyte at its physical address, as memory of the kind that the loader's MAIR_EL1 has for it.
  mrs x2, mair_el1
  mov x3, #0
2: and x4, x2, #0xff
  cmp x4, #WRITE_BACK
  b.eq 3f
  lsr x2, x2, #8
  add x3, x3, #1
  cmp x3, #8
  b.lo 2b
  b cannot_go_on
3:
  mov x4, #EXECUTED_BLOCK
  orr x4, x4, x3, lsl #ATTRIBUTE_SHIFT
  lsr x5, x19, #30
  orr x4, x4, x5, lsl #30
  address x6, boot_identity_root
  str x4, [x6, x5, lsl #3]

  // With the MMU off nothing is cached: all of the image goes to memory now.
  address x7, nucleus_entry
  address x8, __image_end
  mrs x9, ctr_el0
  ubfx x9, x9, #16, #4                 // log2 of the words in a line of the data caches
  mov x10, #4
  lsl x10, x10, x9
  mov x11, x7
4: dc civac, x11
  add x11, x11, x10
  cmp x11, x8
  b.lo 4b
  dsb sy

  sub x12, x19, x7                     // from virtual to physical
  add x6, x6, x12
  msr ttbr0_el1, x6
  mrs x13, tcr_el1
  mov x14, #TCR_LOWER_HALF
  bfi x13, x14, #0, #16
  msr tcr_el1, x13
  isb
  tlbi vmalle1
  ic iallu
  dsb nsh
  isb
  adr x14, 5f
  add x14, x14, x12
  br x14
5:
  mrs x13, sctlr_el1
  bic x13, x13, #1                     // M
  bic x13, x13, #4                     // C
  msr sctlr_el1, x13
  isb
  mov x0, xzr
  b boot_cpu_entry

// There is no console yet, and no way to find one.
cannot_go_on:
  wfi
  b cannot_go_on

  .section .note.GNU-stack, "", %progbits
