/* SPDX-License-Identifier: ISC */
/* Sets the thread pointer (the base of %fs) by arch_prctl. Runs before there is a thread pointer. */
#include "pthread_impl.h"
#include "syscall.h"

enum { set_fs_base = 0x1002 };

int __set_thread_area(void *thread_pointer)
{
	return __syscall(SYS_arch_prctl, set_fs_base, thread_pointer);
}
