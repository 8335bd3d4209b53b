/* SPDX-License-Identifier: ISC */
/*
 * The narrow waist: every system call of the C library is a call of the C function nucleus_syscall. In a bare
 * image the nucleus defines it, in a hosted program libc/hosted does. The same file serves all architectures:
 * the numbers and the layouts of arguments are Linux' for the architecture, the result is -errno for an
 * error.
 *
 * musl finds no VDSO_* macro here, so it never looks for a vdso.
 */

__attribute__((visibility("hidden"))) long nucleus_syscall(long number, long a, long b, long c, long d,
                                                           long e, long f);

/* On 64-bit machines a long long is one argument, in either parity. */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

static inline long __syscall0(long n) {
  return nucleus_syscall(n, 0, 0, 0, 0, 0, 0);
}

static inline long __syscall1(long n, long a) {
  return nucleus_syscall(n, a, 0, 0, 0, 0, 0);
}

static inline long __syscall2(long n, long a, long b) {
  return nucleus_syscall(n, a, b, 0, 0, 0, 0);
}

static inline long __syscall3(long n, long a, long b, long c) {
  return nucleus_syscall(n, a, b, c, 0, 0, 0);
}

static inline long __syscall4(long n, long a, long b, long c, long d) {
  return nucleus_syscall(n, a, b, c, d, 0, 0);
}

static inline long __syscall5(long n, long a, long b, long c, long d, long e) {
  return nucleus_syscall(n, a, b, c, d, e, 0);
}

static inline long __syscall6(long n, long a, long b, long c, long d, long e, long f) {
  return nucleus_syscall(n, a, b, c, d, e, f);
}

/* System V IPC structures need no version flag on these architectures. */
#define IPC_64 0
