// SPDX-License-Identifier: ISC
//
// Where a Limine loader enters: 64-bit mode, at the link address, on the loader's page tables, descriptors and stack,
// all of which are left behind soon.

        .text
        .globl  limine_entry
        .type   limine_entry, @function
limine_entry:
        cli
        cld
        movq    $boot_stack_top, %rsp
        xorl    %ebp, %ebp
        call    limine_boot
        ud2
        .size   limine_entry, . - limine_entry

        .section .note.GNU-stack, "", @progbits
