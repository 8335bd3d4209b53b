# SPDX-License-Identifier: ISC
#
# int __clone(int (*func)(void *), void *stack, int flags, void *arg, int *ptid, void *tls, int *ctid)
#                  a0                    a1         a2         a3         a4         a5         a6
#
# The new thread finds func and arg at the top of its stack and calls func(arg), then exits.

.text
.global __clone
.hidden __clone
.type __clone, @function
__clone:
	andi a1, a1, -16
	addi a1, a1, -16
	sd a0, 0(a1)
	sd a3, 8(a1)
	sext.w a0, a2                   # flags
	mv a2, a4                       # ptid
	mv a3, a6                       # ctid
	mv a4, a5                       # tls
	lla a5, cloned_thread           # entry
	.hidden nucleus_clone
	tail nucleus_clone
.size __clone, . - __clone

.type cloned_thread, @function
cloned_thread:
	li s0, 0                        # the end of the frame-pointer chain
	li ra, 0
	ld t0, 0(sp)
	ld a0, 8(sp)
	addi sp, sp, 16
	jalr t0
	mv a1, a0
	li a0, 93                       # SYS_exit
	.hidden nucleus_syscall
	call nucleus_syscall
	unimp
.size cloned_thread, . - cloned_thread

.section .note.GNU-stack, "", @progbits
