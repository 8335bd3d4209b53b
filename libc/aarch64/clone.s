// SPDX-License-Identifier: ISC
//
// int __clone(int (*func)(void *), void *stack, int flags, void *arg, int *ptid, void *tls, int *ctid)
//                  x0                    x1         w2         x3         x4         x5         x6
//
// The new thread finds func and arg at the top of its stack and calls func(arg), then exits.

.text
.global __clone
.hidden __clone
.type __clone, %function
__clone:
	and x1, x1, #-16
	stp x0, x3, [x1, #-16]!
	mov w0, w2                      // flags
	mov x2, x4                      // ptid
	mov x3, x6                      // ctid
	mov x4, x5                      // tls
	adr x5, cloned_thread           // entry
	.hidden nucleus_clone
	b nucleus_clone
.size __clone, . - __clone

.type cloned_thread, %function
cloned_thread:
	mov x29, #0                     // the end of the frame-pointer chain
	mov x30, #0
	ldp x1, x0, [sp], #16
	blr x1
	sxtw x1, w0
	mov x0, #93                     // SYS_exit
	.hidden nucleus_syscall
	bl nucleus_syscall
	udf #0
.size cloned_thread, . - cloned_thread

.section .note.GNU-stack, "", %progbits
