/* SPDX-License-Identifier: ISC */
/*
 * Leaves the judgement of a signal stack's size to the system. musl 1.2.6 refuses stacks that could not hold every
 * register the processor might have (12 KiB with AMX), among them the 8 KiB stacks of OCaml's runtime, which are
 * large enough for the registers that OCaml programs use.
 */
#include <signal.h>
#include "syscall.h"

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	return syscall(SYS_sigaltstack, stack, old);
}
