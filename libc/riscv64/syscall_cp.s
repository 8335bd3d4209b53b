# SPDX-License-Identifier: ISC
#
# long __syscall_cp_asm(volatile int *cancel, long nr, u, v, w, x, y, z)
#                            a0               a1   a2 a3 a4 a5 a6 a7
#
# A system call that is a cancellation point. musl's handler of its cancellation signal compares the interrupted
# pc with __cp_begin and __cp_end: between them the call has had no effect yet, and it continues at __cp_cancel.

.text
.global __syscall_cp_asm
.hidden __syscall_cp_asm
.type __syscall_cp_asm, @function
__syscall_cp_asm:
	addi sp, sp, -16
	sd ra, 8(sp)
	sd s0, 0(sp)
	addi s0, sp, 16
.global __cp_begin
.hidden __cp_begin
__cp_begin:
	lw t0, 0(a0)
	bnez t0, __cp_cancel
	mv a0, a1
	mv a1, a2
	mv a2, a3
	mv a3, a4
	mv a4, a5
	mv a5, a6
	mv a6, a7
	.hidden nucleus_syscall
	call nucleus_syscall
.global __cp_end
.hidden __cp_end
__cp_end:
	ld s0, 0(sp)
	ld ra, 8(sp)
	addi sp, sp, 16
	ret

# Reached with the frame made.
.global __cp_cancel
.hidden __cp_cancel
__cp_cancel:
	addi sp, s0, -16
	ld s0, 0(sp)
	ld ra, 8(sp)
	addi sp, sp, 16
	.hidden __cancel
	tail __cancel
.size __syscall_cp_asm, . - __syscall_cp_asm

.section .note.GNU-stack, "", @progbits
