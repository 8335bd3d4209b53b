// SPDX-License-Identifier: ISC
//
// The code of a process, for whichever place: with no argument but its name it forks, waits for its child,
// and both end with 7; else it waits for ever.

#include <caml/alloc.h>
#include <caml/mlvalues.h>

// Global, so that each is found by its own name.
extern const char cycles_code[], cycles_code_end[];

#if defined(__x86_64__)
__asm__(
    ".globl cycles_code, cycles_code_end\n"
    ".pushsection .rodata\n"
    "cycles_code:\n"
    "  cmpq $1, (%rsp)\n"
    "  jne 3f\n"
    "  mov $57, %eax\n"
    "  syscall\n"
    "  test %eax, %eax\n"
    "  jz 2f\n"
    "  mov %eax, %edi\n"
    "  xor %esi, %esi\n"
    "  xor %edx, %edx\n"
    "  xor %r10d, %r10d\n"
    "  mov $61, %eax\n"
    "  syscall\n"
    "2: mov $7, %edi\n"
    "  mov $231, %eax\n"
    "  syscall\n"
    "3: mov $34, %eax\n"
    "  syscall\n"
    "  jmp 3b\n"
    "cycles_code_end:\n"
    ".popsection\n");
#elif defined(__aarch64__)
__asm__(
    ".globl cycles_code, cycles_code_end\n"
    ".pushsection .rodata\n"
    ".balign 4\n"
    "cycles_code:\n"
    "  ldr x0, [sp]\n"
    "  cmp x0, #1\n"
    "  b.ne 3f\n"
    "  mov x0, #17\n"
    "  mov x1, #0\n"
    "  mov x2, #0\n"
    "  mov x3, #0\n"
    "  mov x4, #0\n"
    "  mov x8, #220\n"
    "  svc 0\n"
    "  cbz x0, 2f\n"
    "  mov x1, #0\n"
    "  mov x2, #0\n"
    "  mov x3, #0\n"
    "  mov x8, #260\n"
    "  svc 0\n"
    "2: mov x0, #7\n"
    "  mov x8, #94\n"
    "  svc 0\n"
    "3: mov x0, #0\n"
    "  mov x1, #0\n"
    "  mov x2, #0\n"
    "  mov x3, #0\n"
    "  mov x4, #8\n"
    "  mov x8, #73\n"
    "  svc 0\n"
    "  b 3b\n"
    "cycles_code_end:\n"
    ".popsection\n");
#else
__asm__(
    ".globl cycles_code, cycles_code_end\n"
    ".pushsection .rodata\n"
    ".balign 4\n"
    "cycles_code:\n"
    "  ld a0, 0(sp)\n"
    "  li a1, 1\n"
    "  bne a0, a1, 3f\n"
    "  li a0, 17\n"
    "  li a1, 0\n"
    "  li a2, 0\n"
    "  li a3, 0\n"
    "  li a4, 0\n"
    "  li a7, 220\n"
    "  ecall\n"
    "  beqz a0, 2f\n"
    "  li a1, 0\n"
    "  li a2, 0\n"
    "  li a3, 0\n"
    "  li a7, 260\n"
    "  ecall\n"
    "2: li a0, 7\n"
    "  li a7, 94\n"
    "  ecall\n"
    "3: li a0, 0\n"
    "  li a1, 0\n"
    "  li a2, 0\n"
    "  li a3, 0\n"
    "  li a4, 8\n"
    "  li a7, 73\n"
    "  ecall\n"
    "  j 3b\n"
    "cycles_code_end:\n"
    ".popsection\n");
#endif

value cycles_user_code(value unit) {
  (void)unit;
  return caml_alloc_initialized_string((mlsize_t)(cycles_code_end - cycles_code), cycles_code);
}
