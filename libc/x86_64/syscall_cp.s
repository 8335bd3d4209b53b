# SPDX-License-Identifier: ISC
#
# long __syscall_cp_asm(volatile int *cancel, long nr, u, v, w, x, y, z)
#                            rdi              rsi   rdx rcx r8 r9 16(rbp) 24(rbp)
#
# A system call that is a cancellation point. musl's handler of its cancellation signal compares the interrupted
# pc with __cp_begin and __cp_end: between them the call has had no effect yet, and it continues at __cp_cancel.

.text
.global __syscall_cp_asm
.hidden __syscall_cp_asm
.type __syscall_cp_asm, @function
__syscall_cp_asm:
	pushq %rbp
	movq %rsp, %rbp
	subq $8, %rsp
.global __cp_begin
.hidden __cp_begin
__cp_begin:
	movl (%rdi), %eax
	testl %eax, %eax
	jnz __cp_cancel
	pushq 24(%rbp)                  # the seventh argument; the stack is 16-aligned again
	movq %rsi, %rdi
	movq %rdx, %rsi
	movq %rcx, %rdx
	movq %r8, %rcx
	movq %r9, %r8
	movq 16(%rbp), %r9
	.hidden nucleus_syscall
	call nucleus_syscall
.global __cp_end
.hidden __cp_end
__cp_end:
	leave
	ret

# Reached with the frame made and sp anywhere below it.
.global __cp_cancel
.hidden __cp_cancel
__cp_cancel:
	andq $-16, %rsp
	.hidden __cancel
	call __cancel
	leave
	ret
.size __syscall_cp_asm, . - __syscall_cp_asm

.section .note.GNU-stack, "", @progbits
