// SPDX-License-Identifier: ISC
//
// What the libc calls (nucleus/entry.h). Each moves to the current thread's kernel stack, whose top the scheduler keeps in
// the CPU's record (one load through GS: a preemption before or after it finds the same thread's stack), and calls the
// C++ function of the same purpose.

#define KERNEL_STACK_TOP %gs:8          // CpuEntry::kernel_stack_top

        .text

// long nucleus_syscall(number, a, b, c, d, e, f)
        .globl  nucleus_syscall
        .type   nucleus_syscall, @function
nucleus_syscall:
        pushq   %rbp
        movq    %rsp, %rbp
        movq    16(%rbp), %rax          // f
        movq    KERNEL_STACK_TOP, %rsp
        pushq   %rax                    // keeps the stack 16-byte aligned at the call, with the next one
        pushq   %rax
        call    nucleus_enter_syscall   // rax: the result, rdx: whether a signal waits
        testq   %rdx, %rdx
        jnz     signal_waits
        movq    %rbp, %rsp
        sti                             // on the program's stack: from here on a signal can be delivered
        popq    %rbp
        ret
signal_waits:
        // The TrapFrame of this very return. The registers that the caller expects to be lost are left zero.
        pushq   $0x10                   // ss: kernel_data_selector
        leaq    16(%rbp), %rcx
        pushq   %rcx                    // rsp: as after the return
        pushq   $0x202                  // rflags: interrupts on
        pushq   $0x08                   // cs: kernel_code_selector
        pushq   8(%rbp)                 // rip: the return address
        xorl    %ecx, %ecx
        .rept   7                       // error_code, vector, fault_address, rdi, rsi, rdx, rcx
        pushq   %rcx
        .endr
        pushq   %rax
        .rept   4                       // r8, r9, r10, r11
        pushq   %rcx
        .endr
        pushq   %rbx
        pushq   (%rbp)                  // the caller's rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    nucleus_finish_syscall
        ud2
        .size   nucleus_syscall, . - nucleus_syscall

// long nucleus_clone(flags, stack, parent_tid, child_tid, tls, entry)
        .globl  nucleus_clone
        .type   nucleus_clone, @function
nucleus_clone:
        pushq   %rbp
        movq    %rsp, %rbp
        movq    KERNEL_STACK_TOP, %rsp
        call    nucleus_enter_clone
        movq    %rbp, %rsp
        popq    %rbp
        ret
        .size   nucleus_clone, . - nucleus_clone

// [[noreturn]] void nucleus_unmap_and_exit(void* base, std::size_t length)
        .globl  nucleus_unmap_and_exit
        .type   nucleus_unmap_and_exit, @function
nucleus_unmap_and_exit:
        movq    KERNEL_STACK_TOP, %rsp
        xorl    %ebp, %ebp
        call    nucleus_enter_unmap_and_exit
        ud2
        .size   nucleus_unmap_and_exit, . - nucleus_unmap_and_exit

// Jumped to with rsp just above the popped return address, as for Linux' rt_sigreturn.
        .globl  nucleus_sigreturn
        .type   nucleus_sigreturn, @function
nucleus_sigreturn:
        movq    %rsp, %rdi
        movq    KERNEL_STACK_TOP, %rsp
        xorl    %ebp, %ebp
        call    nucleus_enter_sigreturn
        ud2
        .size   nucleus_sigreturn, . - nucleus_sigreturn

        .section .note.GNU-stack, "", @progbits
