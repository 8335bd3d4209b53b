// SPDX-License-Identifier: ISC
//
// long __syscall_cp_asm(volatile int *cancel, long nr, u, v, w, x, y, z)
//                            x0               x1   x2 x3 x4 x5 x6 x7
//
// A system call that is a cancellation point. musl's handler of its cancellation signal compares the interrupted
// pc with __cp_begin and __cp_end: between them the call has had no effect yet, and it continues at __cp_cancel.

.text
.global __syscall_cp_asm
.hidden __syscall_cp_asm
.type __syscall_cp_asm, %function
__syscall_cp_asm:
	stp x29, x30, [sp, #-16]!
	mov x29, sp
.global __cp_begin
.hidden __cp_begin
__cp_begin:
	ldr w8, [x0]
	cbnz w8, __cp_cancel
	mov x0, x1
	mov x1, x2
	mov x2, x3
	mov x3, x4
	mov x4, x5
	mov x5, x6
	mov x6, x7
	.hidden nucleus_syscall
	bl nucleus_syscall
.global __cp_end
.hidden __cp_end
__cp_end:
	ldp x29, x30, [sp], #16
	ret

// Reached with the frame made.
.global __cp_cancel
.hidden __cp_cancel
__cp_cancel:
	mov sp, x29
	ldp x29, x30, [sp], #16
	.hidden __cancel
	b __cancel
.size __syscall_cp_asm, . - __syscall_cp_asm

.section .note.GNU-stack, "", %progbits
