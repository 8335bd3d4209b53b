// SPDX-License-Identifier: ISC
//
// In and out of user mode. Leaving it is coming back from x86_enter_user: the user's registers go to its UserState, which
// the per-CPU record points at, and the kernel's are on the kernel stack, where they were left. So a thread in user mode is
// for all others one that is inside of a call. Interrupts stay off until C++ wants them.

#include "layout.h"

#define SCRATCH %gs:16                  // CpuEntry
#define USER_STATE %gs:40

        .section .text.x86_user, "ax", @progbits

.macro save_general
        movq    %rdx, 16(%rax)
        movq    %rbx, 24(%rax)
        movq    %rbp, 40(%rax)
        movq    %rsi, 48(%rax)
        movq    %rdi, 56(%rax)
        movq    %r8, 64(%rax)
        movq    %r9, 72(%rax)
        movq    %r10, 80(%rax)
        movq    %r12, 96(%rax)
        movq    %r13, 104(%rax)
        movq    %r14, 112(%rax)
        movq    %r15, 120(%rax)
.endm

// std::uint64_t x86_enter_user(UserState*)
        .globl  x86_enter_user
        .type   x86_enter_user, @function
x86_enter_user:
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, USER_KERNEL_SP(%rdi)
        movq    16(%rdi), %rdx
        movq    24(%rdi), %rbx
        movq    40(%rdi), %rbp
        movq    48(%rdi), %rsi
        movq    64(%rdi), %r8
        movq    72(%rdi), %r9
        movq    80(%rdi), %r10
        movq    96(%rdi), %r12
        movq    104(%rdi), %r13
        movq    112(%rdi), %r14
        movq    120(%rdi), %r15
        // Behind a system call, rcx and r11 hold what sysretq takes, and it is much the faster. The pc is far below where
        // it could fault with the kernel's rights.
        movq    USER_PC(%rdi), %rcx
        movq    USER_FLAGS(%rdi), %r11
        cmpq    %rcx, 8(%rdi)
        jne     by_iret
        cmpq    %r11, 88(%rdi)
        jne     by_iret
        movq    (%rdi), %rax
        movq    32(%rdi), %rsp
        movq    56(%rdi), %rdi
        swapgs
        sysretq
by_iret:
        pushq   $USER_DATA_SELECTOR
        pushq   32(%rdi)
        pushq   %r11
        pushq   $USER_CODE_SELECTOR
        pushq   %rcx
        movq    (%rdi), %rax
        movq    8(%rdi), %rcx
        movq    88(%rdi), %r11
        movq    56(%rdi), %rdi
        swapgs
        iretq
        .size   x86_enter_user, . - x86_enter_user

// syscall comes here: the pc is in rcx, the flags are in r11, and the stack is still the user's.
        .globl  x86_user_syscall
        .type   x86_user_syscall, @function
x86_user_syscall:
        swapgs
        movq    %rax, SCRATCH
        movq    USER_STATE, %rax
        movq    %rsp, 32(%rax)
        save_general
        movq    %rcx, 8(%rax)
        movq    %r11, 88(%rax)
        movq    %rcx, USER_PC(%rax)
        movq    %r11, USER_FLAGS(%rax)
        movq    SCRATCH, %rcx
        movq    %rcx, (%rax)
        movq    USER_KERNEL_SP(%rax), %rsp
        movl    $USER_EXIT_CALL, %eax
        jmp     restore_kernel          // syscall itself has cleared the flags
        .size   x86_user_syscall, . - x86_user_syscall

// trap_common jumps here, on an interrupt stack that holds: vector, error code, rip, cs, rflags, rsp, ss.
        .globl  x86_user_trap
        .type   x86_user_trap, @function
x86_user_trap:
        swapgs
        pushq   %rax
        movq    USER_STATE, %rax
        save_general
        movq    %rcx, 8(%rax)
        movq    %r11, 88(%rax)
        popq    %rcx
        movq    %rcx, (%rax)
        popq    USER_VECTOR(%rax)
        popq    USER_ERROR(%rax)
        popq    USER_PC(%rax)
        popq    %rcx                    // cs
        popq    USER_FLAGS(%rax)
        popq    32(%rax)
        movq    USER_KERNEL_SP(%rax), %rsp
        movl    $USER_EXIT_TRAP, %eax
        pushq   $2                      // no flag of the user's: AC would open its memory to the kernel
        popfq
restore_kernel:
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        ret
        .size   x86_user_trap, . - x86_user_trap

        .section .note.GNU-stack, "", @progbits
