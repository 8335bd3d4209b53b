// SPDX-License-Identifier: ISC
//
// Trap entry and return. Every gate uses an interrupt stack, because the interrupted code may be using its red zone or
// stand on a small OCaml fiber stack. That stack only catches: x86_catch copies the frame to the interrupted thread's own
// kernel stack, we switch to it, and only then is anything handled. One of each such stack a CPU is therefore enough.
//
// What comes from ring 3 goes on in user/user_entry.S. GS base is the nucleus' here, but for NMI, double fault and
// machine check, which can come between the two: x86_catch puts it right.

#include "vectors.h"

        .text

// A stub for each vector, X86_STUB_SIZE bytes apart.
        .globl  x86_trap_stubs
        .balign 16
x86_trap_stubs:
        .set    vector, 0
        .rept   256
        .balign X86_STUB_SIZE
        .if     vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30
        // The CPU has pushed an error code.
        .else
        pushq   $0
        .endif
        pushq   $vector
        jmp     trap_common
        .set    vector, vector + 1
        .endr

        .type   trap_common, @function
trap_common:
        testb   $3, 24(%rsp)            // cs
        jz      1f
        jmp     *x86_from_user(%rip)
1:      pushq   $0                      // fault_address: filled in by x86_catch
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rax
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        cld
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    x86_catch               // the frame's copy on the kernel stack
        movq    %rax, %rsp              // 16-byte aligned
        movq    %rax, %rdi
        call    x86_handle_trap
        jmp     resume_frame
        .size   trap_common, . - trap_common

// [[noreturn]] void arch_resume(const TrapFrame& frame)
        .globl  arch_resume
        .type   arch_resume, @function
arch_resume:
        movq    %rdi, %rsp
resume_frame:
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rax
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
        addq    $24, %rsp               // fault_address, vector, error_code
        iretq
        .size   arch_resume, . - arch_resume

        .section .note.GNU-stack, "", @progbits
