// SPDX-License-Identifier: ISC
//
// Moving between stacks: kernel contexts, the first entry of a program thread, a call on another stack.

        .text

// void arch_switch_context(Context& from, Context& to)
// Only what the C calling convention preserves; floating-point state and thread pointer are the scheduler's.
        .globl  arch_switch_context
        .type   arch_switch_context, @function
arch_switch_context:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    (%rsi), %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   arch_switch_context, . - arch_switch_context

// Where the first switch to a new context returns to: entry in rbx, argument in r12 (see make_context).
        .globl  x86_context_start
        .type   x86_context_start, @function
x86_context_start:
        movq    %r12, %rdi
        xorl    %ebp, %ebp
        call    *%rbx
        ud2                             // a kernel thread's entry never returns
        .size   x86_context_start, . - x86_context_start

// [[noreturn]] void arch_enter_program(std::uintptr_t pc, std::uintptr_t sp)
        .globl  arch_enter_program
        .type   arch_enter_program, @function
arch_enter_program:
        pushq   $0x10                   // ss: kernel_data_selector
        pushq   %rsi                    // rsp
        pushq   $0x202                  // rflags: interrupts on
        pushq   $0x08                   // cs: kernel_code_selector
        pushq   %rdi                    // rip
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
        iretq
        .size   arch_enter_program, . - arch_enter_program

// void arch_call_on_stack(std::byte* stack_top, void (*function)(void*), void* argument)
        .globl  arch_call_on_stack
        .type   arch_call_on_stack, @function
arch_call_on_stack:
        pushq   %rbp
        movq    %rsp, %rbp
        movq    %rdi, %rsp
        movq    %rdx, %rdi
        call    *%rsi
        leave
        ret
        .size   arch_call_on_stack, . - arch_call_on_stack

        .section .note.GNU-stack, "", @progbits
