// SPDX-License-Identifier: ISC
//
// Stacks that end, handlers that are nowhere, frames that nobody made, and what else threads may be given
// that is wrong.

#include "harness.h"

#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

static void on(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  const struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigaction(signal, &action, NULL);
}

static void raise_(int signal) {
  CALL(tgkill, CALL(getpid, 0), CALL(gettid, 0), signal);
}

static long use_stack(long depth) {
  volatile char frame[1024];
  frame[0] = (char)depth;
  return depth > 1000000000 ? 0 : use_stack(depth + 1) + frame[0];
}

static void overflows(void* unused) {
  (void)unused;
  leave((int)use_stack(0));
}

static void leaves_5(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  leave(5);
}

static void give_alternate(char* at, size_t size) {
  const stack_t stack = {.ss_sp = at, .ss_size = size};
  CALL(sigaltstack, &stack, 0);
}

static void overflows_with_alternate(void* unused) {
  give_alternate(fresh_pages(8), 8 * page);
  on(SIGSEGV, leaves_5, SA_ONSTACK);
  overflows(unused);
}
static void overflows_without_alternate(void* unused) {
  on(SIGSEGV, leaves_5, 0);
  overflows(unused);
}
static void overflows_in_thread(void* unused) {
  (void)unused;
  static struct thread thread;
  start_thread(&thread, overflows, NULL);
  for (;;) CALL(sched_yield, 0);
}
// Threads' stacks are mappings like others: a hole below one ends the process.
static void overflows_into_hole(void* unused) {
  (void)unused;
  char* pages = lone_pages(8);
  static int over;
  raw_clone(thread_flags, pages + 8 * page, overflows, NULL, &over);
  for (;;) CALL(sched_yield, 0);
}

void stack_overflow_class(void) {
  expect_end("without a handler", overflows, NULL, SIGSEGV);
  expect_end("a handler on the same stack", overflows_without_alternate, NULL, SIGSEGV);
  expect_end("a handler on another one", overflows_with_alternate, NULL, exited(5));
  expect_end("of a thread", overflows_in_thread, NULL, any);
  expect_end("of a thread, into a hole", overflows_into_hole, NULL, SIGSEGV);
}

// Alternate stacks.

static void handles_on(void* at) {
  give_alternate(at, 4 * page);
  on(SIGUSR1, leaves_5, SA_ONSTACK);
  raise_(SIGUSR1);
}
static void changes_its_own(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  const stack_t stack = {.ss_sp = fresh_pages(4), .ss_size = 4 * page};
  leave(CALL(sigaltstack, &stack, 0) == -EPERM ? 0 : 1);
}
static void changes_while_on_it(void* at) {
  give_alternate(at, 4 * page);
  on(SIGUSR1, changes_its_own, SA_ONSTACK);
  raise_(SIGUSR1);
}
static void overflows_it(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  raise_(signal);
}
static void overflows_alternate(void* at) {
  give_alternate(at, 4 * page);
  on(SIGUSR1, overflows_it, SA_ONSTACK | SA_NODEFER);
  raise_(SIGUSR1);
}

void alternate_stacks_class(void) {
  char* good = fresh_pages(8);
  char* hole = hole_of(4);
  char* read_only = fresh_pages(4);
  CALL(mprotect, read_only, 4 * page, PROT_READ);
  expect_end("a good one", handles_on, good, exited(5));
  expect_end("one that is not there", handles_on, hole, SIGSEGV);
  expect_end("one that may only be read", handles_on, read_only, SIGSEGV);
  expect_end("null", handles_on, (void*)8, SIGSEGV);
  for (size_t i = 0; i < kernel_address_count; i++)
    expect_end("the kernel's", handles_on, (void*)kernel_addresses[i], SIGSEGV);
  for (size_t i = 0; i < strange_address_count; i++)
    expect_end(i == 4 ? "the sign" : "a strange one", handles_on, (void*)strange_addresses[i], SIGSEGV);
  expect_end("changed while in use", changes_while_on_it, good, exited(0));
  expect_end("one that overflows", overflows_alternate, good + 4 * page, SIGSEGV);
  stack_t stack = {.ss_sp = good, .ss_size = 8 * page, .ss_flags = 0x40000000};
  expect("flags", CALL(sigaltstack, &stack, 0), -EINVAL);
  stack.ss_flags = 0;
  stack.ss_size = 100;
  expect("too small", CALL(sigaltstack, &stack, 0), -ENOMEM);
}

