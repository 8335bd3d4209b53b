// SPDX-License-Identifier: ISC
//
// Memory that is not the process': the kernel's, none at all, and what is mapped but not for this.

#include "harness.h"

static void reads(void* at) {
  (void)*(volatile long*)at;
}
static void reads_byte(void* at) {
  (void)*(volatile char*)at;
}
static void writes(void* at) {
  *(volatile long*)at = 1;
}
static void adds(void* at) {
  __atomic_fetch_add((long*)at, 1, __ATOMIC_SEQ_CST);
}
static void jumps(void* at) {
  ((void (*)(void))(intptr_t)at)();
}

// With a handler that shows what is told of the fault, and goes no further.
static void* told;
static void shows(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)context;
  told = info->si_addr;
  leave(told == NULL ? 0 : 1);
}

static void handles(void (*body)(void*), void* at) {
  struct sigaction action = {.sa_sigaction = shows, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  body(at);
}
static void reads_with_handler(void* at) {
  handles(reads, at);
}
static void writes_with_handler(void* at) {
  handles(writes, at);
}

static void each(const char* what, void (*body)(void*), const long* list, size_t count, int end) {
  for (size_t i = 0; i < count; i++) {
    char text[80];
    snprintf(text, sizeof text, "%s %lx", what, (unsigned long)list[i]);
    expect_end(text, body, (void*)list[i], end);
  }
}
#define EACH(what, body, list, count) each(what, body, list, count, SIGSEGV)

void kernel_reads_class(void) {
  EACH("reads", reads, kernel_addresses, kernel_address_count);
  EACH("reads a byte", reads_byte, kernel_addresses, kernel_address_count);
  // A handler learns nothing: neither does it run on, nor is it told a kernel's address as mapped.
  each("reads, handled", reads_with_handler, kernel_addresses, kernel_address_count,
       on_linux ? any : exited(0));
}

void kernel_writes_class(void) {
  EACH("writes", writes, kernel_addresses, kernel_address_count);
  EACH("adds", adds, kernel_addresses, kernel_address_count);
  each("writes, handled", writes_with_handler, kernel_addresses, kernel_address_count,
       on_linux ? any : exited(0));
}

void kernel_jumps_class(void) {
  EACH("jumps", jumps, kernel_addresses, kernel_address_count);
  static char data[64] __attribute__((aligned(64)));
  expect_end("jumps into data", jumps, data, SIGSEGV);
  char stack[64];
  expect_end("jumps into the stack", jumps, (void*)(((uintptr_t)stack + 15) & ~15ul), SIGSEGV);
  expect_end("jumps to null", jumps, NULL, SIGSEGV);
}

// The stack pointer is nowhere: calls go on, but nothing can be pushed, and no handler called.
static void has_no_stack(void* at) {
#if defined(__x86_64__)
  __asm__ volatile("mov %0, %%rsp; mov $39, %%eax; syscall; push %%rax" ::"r"(at)
                   : "rax", "rcx", "r11", "memory");
#elif defined(__aarch64__)
  __asm__ volatile("mov sp, %0; mov x8, #172; svc 0; str x0, [sp]" ::"r"(at) : "x0", "x8", "memory");
#else
  __asm__ volatile("mv sp, %0; li a7, 172; ecall; sd a0, 0(sp)" ::"r"(at) : "a0", "a7", "memory");
#endif
}

static void has_no_stack_for_a_handler(void* at) {
  struct sigaction action = {.sa_sigaction = shows, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  const long self = CALL(getpid, 0);
#if defined(__x86_64__)
  __asm__ volatile("mov %0, %%rsp; mov $62, %%eax; syscall; ud2" ::"r"(at), "D"(self), "S"((long)SIGUSR1)
                   : "rax", "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x0 __asm__("x0") = self;
  register long x1 __asm__("x1") = SIGUSR1;
  __asm__ volatile("mov sp, %0; mov x8, #129; svc 0; udf #0" ::"r"(at), "r"(x0), "r"(x1) : "x8", "memory");
#else
  register long a0 __asm__("a0") = self;
  register long a1 __asm__("a1") = SIGUSR1;
  __asm__ volatile("mv sp, %0; li a7, 129; ecall; unimp" ::"r"(at), "r"(a0), "r"(a1) : "a7", "memory");
#endif
}

void strange_addresses_class(void) {
  EACH("reads", reads, strange_addresses, strange_address_count);
  EACH("writes", writes, strange_addresses, strange_address_count);
  EACH("jumps", jumps, strange_addresses, strange_address_count);
  const long low[] = {0, 8, page - 8};
  EACH("reads", reads, low, COUNT(low));
  EACH("writes", writes, low, COUNT(low));
  const long ends[] = {(long)0x7ffffffff000, (long)0x3ffffffff8, (long)0x4000000000, (long)0x3fffffff00};
  EACH("reads", reads, ends, COUNT(ends));
  EACH("writes", writes, ends, COUNT(ends));
  const long stacks[] = {-4096, (long)0xffffffff80200000, (long)1 << 62, 0, 16};
  for (size_t i = 0; i < COUNT(stacks); i++) {
#if defined(__x86_64__)
    // A stack that is not canonical is another fault there.
    const int end = stacks[i] == (long)1 << 62 ? SIGBUS : SIGSEGV;
#else
    const int end = SIGSEGV;
#endif
    expect_end("a push where nothing is", has_no_stack, (void*)stacks[i], on_linux ? end : any);
    expect_end("a handler where nothing is", has_no_stack_for_a_handler, (void*)stacks[i], SIGSEGV);
  }
}

#if defined(__x86_64__)
static const unsigned char code[] = {0xc3};
#elif defined(__aarch64__)
static const unsigned char code[] = {0xc0, 0x03, 0x5f, 0xd6};
#else
static const unsigned char code[] = {0x67, 0x80, 0x00, 0x00};
#endif

static void runs_and_writes(void* at) {
  jumps(at);
  writes(at);
}

void write_or_execute_class(void) {
  enum {
    rw = PROT_READ | PROT_WRITE,
    rx = PROT_READ | PROT_EXEC,
    wx = PROT_WRITE | PROT_EXEC,
    rwx = rw | rx
  };
  const long map = MAP_PRIVATE | MAP_ANONYMOUS;
  char* at = fresh_pages(2);
  memcpy(at, code, sizeof code);
  expect_end("code in data", jumps, at, SIGSEGV);
  if (!on_linux) {
    expect("a page to write and to execute", CALL(mmap, 0, page, rwx, map, -1, 0), -EACCES);
    expect("a page to write and execute", CALL(mmap, 0, page, wx, map, -1, 0), -EACCES);
    expect("and in common", CALL(mmap, 0, page, rwx, MAP_SHARED | MAP_ANONYMOUS, -1, 0), -EACCES);
    expect("data that becomes code as well", CALL(mprotect, at, page, rwx), -EACCES);
    expect_end("which it has not become", jumps, at, SIGSEGV);
    const long text = (long)(intptr_t)code & -page;
    expect("code that becomes data as well", CALL(mprotect, text, page, rwx), -EACCES);
  }
  expect("data becomes code", CALL(mprotect, at, page, rx), 0);
  expect_end("which may be run", jumps, at, exited(0));
  expect_end("but not written", runs_and_writes, at, SIGSEGV);
  expect_end("nor the page behind it run", jumps, at + page, SIGSEGV);
  expect("nor by a call", CALL(getrandom, at, 16, 0), -EFAULT);
  expect("it becomes data again", CALL(mprotect, at, page, rw), 0);
  expect_end("which is not run", jumps, at, SIGSEGV);
  expect_end("but written", writes, at, exited(0));
  expect("nothing may be done", CALL(mprotect, at, page, PROT_NONE), 0);
  expect_end("not read", reads, at, SIGSEGV);
  expect("nor by a call", CALL(write, 1, at, 1), -EFAULT);
  expect("read only", CALL(mprotect, at, page, PROT_READ), 0);
  expect_end("so not written", writes, at, SIGSEGV);
  expect_end("nor run", jumps, at, SIGSEGV);
}
