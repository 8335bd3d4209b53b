# SPDX-License-Identifier: ISC
#
# Where a signal handler returns to. sp is just above the return address, where the signal frame begins.

.text
	nop                             # unwinders look up the return address less one
.global __restore_rt
.hidden __restore_rt
.type __restore_rt, @function
__restore_rt:
	.hidden nucleus_sigreturn
	jmp nucleus_sigreturn
.size __restore_rt, . - __restore_rt

.section .note.GNU-stack, "", @progbits
