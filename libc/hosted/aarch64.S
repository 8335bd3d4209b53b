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
.type nucleus_syscall, %function
nucleus_syscall:
	mov x8, x0
	mov x0, x1
	mov x1, x2
	mov x2, x3
	mov x3, x4
	mov x4, x5
	mov x5, x6
	svc #0
	ret
.size nucleus_syscall, . - nucleus_syscall

// long nucleus_clone(unsigned long flags, void *stack, int *ptid, int *ctid, void *tls, void (*entry)(void))
//                                  x0           x1         x2         x3         x4           x5
.global nucleus_clone
.type nucleus_clone, %function
nucleus_clone:
	mov x6, x3                      // Linux wants tls before ctid
	mov x3, x4
	mov x4, x6
	mov x8, #SYS_clone
	svc #0
	cbz x0, 1f
	ret
1:	br x5
.size nucleus_clone, . - nucleus_clone

// void nucleus_unmap_and_exit(void *base, size_t length): no stack from the first system call on.
.global nucleus_unmap_and_exit
.type nucleus_unmap_and_exit, %function
nucleus_unmap_and_exit:
	mov x8, #SYS_munmap
	svc #0
	mov x0, #0
	mov x8, #SYS_exit
	svc #0
	udf #0
.size nucleus_unmap_and_exit, . - nucleus_unmap_and_exit

// Jumped to, with sp at the signal frame.
.global nucleus_sigreturn
.type nucleus_sigreturn, %function
nucleus_sigreturn:
	mov x8, #SYS_rt_sigreturn
	svc #0
	udf #0
.size nucleus_sigreturn, . - nucleus_sigreturn

.section .note.GNU-stack, "", %progbits
