// SPDX-License-Identifier: ISC
//
// The hosted shim: the narrow waist's four functions, by real system calls. With it the objects that make a bare
// image make a Linux process.

#define SYS_munmap 11
#define SYS_rt_sigreturn 15
#define SYS_clone 56
#define SYS_exit 60

.text

// long nucleus_syscall(long n, long a, long b, long c, long d, long e, long f)
//                          rdi     rsi     rdx     rcx     r8      r9   8(rsp)
.global nucleus_syscall
.type nucleus_syscall, @function
nucleus_syscall:
	movq %rdi, %rax
	movq %rsi, %rdi
	movq %rdx, %rsi
	movq %rcx, %rdx
	movq %r8, %r10
	movq %r9, %r8
	movq 8(%rsp), %r9
	syscall
	ret
.size nucleus_syscall, . - nucleus_syscall

// long nucleus_clone(unsigned long flags, void *stack, int *ptid, int *ctid, void *tls, void (*entry)(void))
//                                  rdi          rsi         rdx        rcx         r8          r9
.global nucleus_clone
.type nucleus_clone, @function
nucleus_clone:
	movq %rcx, %r10
	movl $SYS_clone, %eax
	syscall
	testq %rax, %rax
	jz 1f
	ret
1:	jmp *%r9
.size nucleus_clone, . - nucleus_clone

// void nucleus_unmap_and_exit(void *base, size_t length): no stack from the first system call on.
.global nucleus_unmap_and_exit
.type nucleus_unmap_and_exit, @function
nucleus_unmap_and_exit:
	movl $SYS_munmap, %eax
	syscall
	xorl %edi, %edi
	movl $SYS_exit, %eax
	syscall
	ud2
.size nucleus_unmap_and_exit, . - nucleus_unmap_and_exit

// Jumped to, with sp at the signal frame.
.global nucleus_sigreturn
.type nucleus_sigreturn, @function
nucleus_sigreturn:
	movl $SYS_rt_sigreturn, %eax
	syscall
	ud2
.size nucleus_sigreturn, . - nucleus_sigreturn

.section .note.GNU-stack, "", @progbits
