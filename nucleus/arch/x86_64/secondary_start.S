// SPDX-License-Identifier: ISC
//
// How a secondary CPU comes up. The first part is copied to the page at secondary_start_memory and runs there from real
// mode, with cs = page / 16; it goes straight to long mode on the page tables behind it, which map it and the image, and
// then on to the image.

#define START_PAGE 0x8000               // secondary_start_memory
#define START_TABLES 0x9000
#define IN_PAGE(label) ((label) - x86_secondary_code)

        .section .rodata.secondary, "a", @progbits
        .balign 16
        .globl  x86_secondary_code, x86_secondary_code_end
        .code16
x86_secondary_code:
        cli
        movw    %cs, %ax
        movw    %ax, %ds
        lgdtl   IN_PAGE(page_gdt_pointer)
        movl    %cr4, %eax
        orl     $0x20, %eax             // PAE
        movl    %eax, %cr4
        movl    $START_TABLES, %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       // EFER
        rdmsr
        orl     $0x900, %eax            // LME, NXE
        wrmsr
        movl    $0x80010033, %eax       // PG, WP, NE, ET, MP, PE; caches on
        movl    %eax, %cr0
        ljmpl   $0x08, $(START_PAGE + IN_PAGE(page_64))
        .code64
page_64:
        movq    $secondary_high, %rax
        jmp     *%rax
        .balign 8
page_gdt:
        .quad   0
        .quad   0x00af9b000000ffff      // 0x08: 64-bit code
        .quad   0x00cf93000000ffff      // 0x10: data
page_gdt_pointer:
        .word   . - page_gdt - 1
        .long   START_PAGE + IN_PAGE(page_gdt)
x86_secondary_code_end:

        .text
secondary_high:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        xorl    %eax, %eax
        movl    %eax, %fs
        movl    %eax, %gs
        movq    x86_secondary_root(%rip), %rax
        movq    %rax, %cr3
        movq    x86_secondary_stack(%rip), %rsp
        xorl    %ebp, %ebp
        call    x86_secondary_begin
        ud2

        .section .note.GNU-stack, "", @progbits
