/* SPDX-License-Identifier: ISC */
/*
 * A vfork child returns on its parent's stack, over the frames of the function that makes the system call; so the
 * call cannot be a function call. POSIX lets vfork be fork, and posix_spawn (which has a stack of its own) is the
 * quick way to start a program.
 */
#include <unistd.h>

pid_t vfork(void)
{
	return fork();
}
