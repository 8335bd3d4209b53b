// SPDX-License-Identifier: ISC
//
// System calls as they are, with whatever arguments, and threads that need no library.

#pragma once

#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline __attribute__((always_inline)) long raw_call(long n, long a, long b, long c, long d, long e,
                                                           long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline __attribute__((always_inline)) long raw_call(long n, long a, long b, long c, long d, long e,
                                                           long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#else
static inline __attribute__((always_inline)) long raw_call(long n, long a, long b, long c, long d, long e,
                                                           long f) {
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
}
#endif

#define CALL(name, ...) CALL_(SYS_##name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_NUMBER(number, ...) CALL_(number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...) \
  raw_call((number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

enum {
  thread_flags = 0x50f00,        // of memory, files, handlers and so on all in common
  cleared_at_the_end = 0x200000  // and a word that says when it is over
};

/// A thread that runs body(argument) on the stack that ends at `top` (16-byte aligned), and then exits. Flags
/// may be anything. The word at `over` is given as the one to be cleared. A number, or an error.
static inline long raw_clone(unsigned long flags, void* top, void (*body)(void*), void* argument, int* over) {
  void** stack = top;
  *--stack = argument;
  *--stack = (void*)body;
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = (long)over;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n test %%rax, %%rax\n jnz 1f\n"
      "xor %%ebp, %%ebp\n pop %%rax\n pop %%rdi\n call *%%rax\n"
      "xor %%edi, %%edi\n mov $60, %%eax\n syscall\n hlt\n"
      "1:"
      : "=a"(result)
      : "a"((long)SYS_clone), "D"(flags), "S"(stack), "d"(0L), "r"(r10), "r"(r8)
      : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = (long)flags;
  register long x1 __asm__("x1") = (long)stack;
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = (long)over;
  __asm__ volatile(
      "svc 0\n cbnz x0, 1f\n"
      "mov x29, #0\n ldp x1, x0, [sp], #16\n blr x1\n"
      "mov x0, #0\n mov x8, #93\n svc 0\n udf #0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
      : "memory");
  return x0;
#else
  register long a7 __asm__("a7") = SYS_clone;
  register long a0 __asm__("a0") = (long)flags;
  register long a1 __asm__("a1") = (long)stack;
  register long a2 __asm__("a2") = 0;
  register long a3 __asm__("a3") = 0;
  register long a4 __asm__("a4") = (long)over;
  __asm__ volatile(
      "ecall\n bnez a0, 1f\n"
      "li s0, 0\n ld a1, 0(sp)\n ld a0, 8(sp)\n addi sp, sp, 16\n jalr a1\n"
      "li a0, 0\n li a7, 93\n ecall\n unimp\n"
      "1:"
      : "+r"(a0)
      : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
      : "memory");
  return a0;
#endif
}