// Frames.

static size_t word_index;
static unsigned long word_value;

static void damages(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  ((unsigned long*)context)[word_index] = word_value;
}
static void returns_by_damaged(void* unused) {
  (void)unused;
  // Whatever it goes on with, not for long.
  const struct itimerval soon = {.it_value = {2, 0}};
  CALL(setitimer, ITIMER_REAL, &soon, 0);
  on(SIGUSR1, damages, 0);
  raise_(SIGUSR1);
}

static unsigned long* context_word(ucontext_t* context, int which) {
#if defined(__x86_64__)
  const int places[] = {REG_RIP, REG_RSP, REG_EFL, REG_CSGSFS};
  return (unsigned long*)&context->uc_mcontext.gregs[places[which]];
#elif defined(__aarch64__)
  unsigned long* const places[] = {
      (unsigned long*)&context->uc_mcontext.pc, (unsigned long*)&context->uc_mcontext.sp,
      (unsigned long*)&context->uc_mcontext.pstate, (unsigned long*)&context->uc_mcontext.regs[30]};
  return places[which];
#else
  const int places[] = {0, 2, 8, 1};
  return (unsigned long*)&context->uc_mcontext.__gregs[places[which]];
#endif
}

static int place;
static void forges(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  *context_word(context, place) = word_value;
}
static __attribute__((noinline)) void touches_stack(void) {
  volatile long word[4] = {1, 2, 3, 4};
  word[0] = word[1];
}
static void returns_by_forged(void* unused) {
  (void)unused;
  on(SIGUSR1, forges, 0);
  raise_(SIGUSR1);
  touches_stack();
}

// More rights by flags: what needs them still ends the process.
static void gets_rights(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
#if defined(__x86_64__)
  *context_word(context, 2) |= 0x3000 | 0x20000 | 0x100000;
#elif defined(__aarch64__)
  *context_word(context, 2) |= word_value;
#else
  (void)context;
#endif
}
static void uses_rights(void* unused) {
  (void)unused;
  on(SIGUSR1, gets_rights, 0);
  raise_(SIGUSR1);
#if defined(__x86_64__)
  __asm__ volatile("cli; in $0x60, %al");
#elif defined(__aarch64__)
  __asm__ volatile("mrs x0, ttbr0_el1" ::: "x0");
#else
  __asm__ volatile("csrr a0, sstatus" ::: "a0");
#endif
}

static void returns_from(void* sp) {
#if defined(__x86_64__)
  __asm__ volatile("mov %0, %%rsp; mov $15, %%eax; syscall; hlt" ::"r"(sp) : "rax", "rcx", "r11", "memory");
#elif defined(__aarch64__)
  __asm__ volatile("mov sp, %0; mov x8, #139; svc 0; udf #0" ::"r"(sp) : "x8", "memory");
#else
  __asm__ volatile("mv sp, %0; li a7, 139; ecall; unimp" ::"r"(sp) : "a7", "memory");
#endif
}

// Bits of the floating-point state that no CPU has.
static void spoils_floats(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  ucontext_t* uc = context;
#if defined(__x86_64__)
  unsigned* state = (unsigned*)uc->uc_mcontext.fpregs;
  state[6] = 0xffffffff;  // MXCSR
  for (int i = 116; i < 128; i++) state[i] = (unsigned)word_value;
  for (int i = 128; i < 144; i++) state[i] = (unsigned)word_value;
#else
  memset((char*)uc + offsetof(ucontext_t, uc_mcontext) + (sizeof uc->uc_mcontext > 1000 ? 288 : 256),
         (int)word_value, 528);
#endif
}
static void returns_with_floats(void* unused) {
  (void)unused;
  on(SIGUSR1, spoils_floats, 0);
  raise_(SIGUSR1);
  volatile double x = 1.5;
  x = x * 3;
}

// Where the pointer to the floating-point state is, one that is not.
static void moves_floats(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
#if defined(__x86_64__)
  ((ucontext_t*)context)->uc_mcontext.fpregs = (void*)word_value;
#else
  (void)context;
#endif
}
static void returns_with_moved_floats(void* unused) {
  (void)unused;
  on(SIGUSR1, moves_floats, 0);
  raise_(SIGUSR1);
}

