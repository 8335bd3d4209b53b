// SPDX-License-Identifier: ISC
//
// The first instructions of the image under PVH: 32-bit protected mode, flat segments, paging off, ebx = physical address
// of the start info, no stack. They check for long mode, map the first 4 GiB three times (at 0 for the change of
// mode only, in the direct map, and at the link address of the image), and go on in 64 bits at pvh_boot.

#define PHYSICAL(symbol) ((symbol) - 0xffffffff80000000)

#define ENTRY_PRESENT_WRITABLE  0x03
#define ENTRY_LARGE             0x80
#define DIRECT_MAP_SLOT         256     // of 0xffffffc000000000 in the top-level's last table
#define IMAGE_SLOT              510     // of 0xffffffff80000000
#define COM1                    0x3f8

// The note by which loaders find the entry.  Spec: [pvh "Boot protocol"]
        .section .note.pvh, "a", @note
        .balign 4
        .long   4                       // name
        .long   4                       // descriptor
        .long   18                      // XEN_ELFNOTE_PHYS32_ENTRY
        .asciz  "Xen"
        .long   PHYSICAL(nucleus_entry)

        .section .text.boot, "ax"
        .code32
        .globl  nucleus_entry
        .type   nucleus_entry, @function
nucleus_entry:
        cli
        cld
        movl    %ebx, %ebp              // cpuid clobbers ebx
        movl    $PHYSICAL(boot_stack_top), %esp

        // Long mode and no-execute: without them not even a page table can be built.
        movl    $0x80000000, %eax
        cpuid
        cmpl    $0x80000001, %eax
        jb      no_long_mode
        movl    $0x80000001, %eax
        cpuid
        andl    $((1 << 29) | (1 << 20)), %edx
        cmpl    $((1 << 29) | (1 << 20)), %edx
        jne     no_long_mode

        // One level-2 table a GiB, with 2 MiB pages. They are zero: .bss.
        movl    $PHYSICAL(boot_tables_gib), %edi
        movl    $(ENTRY_PRESENT_WRITABLE | ENTRY_LARGE), %eax
1:      movl    %eax, (%edi)
        addl    $8, %edi
        addl    $0x200000, %eax
        jnc     1b

        // One level-3 table serves both ends of the address space.
        movl    $PHYSICAL(boot_table_3), %edi
        movl    $PHYSICAL(boot_tables_gib) + ENTRY_PRESENT_WRITABLE, %eax
        movl    %eax, (%edi)
        movl    %eax, IMAGE_SLOT * 8(%edi)
        leal    DIRECT_MAP_SLOT * 8(%edi), %edi
        movl    $4, %ecx
2:      movl    %eax, (%edi)
        movl    $0x80000000, 4(%edi)    // no-execute
        addl    $8, %edi
        addl    $4096, %eax
        loop    2b

        movl    $PHYSICAL(boot_table_4), %edi
        movl    $PHYSICAL(boot_table_3) + ENTRY_PRESENT_WRITABLE, %eax
        movl    %eax, (%edi)
        movl    %eax, 511 * 8(%edi)

        movl    %edi, %cr3
        movl    %cr4, %eax
        orl     $0x20, %eax             // PAE
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx       // EFER
        rdmsr
        orl     $0x900, %eax            // LME, NXE
        wrmsr
        movl    %cr0, %eax
        andl    $0x9ffffff3, %eax       // caches on, no x87 emulation or trap
        orl     $0x80010023, %eax       // PG, WP, NE, MP, PE
        movl    %eax, %cr0

        lgdt    PHYSICAL(boot_gdt_pointer)
        ljmp    $0x08, $PHYSICAL(boot_64)

no_long_mode:
        movl    $PHYSICAL(no_long_mode_text), %esi
3:      movw    $(COM1 + 5), %dx        // line status
4:      inb     %dx, %al
        testb   $0x20, %al              // transmitter empty
        jz      4b
        lodsb
        testb   %al, %al
        jz      5f
        movw    $COM1, %dx
        outb    %al, %dx
        jmp     3b
5:      movw    $0xf4, %dx              // isa-debug-exit, if it is there
        movl    $70, %eax
        outl    %eax, %dx
        lidt    PHYSICAL(no_interrupt_table)    // else a triple fault
        int3

        .code64
boot_64:
        movq    $boot_high, %rax
        jmp     *%rax
boot_high:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        movq    $boot_stack_top, %rsp
        movl    %ebp, %edi
        xorl    %ebp, %ebp
        call    pvh_boot
        ud2
        .size   nucleus_entry, . - nucleus_entry

        .section .rodata.boot, "a", @progbits
no_long_mode_text:
        .asciz  "nucleus: this CPU has no 64-bit mode or no no-execute pages\r\n"
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00af9b000000ffff      // 0x08: 64-bit code
        .quad   0x00cf93000000ffff      // 0x10: data
no_interrupt_table:
        .word   0
        .long   0
boot_gdt_pointer:
        .word   . - boot_gdt - 1
        .long   PHYSICAL(boot_gdt)

        .section .bss.boot, "aw", @nobits
        .balign 4096
        .globl  boot_table_4, boot_table_3, boot_tables_gib     // the Limine path fills them too
boot_table_4:
        .skip   4096
boot_table_3:
        .skip   4096
boot_tables_gib:
        .skip   4 * 4096
        .globl  image_boot_stack_guard
image_boot_stack_guard:
        .skip   4096
        .skip   16384
        .globl  boot_stack_top
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
