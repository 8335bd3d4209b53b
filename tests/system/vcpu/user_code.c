// SPDX-License-Identifier: ISC
//
// What users do in this test: functions that are copied into a space, so they refer to nothing outside of themselves. They
// find their arguments where the C convention has them, which the test sets.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <caml/alloc.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>

#define IN_USER_CODE __attribute__((section(".text.user_code"), noinline, used, aligned(16)))

__asm__(".pushsection .text.user_code,\"ax\"\n.balign 16\n.globl user_code_start\nuser_code_start:\n.popsection");
extern const char user_code_start[], user_code_end[];

#if defined __x86_64__
#define CALL "syscall"
#elif defined __aarch64__
#define CALL "svc #0"
#else
#define CALL "ecall"
#endif

static inline __attribute__((always_inline)) void trap(void) {
#if defined __x86_64__
  __asm__ volatile(CALL : : : "rcx", "r11", "memory");
#else
  __asm__ volatile(CALL : : : "memory");
#endif
}

IN_USER_CODE void user_calls(void) {
  for (;;) trap();
}
IN_USER_CODE void user_spins(void) {
  for (;;) __asm__ volatile("");
}
IN_USER_CODE void user_stores(volatile char* at) {
  *at = 1;
  for (;;) trap();
}
IN_USER_CODE void user_loads(volatile char* at) {
  (void)*at;
  for (;;) trap();
}
IN_USER_CODE void user_jumps(void (*to)(void)) {
  to();
}
IN_USER_CODE void user_counts(long* at) {
  for (;;) __atomic_fetch_add(at, 1, __ATOMIC_RELAXED);
}
// Each thread adds to the same word, a given number of times.
IN_USER_CODE void user_adds(long* at, long times) {
  for (long i = 0; i < times; i++) __atomic_fetch_add(at, 1, __ATOMIC_RELAXED);
  for (;;) trap();
}
// Touches pages until one faults that must not: threads meet in the same pages.
IN_USER_CODE void user_touches(volatile char* at, long pages) {
  for (long i = 0; i < pages; i++) at[i * 4096] = 1;
  for (;;) trap();
}
// Keeps floating-point state over interrupts and calls: the sum of 1.0s is exact.
IN_USER_CODE void user_floats(double* at, long times) {
  double sum = *at, step = at[1];
  for (long i = 0; i < times; i++) {
    sum += step;
    __asm__ volatile("" : : : "memory");
  }
  *at = sum;
  for (;;) trap();
}

// Fills floating-point registers and calls, for ever: after each call they must be what they were. A changed one goes to
// at[1].
IN_USER_CODE void user_keeps_vectors(uint64_t* at) {
#if defined __x86_64__
  __asm__ volatile("movq (%0), %%xmm0; movq (%0), %%xmm7; movq (%0), %%xmm15; fildll (%0)" : : "r"(at));
  for (;;) {
    uint64_t a, b, c;
    trap();
    __asm__ volatile("movq %%xmm0, %0; movq %%xmm7, %1; movq %%xmm15, %2" : "=r"(a), "=r"(b), "=r"(c));
    __asm__ volatile("fistpll 16(%0); fildll 16(%0)" : : "r"(at) : "memory");
    if (a != at[0] || b != at[0] || c != at[0] || at[2] != at[0]) at[1]++;
  }
#elif defined __aarch64__
  __asm__ volatile("ldr d0, [%0]; ldr d9, [%0]; ldr d31, [%0]" : : "r"(at));
  for (;;) {
    uint64_t a, b, c;
    trap();
    __asm__ volatile("fmov %0, d0; fmov %1, d9; fmov %2, d31" : "=r"(a), "=r"(b), "=r"(c));
    if (a != at[0] || b != at[0] || c != at[0]) at[1]++;
  }
#else
  __asm__ volatile("fld ft0, (%0); fld fs1, (%0); fld ft11, (%0)" : : "r"(at));
  for (;;) {
    uint64_t a, b, c;
    trap();
    __asm__ volatile("fmv.x.d %0, ft0; fmv.x.d %1, fs1; fmv.x.d %2, ft11" : "=r"(a), "=r"(b), "=r"(c));
    if (a != at[0] || b != at[0] || c != at[0]) at[1]++;
  }
#endif
}