void forged_frames_class(void) {
  static const char* const names[] = {"pc", "stack pointer", "flags", "selectors or link"};
  for (place = 0; place < 2; place++)
    for (size_t i = 0; i < kernel_address_count + strange_address_count; i++) {
      word_value = (unsigned long)(i < kernel_address_count ? kernel_addresses[i]
                                                            : strange_addresses[i - kernel_address_count]);
#if defined(__aarch64__) || defined(__riscv)
      // A pc that is not aligned is another fault there.
      const int end = place == 0 && (word_value & 3) ? any : SIGSEGV;
#else
      const int end = SIGSEGV;
#endif
      expect_end(names[place], returns_by_forged, NULL, on_linux ? any : end);
    }
  const unsigned long flags[] = {-1ul, 0,   0x3202, 0x20202,   0x40302, 0x100202,
                                 5,    0xd, 0x3c5,  1ul << 63, 0x10,    0x1d};
  for (place = 2; place < 4; place++)
    for (size_t i = 0; i < COUNT(flags); i++) {
      word_value = flags[i];
      expect_end(names[place], returns_by_forged, NULL, any);
    }
#if defined(__x86_64__)
  expect_end("rights by flags", uses_rights, NULL, SIGSEGV);
#elif defined(__aarch64__)
  const unsigned long levels[] = {1, 4, 5, 8, 9, 0xc, 0xd, 0x10, 0x3c5, 0x400000};
  for (size_t i = 0; i < COUNT(levels); i++) {
    word_value = levels[i];
    const int end = end_of(uses_rights, NULL);
    check("rights by flags", end == SIGILL || end == SIGSEGV);
  }
#else
  expect_end("rights by flags", uses_rights, NULL, SIGILL);
#endif
  // Every word of the context, with several values.
  const unsigned long values[] = {-1ul, 0, 0xffffffff80200000, 0x5a5a5a5a5a5a5a5a};
  const size_t words = 120;
  for (word_index = 0; word_index < words; word_index++)
    for (size_t k = 0; k < COUNT(values); k++) {
      // Otherwise one of them each.
      if (!thorough && (word_index + k) % COUNT(values) != 0) continue;
      word_value = values[k];
      const int end = end_of(returns_by_damaged, NULL);
      check("a damaged word", end > 0);
    }
  for (int fill = 0; fill < 4; fill++) {
    word_value = (unsigned long[]){0, 0xff, 0x5a, 0x80}[fill];
    expect_end("spoilt floats", returns_with_floats, NULL, any);
  }
  for (size_t i = 0; i < kernel_address_count; i++) {
    word_value = (unsigned long)kernel_addresses[i];
#if defined(__x86_64__)
    expect_end("floats of the kernel", returns_with_moved_floats, NULL, SIGSEGV);
#else
    expect_end("floats that stay", returns_with_moved_floats, NULL, exited(0));
#endif
  }
  // Frames that are not there.
  for (size_t i = 0; i < kernel_address_count; i++)
    expect_end("returns from the kernel's half", returns_from, (void*)kernel_addresses[i], SIGSEGV);
  for (size_t i = 0; i < strange_address_count; i++)
    expect_end("returns from a strange place", returns_from, (void*)strange_addresses[i],
               on_linux ? any : SIGSEGV);
  expect_end("returns from null", returns_from, NULL, SIGSEGV);
  expect_end("returns from the end of a page", returns_from, lone_pages(1) + page - 64, SIGSEGV);
  char* zeros = fresh_pages(4);
  expect_end("returns from zeros", returns_from, zeros + page, SIGSEGV);
  expect_end("returns from an odd place", returns_from, zeros + page + 1, SIGSEGV);
  memset(zeros, 0xff, 4 * page);
  expect_end("returns from ones", returns_from, zeros + page, SIGSEGV);
  // The same random bytes in each run.
  unsigned long seed = 1;
  for (int i = 0; i < (thorough ? 200 : 10); i++) {
    for (int k = 0; k < 4 * page / 8; k++) {
      seed = seed * 6364136223846793005ul + 1442695040888963407ul;
      ((unsigned long*)zeros)[k] = seed ^ seed >> 29;
    }
    check("returns from anything", end_of(returns_from, zeros + page) > 0);
  }
}

// Handlers.

// By the call itself: the library would bring a restorer of its own.
struct kernel_action {
  unsigned long handler, flags;
#ifndef __riscv
  unsigned long restorer;
#endif
  unsigned long mask;
};

