// SPDX-License-Identifier: ISC

// Leaves the firmware for the kernel: a copy of what follows runs on both page tables.  rdi = Transition.
#define ROOT 0
#define ENTRY 8
#define STACK_TOP 16
#define GDT 24                          // ten bytes: limit and address, the latter in the direct map

        .text
        .globl  cross_over, cross_over_end
cross_over:
        cli
        cld
        movq    ENTRY(%rdi), %rbx
        movq    STACK_TOP(%rdi), %rsp
        movl    $0xc0000080, %ecx       // EFER
        rdmsr
        orl     $0x800, %eax            // NXE
        wrmsr
        movl    $0x277, %ecx            // IA32_PAT, as the protocol has it
        movl    $0x00070406, %eax
        movl    $0x00000105, %edx
        wrmsr
        movq    %cr4, %rax
        andl    $~0x20080, %eax         // no global pages, no PCID
        movq    %rax, %cr4
        movq    %cr0, %rax
        orl     $0x10000, %eax          // WP
        movq    %rax, %cr0
        movq    ROOT(%rdi), %rax
        leaq    GDT(%rdi), %rdx
        movq    %rax, %cr3
        lgdt    (%rdx)
        movl    $0x30, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        pushq   $0                      // no way back from the kernel
        pushq   $0x28
        pushq   %rbx
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        xorl    %esi, %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        xorl    %r8d, %r8d
        xorl    %r9d, %r9d
        xorl    %r10d, %r10d
        xorl    %r11d, %r11d
        xorl    %r12d, %r12d
        xorl    %r13d, %r13d
        xorl    %r14d, %r14d
        xorl    %r15d, %r15d
        lretq
cross_over_end:

        .section .note.GNU-stack, "", @progbits