// Writes every floating-point register that it can see to at[0] and behind.
IN_USER_CODE void user_shows_vectors(uint64_t* at) {
#if defined __x86_64__
  __asm__ volatile(
      "movups %%xmm0, (%0); movups %%xmm1, 16(%0); movups %%xmm2, 32(%0); movups %%xmm3, 48(%0);"
      "movups %%xmm4, 64(%0); movups %%xmm5, 80(%0); movups %%xmm6, 96(%0); movups %%xmm7, 112(%0);"
      "movups %%xmm8, 128(%0); movups %%xmm9, 144(%0); movups %%xmm10, 160(%0); movups %%xmm11, 176(%0);"
      "movups %%xmm12, 192(%0); movups %%xmm13, 208(%0); movups %%xmm14, 224(%0); movups %%xmm15, 240(%0)"
      : : "r"(at) : "memory");
#elif defined __aarch64__
  __asm__ volatile(
      "stp q0, q1, [%0]; stp q2, q3, [%0, 32]; stp q4, q5, [%0, 64]; stp q6, q7, [%0, 96];"
      "stp q8, q9, [%0, 128]; stp q10, q11, [%0, 160]; stp q12, q13, [%0, 192]; stp q14, q15, [%0, 224];"
      "stp q16, q17, [%0, 256]; stp q18, q19, [%0, 288]; stp q20, q21, [%0, 320]; stp q22, q23, [%0, 352];"
      "stp q24, q25, [%0, 384]; stp q26, q27, [%0, 416]; stp q28, q29, [%0, 448]; stp q30, q31, [%0, 480]"
      : : "r"(at) : "memory");
#else
#define STORE(n) "fsd f" #n ", 8*" #n "(%0);"
  __asm__ volatile(STORE(0) STORE(1) STORE(2) STORE(3) STORE(4) STORE(5) STORE(6) STORE(7) STORE(8) STORE(9)
                   STORE(10) STORE(11) STORE(12) STORE(13) STORE(14) STORE(15) STORE(16) STORE(17) STORE(18)
                   STORE(19) STORE(20) STORE(21) STORE(22) STORE(23) STORE(24) STORE(25) STORE(26) STORE(27)
                   STORE(28) STORE(29) STORE(30) STORE(31)
                   : : "r"(at) : "memory");
#endif
  for (;;) trap();
}

// Instructions that a user may not have, or that try to leave something behind. Each is followed by a call, so one that does
// nothing to a user ends so.
#define HOSTILE(name, ...)                         \
  IN_USER_CODE void name(void) {                   \
    __asm__ volatile(__VA_ARGS__);                   \
    for (;;) trap();                               \
  }

#if defined __x86_64__
HOSTILE(h0, "hlt")
HOSTILE(h1, "cli")
HOSTILE(h2, "mov %cr3, %rax")
HOSTILE(h3, "mov %rax, %cr4")
HOSTILE(h4, "xor %ecx, %ecx; rdmsr")
HOSTILE(h5, "mov $0xc0000102, %ecx; wrmsr")
HOSTILE(h6, "in $0x60, %al")
HOSTILE(h7, "out %al, $0x70")
HOSTILE(h8, "lgdt (%rsp)")
HOSTILE(h9, "ltr %ax")
HOSTILE(h10, "int $0x80")
HOSTILE(h11, "int $0xf1")
HOSTILE(h12, "int3")
HOSTILE(h13, "ud2")
HOSTILE(h14, "swapgs")
HOSTILE(h15, "sysretq")
HOSTILE(h16, "iretq")
HOSTILE(h17, "pushq $0x3002; popfq; pushfq; popq %rax")
HOSTILE(h18, "pushq $0x40302; popfq; nop")
HOSTILE(h19, "pushq $0x4702; popfq")
HOSTILE(h20, "xor %edx, %edx; xor %eax, %eax; xor %ecx, %ecx; div %ecx")
HOSTILE(h21, "mov $-1, %rax; wrgsbase %rax")
HOSTILE(h22, "mov $0xffffffff80200000, %rax; wrfsbase %rax")
HOSTILE(h23, "mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %fs; mov %eax, %gs")
HOSTILE(h24, "mov $0x10, %eax; mov %eax, %ss")
HOSTILE(h25, "std")
HOSTILE(h26, "fldz; fldz; fldz; fldz; fldz; fldz; fldz; fldz")
HOSTILE(h27, "mov $0x8000000000000000, %rax; jmp *%rax")
HOSTILE(h28, "mov $0xffffffff80200000, %rsp; push %rax")
HOSTILE(h29, "mov $0x7ffffffff000, %rcx; mov (%rcx), %rax")
HOSTILE(h30, "xor %ecx, %ecx; xsetbv")
HOSTILE(h31, ".byte 0xf1")
HOSTILE(h32, "push $0x33; push $0; lretq")
HOSTILE(h33, "mov $0xffffffff80200000, %rsp; syscall")
HOSTILE(h34, "sysenter")
HOSTILE(h35, "clac")
HOSTILE(h36, "sgdt (%rsp)")
#define HOSTILE_ALL                                                                                                    \
  h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19, h20, h21, h22, h23, h24, h25, \
      h26, h27, h28, h29, h30, h31, h32, h33, h34, h35, h36