static unsigned long restorer;
static void is_handled_at(void* at) {
  struct kernel_action action = {.handler = (unsigned long)at, .flags = SA_SIGINFO};
#ifndef __riscv
  if (restorer) {
    action.restorer = restorer;
    action.flags |= 0x04000000;
  }
#endif
  CALL(rt_sigaction, SIGUSR1, &action, 0, 8);
  raise_(SIGUSR1);
}
static void does_nothing(int signal) {
  (void)signal;
}
static void fault_is_handled_at(void* at) {
  const struct kernel_action action = {.handler = (unsigned long)at, .flags = SA_SIGINFO | SA_NODEFER};
  CALL(rt_sigaction, SIGSEGV, &action, 0, 8);
  *nowhere() = 1;
}

void bad_handlers_class(void) {
  static char data[64] __attribute__((aligned(64)));
  for (size_t i = 0; i < kernel_address_count; i++) {
    expect_end("a handler of the kernel's", is_handled_at, (void*)kernel_addresses[i], SIGSEGV);
    expect_end("of a fault, too", fault_is_handled_at, (void*)kernel_addresses[i], SIGSEGV);
  }
  for (size_t i = 0; i < strange_address_count; i++)
    expect_end("a strange handler", is_handled_at, (void*)strange_addresses[i], SIGSEGV);
  expect_end("a handler at 16", is_handled_at, (void*)16, SIGSEGV);
  expect_end("a handler that is data", is_handled_at, data, SIGSEGV);
  char* hole = hole_of(1);
  expect_end("a handler that is not there", is_handled_at, hole, SIGSEGV);
#if defined(__x86_64__) || defined(__aarch64__)
  for (size_t i = 0; i < kernel_address_count; i++) {
    restorer = (unsigned long)kernel_addresses[i];
    expect_end("a handler that returns to the kernel", is_handled_at, does_nothing, SIGSEGV);
  }
#endif
}

// Signals within signals.

