# SPDX-License-Identifier: ISC
#
# int __clone(int (*func)(void *), void *stack, int flags, void *arg, int *ptid, void *tls, int *ctid)
#                  rdi                   rsi        edx        rcx        r8         r9      8(rsp)
#
# The new thread finds func and arg at the top of its stack and calls func(arg), then exits.

.text
.global __clone
.hidden __clone
.type __clone, @function
__clone:
	andq $-16, %rsi
	subq $16, %rsi
	movq %rdi, (%rsi)
	movq %rcx, 8(%rsi)
	movl %edx, %edi                 # flags
	movq %r8, %rdx                  # ptid
	movq 8(%rsp), %rcx              # ctid
	movq %r9, %r8                   # tls
	leaq cloned_thread(%rip), %r9   # entry
	.hidden nucleus_clone
	jmp nucleus_clone
.size __clone, . - __clone

.type cloned_thread, @function
cloned_thread:
	xorl %ebp, %ebp                 # the end of the frame-pointer chain
	popq %rax
	popq %rdi
	call *%rax
	movl %eax, %esi
	movl $60, %edi                  # SYS_exit
	.hidden nucleus_syscall
	call nucleus_syscall
	ud2
.size cloned_thread, . - cloned_thread

.section .note.GNU-stack, "", @progbits