#elif defined __aarch64__
HOSTILE(h0, "msr daifset, #2")
HOSTILE(h1, "mrs x0, ttbr0_el1")
HOSTILE(h2, "msr ttbr1_el1, x0")
HOSTILE(h3, "mrs x0, esr_el1")
HOSTILE(h4, "msr tpidr_el1, x0")
HOSTILE(h5, "hvc #0")
HOSTILE(h6, "smc #0")
HOSTILE(h7, "eret")
HOSTILE(h8, "tlbi vmalle1")
HOSTILE(h9, "brk #1")
HOSTILE(h10, "udf #0")
HOSTILE(h11, "msr spsel, #1")
HOSTILE(h12, "mrs x0, sctlr_el1")
HOSTILE(h13, "mov x0, #-1; msr tpidr_el0, x0")
HOSTILE(h14, "mov x0, #-4096; ldr x0, [x0]")
HOSTILE(h15, "mov x0, #1; lsl x0, x0, #62; ldr x0, [x0]")
HOSTILE(h16, "mov x0, #1; br x0")
HOSTILE(h17, "mov x0, #8; add sp, sp, x0; ldr x0, [sp]")
HOSTILE(h18, "ic iallu")
HOSTILE(h19, "dc ivac, x0")
HOSTILE(h20, "mrs x0, pmccntr_el0")
HOSTILE(h21, "msr cntv_ctl_el0, x0")
HOSTILE(h22, "hlt #0")
HOSTILE(h23, "mov x0, #-1; mov sp, x0; svc #0")
HOSTILE(h24, ".inst 0xd500419f")
HOSTILE(h25, "mrs x0, daif")
#define HOSTILE_ALL                                                                                                    \
  h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19, h20, h21, h22, h23, h24, h25
#else
HOSTILE(h0, "csrr a0, sstatus")
HOSTILE(h1, "csrw sscratch, a0")
HOSTILE(h2, "csrw satp, zero")
HOSTILE(h3, "csrw stvec, zero")
HOSTILE(h4, "sret")
HOSTILE(h5, "sfence.vma")
HOSTILE(h6, "csrr a0, mhartid")
HOSTILE(h7, ".4byte 0x30200073")
HOSTILE(h8, "ebreak")
HOSTILE(h9, ".4byte 0")
HOSTILE(h10, "li a0, -4096; ld a0, (a0)")
HOSTILE(h11, "li a0, 1; slli a0, a0, 62; ld a0, (a0)")
HOSTILE(h12, "li tp, -1; li gp, -1; li sp, -1; ecall")
HOSTILE(h13, "li a0, 1; slli a0, a0, 63; jr a0")
HOSTILE(h14, "csrw scounteren, zero")
HOSTILE(h15, "csrci sstatus, 2")
HOSTILE(h16, "csrr a0, sip")
HOSTILE(h17, "fscsr zero; csrw 0x015, zero")
HOSTILE(h18, "li a0, -1; sd a0, (a0)")
HOSTILE(h19, "lui a0, 0x10; amoadd.d zero, zero, (a0)")
HOSTILE(h20, "csrr a0, cycle")
#define HOSTILE_ALL                                                                                                    \
  h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19, h20
#endif

__asm__(".pushsection .text.user_code,\"ax\"\n.globl user_code_end\nuser_code_end:\n.popsection");

static void (*const hostile[])(void) = {HOSTILE_ALL};

value user_code(value unit) {
  (void)unit;
  const size_t size = (size_t)(user_code_end - user_code_start);
  return caml_alloc_initialized_string(size, user_code_start);
}

#define OFFSET(name) Val_long((const char*)(name)-user_code_start)

value user_offset(value which) {
  switch (Int_val(which)) {
    case 0: return OFFSET(user_calls);
    case 1: return OFFSET(user_spins);
    case 2: return OFFSET(user_stores);
    case 3: return OFFSET(user_loads);
    case 4: return OFFSET(user_jumps);
    case 5: return OFFSET(user_counts);
    case 6: return OFFSET(user_adds);
    case 7: return OFFSET(user_touches);
    case 8: return OFFSET(user_floats);
    case 9: return OFFSET(user_keeps_vectors);
    default: return OFFSET(user_shows_vectors);
  }
}

value user_hostile_count(value unit) {
  (void)unit;
  return Val_long(sizeof hostile / sizeof *hostile);
}
value user_hostile_offset(value which) {
  return OFFSET(hostile[Int_val(which)]);
}
