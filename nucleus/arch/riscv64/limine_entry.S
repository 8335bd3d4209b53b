// SPDX-License-Identifier: ISC
//
// Where a Limine loader enters: at the link address, on the loader's page tables. What only those tables can reach is read;
// then paging goes off, and the boot goes on as that of a Linux Image, at the physical address, with neither hart nor
// devicetree. The image lies at a 2 MiB boundary, because its segment asks for that.

#define GIGABYTE_LEAF 0xeb             // read, execute; global, accessed, dirty

#define REQUEST_HHDM 144               // boot/limine/requests.h
#define REQUEST_EXECUTABLE_ADDRESS 192
#define RESPONSE_VALUE 8
#define FACT_HHDM 0
#define FACT_PHYSICAL_BASE 8

  .section .text.limine_entry, "ax"
  .option norelax                      // gp is not set
  .balign 4
  .global limine_entry
limine_entry:
  csrw sie, zero
  csrci sstatus, 2                     // SIE
  lla t0, limine_requests
  lla t1, limine_facts
  ld t2, REQUEST_HHDM(t0)
  beqz t2, 1f
  ld t2, RESPONSE_VALUE(t2)
  sd t2, FACT_HHDM(t1)
1:
  ld t2, REQUEST_EXECUTABLE_ADDRESS(t0)
  beqz t2, cannot_go_on
  ld s3, RESPONSE_VALUE(t2)
  sd s3, FACT_PHYSICAL_BASE(t1)
  slli t2, s3, 64 - 21
  bnez t2, cannot_go_on

  // A table of one entry: the image's gigabyte at its physical address. The fetch behind the switch to it faults, and the
  // trap vector points at where the same code is physically.
  srli t2, s3, 30
  slli t3, t2, 28
  ori t3, t3, GIGABYTE_LEAF
  slli t2, t2, 3
  lla t4, arch_boot_root
  add t2, t2, t4
  sd t3, 0(t2)
  lla t5, nucleus_entry
  sub t5, s3, t5                       // from virtual to physical
  lla t6, 2f
  add t6, t6, t5
  csrw stvec, t6
  add t4, t4, t5
  srli t4, t4, 12
  li t3, 8                             // Sv39
  slli t3, t3, 60
  or t4, t4, t3
  sfence.vma
  csrw satp, t4
  sfence.vma
  .balign 4
2:
  csrw satp, zero
  sfence.vma
  li a0, -1
  mv a1, zero
  j boot_hart_entry

// There is no console yet, and no way to find one.
cannot_go_on:
  wfi
  j cannot_go_on

  .section .note.GNU-stack, "", %progbits
