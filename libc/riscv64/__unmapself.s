# SPDX-License-Identifier: ISC
#
# void __unmapself(void *base, size_t size): frees the stack that it runs on, and ends the thread.

.text
.global __unmapself
.type __unmapself, @function
__unmapself:
	.hidden nucleus_unmap_and_exit
	tail nucleus_unmap_and_exit
.size __unmapself, . - __unmapself

.section .note.GNU-stack, "", @progbits
