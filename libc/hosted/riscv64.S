// SPDX-License-Identifier: ISC
//
// The hosted shim: the narrow waist's four functions, by real system calls. With it the objects that make a bare
// image make a Linux process.

#define SYS_exit 93
#define SYS_rt_sigreturn 139
#define SYS_munmap 215
#define SYS_clone 220

.text

// long nucleus_syscall(long n, long a, long b, long c, long d, long e, long f)
.global nucleus_syscall
.type nucleus_syscall, @function
nucleus_syscall:
	mv a7, a0
	mv a0, a1
	mv a1, a2
	mv a2, a3
	mv a3, a4
	mv a4, a5
	mv a5, a6
	ecall
	ret
.size nucleus_syscall, . - nucleus_syscall

// long nucleus_clone(unsigned long flags, void *stack, int *ptid, int *ctid, void *tls, void (*entry)(void))
//                                  a0           a1         a2         a3         a4           a5
.global nucleus_clone
.type nucleus_clone, @function
nucleus_clone:
	mv t0, a3                       // Linux wants tls before ctid
	mv a3, a4
	mv a4, t0
	li a7, SYS_clone
	ecall
	beqz a0, 1f
	ret
1:	jr a5
.size nucleus_clone, . - nucleus_clone

// void nucleus_unmap_and_exit(void *base, size_t length): no stack from the first system call on.
.global nucleus_unmap_and_exit
.type nucleus_unmap_and_exit, @function
nucleus_unmap_and_exit:
	li a7, SYS_munmap
	ecall
	li a0, 0
	li a7, SYS_exit
	ecall
	unimp
.size nucleus_unmap_and_exit, . - nucleus_unmap_and_exit

// Jumped to, with sp at the signal frame.
.global nucleus_sigreturn
.type nucleus_sigreturn, @function
nucleus_sigreturn:
	li a7, SYS_rt_sigreturn
	ecall
	unimp
.size nucleus_sigreturn, . - nucleus_sigreturn

.section .note.GNU-stack, "", @progbits