static void recurses(int signal, siginfo_t* info, void* context) {
  (void)info;
  (void)context;
  raise_(signal);
}
static void without_end(void* flags) {
  on(SIGUSR1, recurses, (int)(intptr_t)flags);
  raise_(SIGUSR1);
}
static void faults_again(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  *nowhere() = 1;
}
static void faults_in_handler(void* flags) {
  on(SIGSEGV, faults_again, (int)(intptr_t)flags);
  *nowhere() = 1;
}
static void fault_is_blocked(void* unused) {
  (void)unused;
  on(SIGSEGV, leaves_5, 0);
  unsigned long all = -1ul;
  CALL(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  *nowhere() = 1;
}
static void fault_is_ignored(void* unused) {
  (void)unused;
  signal(SIGSEGV, SIG_IGN);
  *nowhere() = 1;
}
static volatile int counted;
static void counts(int signal, siginfo_t* info, void* context) {
  (void)signal;
  (void)info;
  (void)context;
  counted = counted + 1;
}
static void many_are_pending(void* unused) {
  (void)unused;
  unsigned long all = -1ul, no = 0;
  for (int signal = 35; signal <= 64; signal++) on(signal, counts, 0);
  CALL(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  for (int i = 0; i < 2000; i++) raise_(35 + i % 30);
  CALL(rt_sigprocmask, SIG_SETMASK, &no, 0, 8);
  leave(counted > 0 && counted <= 2000 ? 0 : 1);
}
static void each_kind(void* unused) {
  (void)unused;
  counted = 0;
  for (int signal = 1; signal <= 64; signal++) {
    // The library keeps three for itself.
    if (signal == SIGKILL || signal == SIGSTOP || (signal >= 32 && signal < 35)) continue;
    on(signal, counts, 0);
    raise_(signal);
  }
  leave(counted == 59 ? 0 : 1);
}
static void keeps_all_off(void* unused) {
  (void)unused;
  unsigned long all = -1ul, kept = 0;
  CALL(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  CALL(rt_sigprocmask, SIG_SETMASK, 0, &kept, 8);
  if (kept & (1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1))) leave(1);
  raise_(SIGKILL);
}

void deep_signals_class(void) {
  expect_end("a signal in its handler", without_end, (void*)SA_NODEFER, SIGSEGV);
  expect_end("faults in faults", faults_in_handler, (void*)SA_NODEFER, SIGSEGV);
  expect_end("a fault in a fault", faults_in_handler, NULL, SIGSEGV);
  expect_end("a fault that is blocked", fault_is_blocked, NULL, SIGSEGV);
  expect_end("a fault that is ignored", fault_is_ignored, NULL, SIGSEGV);
  expect_end("many that wait", many_are_pending, NULL, exited(0));
  expect_end("one of each", each_kind, NULL, exited(0));
  expect_end("none is kept off", keeps_all_off, NULL, SIGKILL);
}

// Words that threads wait for.

void futexes_class(void) {
  static int word, other;
  const struct timespec soon = {0, 1000};
  char* hole = hole_of(1);
  for (int private = 0; private <= 128; private += 128) {
    for (size_t i = 0; i < kernel_address_count; i++) {
      const long at = kernel_addresses[i] & -8;
      expect("wait", CALL(futex, at, 0 | private, 0, &soon), -EFAULT);
      expect("wake", CALL(futex, at, 1 | private, 1), -EFAULT);
      expect("requeue", CALL(futex, &word, 3 | private, 1, 1, at, 0), -EFAULT);
      expect("requeue from", CALL(futex, at, 4 | private, 1, 1, &word, 0), -EFAULT);
      expect("a bad time", CALL(futex, &word, 0 | private, 0, at), -EFAULT);
    }
    expect("wait at a hole", CALL(futex, hole, 0 | private, 0, &soon), -EFAULT);
    for (int odd = 1; odd < 4; odd++) {
      expect("an odd place", CALL(futex, (char*)&word + odd, 0 | private, 0, &soon), -EINVAL);
      expect("an odd place to wake", CALL(futex, (char*)&word + odd, 1 | private, 1), -EINVAL);
    }
    expect("no bits", CALL(futex, &word, 9 | private, 0, &soon, 0, 0), -EINVAL);
    expect("another value", CALL(futex, &word, 0 | private, 1, &soon), -EAGAIN);
    expect("in vain", CALL(futex, &word, 0 | private, 0, &soon), -ETIMEDOUT);
    expect("many", CALL(futex, &word, 3 | private, 0x7fffffff, 0x7fffffff, &other), 0);
    expect("no operation", CALL(futex, &word, 100 | private, 0, 0), -ENOSYS);
  }
}

// Lists of locks that a thread would leave behind.

struct robust {
  struct robust* next;
  long offset;
  struct robust* pending;
};

static struct robust loop, kernel_list, two[2];
static void ends_with_list(void* list) {
  CALL(set_robust_list, list, 24);
  CALL(exit, 0);
}
static void has_list(void* list) {
  static struct thread thread;
  start_thread(&thread, ends_with_list, list);
  join(&thread);
  CALL(set_robust_list, list, 24);
}

void robust_lists_class(void) {
  loop = (struct robust){&loop, 0, &loop};
  two[0] = (struct robust){&two[1], -8, NULL};
  two[1] = (struct robust){&two[0], (long)1 << 62, NULL};
  kernel_list = (struct robust){(struct robust*)kernel_addresses[0], kernel_addresses[1],
                                (struct robust*)kernel_addresses[2]};
  expect_end("one that is its own next", has_list, &loop, exited(0));
  expect_end("two in a circle", has_list, &two[0], exited(0));
  expect_end("of the kernel", has_list, &kernel_list, exited(0));
  for (size_t i = 0; i < kernel_address_count; i++)
    expect_end("at an address of the kernel", has_list, (void*)kernel_addresses[i], exited(0));
  expect("another size", CALL(set_robust_list, &loop, 23), -EINVAL);
  expect("a huge size", CALL(set_robust_list, &loop, -1), -EINVAL);
}

// Threads and processes with strange stacks, thread pointers and flags.

static void ends(void* unused) {
  (void)unused;
  leave(0);
}
static long plain_clone(unsigned long flags, long stack, long parent, long child, long tls) {
#if defined(__x86_64__)
  return CALL(clone, flags, stack, parent, child, tls);
#else
  return CALL(clone, flags, stack, parent, tls, child);
#endif
}

// The child is at the same place, with a stack that is nowhere, and pushes.
static void clones_onto(void* stack) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; push %%rax; hlt; 1: pause; jmp 1b" ::"a"(56L),
                   "D"((long)thread_flags), "S"(stack), "d"(0L), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x0 __asm__("x0") = thread_flags;
  register long x1 __asm__("x1") = P(stack);
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile("mov x8, #220; svc 0; cbnz x0, 1f; str x0, [sp, #-16]!; udf #0; 1: yield; b 1b" ::"r"(x0),
                   "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                   : "x8", "memory");
#else
  register long a0 __asm__("a0") = thread_flags;
  register long a1 __asm__("a1") = P(stack);
  register long a2 __asm__("a2") = 0;
  register long a3 __asm__("a3") = 0;
  register long a4 __asm__("a4") = 0;
  __asm__ volatile("li a7, 220; ecall; bnez a0, 1f; sd a0, -16(sp); unimp; 1: nop; j 1b" ::"r"(a0), "r"(a1),
                   "r"(a2), "r"(a3), "r"(a4)
                   : "a7", "memory");
#endif
}

static void clones_with_words(void* at) {
  // Words that are not there: a thread, or a process, begins nevertheless, or there is an error.
  const long pid = plain_clone(SIGCHLD | 0x1200000, 0, 0, P(at), 0);
  if (pid == 0) leave(0);
  if (pid > 0) wait_for(pid);
  const long other = plain_clone(SIGCHLD | 0x100000, 0, P(at), 0, 0);
  if (other == 0) leave(0);
  if (other > 0) wait_for(other);
  CALL(set_tid_address, at);
  CALL(exit, 0);
}

void clones_class(void) {
  expect("a thread without the memory", plain_clone(0x10000, 0, 0, 0, 0), -EINVAL);
  expect("a thread without the handlers", plain_clone(0x10100, 0, 0, 0, 0), -EINVAL);
  expect("the handlers without the memory", plain_clone(0x800, 0, 0, 0, 0), -EINVAL);
  char* hole = hole_of(2);
  expect_end("a stack that is not there", clones_onto, hole + page, SIGSEGV);
  for (size_t i = 0; i < kernel_address_count; i++) {
    // One that is not canonical is another fault on x86_64.
    const int end = end_of(clones_onto, (void*)(kernel_addresses[i] & -16));
    check("a stack of the kernel", end == SIGSEGV || end == SIGBUS);
    expect_end("words of the kernel", clones_with_words, (void*)kernel_addresses[i], exited(0));
  }
  expect_end("words that are not there", clones_with_words, hole, exited(0));
  if (!on_linux) {
    char* stack = fresh_pages(1);
    for (size_t i = 0; i < kernel_address_count; i++)
      expect("a thread pointer of the kernel",
             plain_clone(thread_flags | 0x80000, P(stack) + page, 0, 0, kernel_addresses[i]), -EPERM);
  }
  expect_end("an honest one", ends, NULL, exited(0));
}

// Calls for those who look after the machine, or after others.

void tracing_class(void) {
  // With these a Linux would be spoilt.
  if (on_linux) {
    check("not here", true);
    return;
  }
  static char buffer[256];
  static const struct {
    const char* name;
    long number;
  } calls[] = {
#define NAME(name) {#name, SYS_##name}
    NAME(ptrace),
    NAME(process_vm_readv),
    NAME(process_vm_writev),
    NAME(perf_event_open),
    NAME(bpf),
    NAME(init_module),
    NAME(finit_module),
    NAME(delete_module),
    NAME(reboot),
    NAME(mount),
    NAME(umount2),
    NAME(swapon),
    NAME(swapoff),
    NAME(pivot_root),
    NAME(chroot),
    NAME(setns),
    NAME(unshare),
    NAME(keyctl),
    NAME(add_key),
    NAME(userfaultfd),
    NAME(syslog),
    NAME(settimeofday),
    NAME(clock_settime),
    NAME(adjtimex),
    NAME(sethostname),
    NAME(setdomainname),
    NAME(quotactl),
    NAME(open_by_handle_at),
    NAME(acct),
    NAME(kcmp),
    NAME(vhangup),
    NAME(nfsservctl),
    NAME(personality),
    NAME(migrate_pages),
    NAME(move_pages),
    NAME(capset),
    NAME(seccomp),
    NAME(fanotify_init),
    NAME(lookup_dcookie),
    NAME(socket),
#if defined(__x86_64__)
    NAME(iopl),
    NAME(ioperm),
    NAME(modify_ldt),
    NAME(kexec_load),
    NAME(create_module),
#endif
  };
  for (size_t i = 0; i < COUNT(calls); i++) {
    const long parent = CALL(getppid, 0);
    check(calls[i].name, CALL_NUMBER(calls[i].number, 0, parent, buffer, 64, buffer, 0) < 0);
    check(calls[i].name, CALL_NUMBER(calls[i].number, buffer, buffer, buffer, 0, 0, 0) < 0);
    check(calls[i].name, CALL_NUMBER(calls[i].number, 0xfee1dead, 672274793, 0x4321fedc, 0, 0, 0) < 0);
  }
}
