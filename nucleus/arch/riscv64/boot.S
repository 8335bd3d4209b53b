// SPDX-License-Identifier: ISC
//
// The first instructions: in supervisor mode, at any 2 MiB boundary of physical memory, paging off; a0 = hart,
// a1 = the devicetree. QEMU jumps to the lowest load address, so this is the image's first byte, and a Linux Image header
// as well. And where the SBI starts the other harts. Ends in C++ with paging on. Until then code is reached by its
// physical address; medany code is PC-relative anyway.  Spec: [linux/image "riscv"], [riscv/sbi]

#define IMAGE_TABLE_INDEX 510          // of layout::image_start, in the root: 1 GiB each

#define TABLE 0x01                     // PageFormat::make_table
#define STATUS_FP_INITIAL (1 << 13)

// StartBlock
#define START_SATP 0
#define START_CPU_ENTRY 8
#define START_STACK 16

// StartingHart
#define STARTING_HART 0
#define STARTING_BLOCK 8

  .section .text.entry, "ax"
  .option norelax                      // gp is not set, and would be the virtual address
  .global nucleus_entry
nucleus_entry:
  .option push
  .option norvc
  j boot_hart_entry
  .word 0
  .quad 0x200000                       // text_offset, of the 2 MiB boundary that is "the start of memory"
  .quad __image_end - nucleus_entry    // image_size
  .quad 0                              // little endian
  .word 2                              // version 0.2 of this header
  .word 0
  .quad 0
  .ascii "RISCV\0\0\0"
  .ascii "RSC\x05"
  .word 0
  .option pop

  .global boot_hart_entry               // limine_entry.S too
boot_hart_entry:
  csrw sie, zero
  lla t0, boot_hart_taken
  li t1, 1
  amoswap.w.aqrl t1, t1, (t0)
  bnez t1, late_hart
  mv s1, a0
  mv s2, a1
  lla s3, nucleus_entry                // the image's physical address

  lla t0, boot_tables_start
  lla t1, boot_tables_end
1: sd zero, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 1b

  // The image at its link address; C++ adds the direct map.
  lla t0, arch_boot_root
  lla t1, boot_image_table
  srli t2, t1, 2
  ori t2, t2, TABLE
  li t3, IMAGE_TABLE_INDEX * 8
  add t3, t3, t0
  sd t2, 0(t3)
  lla sp, boot_stack_top
  lla gp, __global_pointer$            // as an address of now
  mv a0, s3
  call arch_fill_image_table

  lla t0, arch_boot_root
  srli t0, t0, 12
  li t1, 8                             // Sv39
  slli t1, t1, 60
  or a0, t0, t1
  call enable_paging

  la gp, __global_pointer$
  la t0, __bss_start
  la t1, __bss_end
3: sd zero, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 3b

  la sp, boot_stack_top
  la a0, arch_boot_cpu_entry
  call adopt_hart
  mv a0, s2
  mv a1, s3
  mv a2, s1
  mv s0, zero
  call arch_boot
  ebreak

// The SBI enters here; a0 = hart, a1 = the StartBlock's physical address.
  .balign 4
  .global arch_secondary_entry
arch_secondary_entry:
  csrw sie, zero
  ld a0, START_SATP(a1)
  ld s1, START_CPU_ENTRY(a1)
  ld s2, START_STACK(a1)
  call enable_paging
  la gp, __global_pointer$
  mv sp, s2
  mv a0, s1
  call adopt_hart
  mv a0, s1
  mv s0, zero
  call arch_enter_secondary
  ebreak

// OpenSBI (1.1 at least) marks a hart as started before it has noted where. One that looks in between comes to the
// image's entry, as the boot hart does. a0 = hart: as soon as that is the one being started, it is sent the right way.
late_hart:
  lla t0, arch_starting_hart
4: .4byte 0x0100000f                  // pause
  ld t1, STARTING_HART(t0)
  bne t1, a0, 4b
  fence r, r
  ld a1, STARTING_BLOCK(t0)
  j arch_secondary_entry

// a0 = satp; returns at the virtual address. Nothing maps the physical address at which this runs: the fetch behind the
// switch faults, and the trap vector points at where the same code is virtually. Clobbers t0-t2.
enable_paging:
  lla t0, nucleus_entry
  ld t1, link_address_of_entry
  sub t1, t1, t0                       // from physical to virtual
  lla t2, 1f
  add t2, t2, t1
  csrw stvec, t2
  add ra, ra, t1
  sfence.vma
  csrw satp, a0
  sfence.vma
  .balign 4
1: ret

// a0 = CpuEntry.
adopt_hart:
  csrw sscratch, a0
  la t0, arch_trap_entry
  csrw stvec, t0
  li t0, STATUS_FP_INITIAL
  csrs sstatus, t0
  fscsr zero
  mv tp, zero
  ret

  .balign 8
link_address_of_entry:
  .quad nucleus_entry

// Neither is part of .bss: in use before that is cleared.
  .data
  .balign 4
boot_hart_taken:
  .word 0

  .section .boot_tables, "aw", %nobits
  .balign 4096
boot_tables_start:
  .global arch_boot_root
arch_boot_root:
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
