// SPDX-License-Identifier: ISC
//
// Executables that are damaged in one thing, execve while other threads run, and what a new program finds in
// its registers.

#include "harness.h"

// A program of a few instructions: it ends with 33.  Spec: [elf]
enum { base = 0x400000, file_size = 0x1000, code_at = 64 + 2 * 56, good_end = 33 };

#if defined(__x86_64__)
enum { machine = 62 };
static const unsigned char exits[] = {0xbf, 33, 0, 0, 0, 0xb8, 231, 0, 0, 0, 0x0f, 0x05};
// All registers but the stack pointer together, and the vector registers; 1 if there was anything.
static const unsigned char shows[] = {
    0x48, 0x09, 0xd8,        // or %rbx, %rax
    0x48, 0x09, 0xc8,        // or %rcx, %rax
    0x48, 0x09, 0xd0,        // or %rdx, %rax
    0x48, 0x09, 0xf0,        // or %rsi, %rax
    0x48, 0x09, 0xf8,        // or %rdi, %rax
    0x48, 0x09, 0xe8,        // or %rbp, %rax
    0x4c, 0x09, 0xc0,        // or %r8, %rax
    0x4c, 0x09, 0xc8,        // or %r9, %rax
    0x4c, 0x09, 0xd0,        // or %r10, %rax
    0x4c, 0x09, 0xd8,        // or %r11, %rax
    0x4c, 0x09, 0xe0,        // or %r12, %rax
    0x4c, 0x09, 0xe8,        // or %r13, %rax
    0x4c, 0x09, 0xf0,        // or %r14, %rax
    0x4c, 0x09, 0xf8,        // or %r15, %rax
    0x66, 0x0f, 0xeb, 0xc1,  // por %xmm1, %xmm0
    0x66, 0x0f, 0xeb, 0xc2, 0x66, 0x0f, 0xeb, 0xc3, 0x66, 0x0f, 0xeb, 0xc4, 0x66, 0x0f, 0xeb,
    0xc5, 0x66, 0x0f, 0xeb, 0xc6, 0x66, 0x0f, 0xeb, 0xc7, 0x66, 0x41, 0x0f, 0xeb, 0xc0,  // por %xmm8, %xmm0
    0x66, 0x41, 0x0f, 0xeb, 0xc7,                                                        // por %xmm15, %xmm0
    0x66, 0x48, 0x0f, 0x7e, 0xc3,                                                        // movq %xmm0, %rbx
    0x48, 0x09, 0xd8,                                                                    // or %rbx, %rax
    0x31, 0xff,                                                                          // xor %edi, %edi
    0x48, 0x85, 0xc0,                                                                    // test %rax, %rax
    0x40, 0x0f, 0x95, 0xc7,                                                              // setne %dil
    0xb8, 231,  0,    0,    0,    0x0f, 0x05};
#elif defined(__aarch64__)
enum { machine = 183 };
static const uint32_t exits[] = {0xd2800420, 0xd2800bc8, 0xd4000001};
static const uint32_t shows[] = {
    0xaa010000, 0xaa020000, 0xaa030000, 0xaa040000, 0xaa050000, 0xaa060000, 0xaa070000, 0xaa080000,
    0xaa090000, 0xaa0a0000, 0xaa0b0000, 0xaa0c0000, 0xaa0d0000, 0xaa0e0000, 0xaa0f0000, 0xaa100000,
    0xaa110000, 0xaa120000, 0xaa130000, 0xaa140000, 0xaa150000, 0xaa160000, 0xaa170000, 0xaa180000,
    0xaa190000, 0xaa1a0000, 0xaa1b0000, 0xaa1c0000, 0xaa1d0000, 0xaa1e0000,  // orr x0, x0, xN
    0x4ea11c00, 0x4ea91c00, 0x4ebf1c00,                                      // orr v0, v0, v1; v9; v31
    0x9e660001,                                                              // fmov x1, d0
    0xaa010000,                                                              // orr x0, x0, x1
    0xf100001f,                                                              // cmp x0, #0
    0x9a9f07e0,                                                              // cset x0, ne
    0xd2800bc8, 0xd4000001};
#else
enum { machine = 243 };
static const uint32_t exits[] = {0x02100513, 0x05e00893, 0x00000073};
#define OR(n) (0x00056533 | (n) << 20)  // or a0, a0, xN
static const uint32_t shows[] = {
    OR(1),      OR(3),     OR(4),  OR(5),  OR(6),  OR(7),  OR(8),  OR(9),      OR(11), OR(12), OR(13),
    OR(14),     OR(15),    OR(16), OR(17), OR(18), OR(19), OR(20), OR(21),     OR(22), OR(23), OR(24),
    OR(25),     OR(26),    OR(27), OR(28), OR(29), OR(30), OR(31), 0xe20005d3, OR(11),  // fmv.x.d a1, f0
    0xe20485d3, OR(11),                                                                 // fmv.x.d a1, f9
    0xe20f85d3, OR(11),                                                                 // fmv.x.d a1, f31
    0x00a03533,                                                                         // snez a0, a0
    0x05e00893, 0x00000073};
#endif

static unsigned char image[file_size];

static void put(size_t at, uint64_t value, size_t size) {
  memcpy(image + at, &value, size);
}

/// The image of a good executable: a segment of code, and one of data behind it.
static void make_image(const void* code, size_t size) {
  memset(image, 0, sizeof image);
  memcpy(image, "\177ELF\2\1\1", 7);
  put(16, 2, 2);
  put(18, machine, 2);
  put(20, 1, 4);
  put(24, base + code_at, 8);
  put(32, 64, 8);
  put(52, 64, 2);
  put(54, 56, 2);
  put(56, 2, 2);
  for (int i = 0; i < 2; i++) {
    const size_t at = 64 + 56 * (size_t)i;
    put(at, 1, 4);
    put(at + 4, i == 0 ? 5 : 6, 4);
    put(at + 16, base + 0x100000 * (uint64_t)i, 8);
    put(at + 24, base + 0x100000 * (uint64_t)i, 8);
    put(at + 32, file_size, 8);
    put(at + 40, file_size, 8);
    put(at + 48, page, 8);
  }
  memcpy(image + code_at, code, size);
}

static const char path[] = "/tmp/hostile-program";

static void write_program(size_t size) {
  CALL(unlinkat, AT_FDCWD, path, 0);
  const long fd = CALL(openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
  CALL(write, fd, image, size);
  CALL(close, fd);
}

enum { refused = 77 };

static void executes(void* unused) {
  (void)unused;
  char* const arguments[] = {(char*)"program", NULL};
  const long answer = CALL(execve, path, arguments, arguments + 1);
  leave(answer == -ENOEXEC || answer == -ENOMEM || answer == -EINVAL ? refused : 78);
}

// A program that is refused leaves the caller as it was; some damage does not matter, or shows only when it
// runs, and then ends it.
static void damaged(size_t at, uint64_t value, size_t size) {
  char what[80];
  make_image(exits, sizeof exits);
  put(at, value, size);
  write_program(sizeof image);
  snprintf(what, sizeof what, "%lx of %zu bytes at %zu", (unsigned long)value, size, at);
  const int end = end_of(executes, NULL);
  check(what, end == exited(refused) || end == exited(good_end) || end == SIGSEGV || end == SIGILL ||
                  end == SIGKILL || end == SIGBUS || (on_linux && end > 0));
}

static void must_be_refused(const char* what, size_t at, uint64_t value, size_t size) {
  make_image(exits, sizeof exits);
  put(at, value, size);
  write_program(sizeof image);
  expect_end(what, executes, NULL, on_linux ? any : exited(refused));
}

// The first few always.
static const uint64_t values[] = {
    0,         -1ul,    0xffffffff80200000, 1ul << 47,  1,         2,         0x7f,
    0xff,      0xffff,  0x7fffffff,         0xffffffff, 1ul << 32, 1ul << 38, 1ul << 62,
    1ul << 63, -4096ul, 0xffff800000000000};
static size_t value_count(void) {
  return thorough ? COUNT(values) : 4;
}

void elf_headers_class(void) {
  static const struct {
    size_t at, size;
  } fields[] = {{0, 4},  {4, 1},  {5, 1},  {6, 1},  {7, 1},  {16, 2}, {18, 2}, {20, 4},
                {24, 8}, {32, 8}, {40, 8}, {48, 4}, {52, 2}, {54, 2}, {56, 2}, {58, 2}};
  make_image(exits, sizeof exits);
  write_program(sizeof image);
  expect_end("one that is good", executes, NULL, exited(good_end));
  for (size_t i = 0; i < COUNT(fields); i++)
    for (size_t k = 0; k < value_count(); k++) damaged(fields[i].at, values[k], fields[i].size);
  must_be_refused("another magic", 0, 0x464c4500, 4);
  must_be_refused("32 bits", 4, 1, 1);
  must_be_refused("big-endian", 5, 2, 1);
  must_be_refused("another machine", 18, 40, 2);
  must_be_refused("an object file", 16, 1, 2);
  must_be_refused("no program headers", 56, 0, 2);
  must_be_refused("headers beyond the end", 32, file_size, 8);
  must_be_refused("an entry of the kernel", 24, 0xffffffff80200000, 8);
  for (size_t size = 0; size < 64 + 2 * 56; size += thorough ? 1 : 19) {
    make_image(exits, sizeof exits);
    write_program(size);
    const int end = end_of(executes, NULL);
    check("cut off", end == exited(refused) || on_linux);
  }
  CALL(unlinkat, AT_FDCWD, path, 0);
}

void elf_segments_class(void) {
  static const struct {
    size_t at, size;
  } fields[] = {{0, 4}, {4, 4}, {8, 8}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}};
  for (size_t segment = 0; segment < 2; segment++)
    for (size_t i = 0; i < COUNT(fields); i++)
      for (size_t k = 0; k < value_count(); k++)
        damaged(64 + 56 * segment + fields[i].at, values[k], fields[i].size);
  must_be_refused("to write and to execute", 64 + 4, 7, 4);
  must_be_refused("in the kernel's half", 64 + 16, 0xffffffff80200000, 8);
  must_be_refused("below all", 64 + 16, 0, 8);
  must_be_refused("over another one", 64 + 56 + 16, base, 8);
  must_be_refused("larger in the file than in memory", 64 + 40, 16, 8);
  must_be_refused("beyond the file's end", 64 + 8, 1 << 20, 8);
  must_be_refused("a dynamic loader", 64 + 56, 3, 4);
  // Scripts: interpreters that are themselves, that are not there, that have no end.
  const char* const lines[] = {"#!/tmp/hostile-program\n", "#!/nothing\n", "#!", "#!\n", "#! \t \n"};
  for (size_t i = 0; i < COUNT(lines); i++) {
    memset(image, 'x', sizeof image);
    memcpy(image, lines[i], strlen(lines[i]));
    write_program(sizeof image);
    const int end = end_of(executes, NULL);
    check(lines[i], end == exited(refused) || end == exited(78));
  }
  // Random damage of several bytes, the same in each run.
  uint64_t seed = 12345;
  for (int i = 0; i < (thorough ? 400 : 30); i++) {
    make_image(exits, sizeof exits);
    for (int k = 0; k < 4; k++) {
      seed = seed * 6364136223846793005ul + 1442695040888963407ul;
      image[(seed >> 33) % code_at] = (unsigned char)(seed >> 56);
    }
    write_program(sizeof image);
    check("random damage", end_of(executes, NULL) > 0);
  }
  CALL(unlinkat, AT_FDCWD, path, 0);
}

// execve, and threads of the same process that do other things.

static void forever(void* what) {
  static int word;
  char* arguments[] = {(char*)"program", NULL};
  for (;;) switch ((long)what) {
      case 0:
        __asm__ volatile("" ::: "memory");
        break;
      case 1:
        CALL(getpid, 0);
        break;
      case 2:
        CALL(futex, &word, 0, 0, 0);
        break;
      case 3: {
        char* at = fresh_pages(2);
        at[0] = 1;
        CALL(munmap, at, 2 * page);
        break;
      }
      default:
        CALL(execve, path, arguments, arguments + 1);
        break;
    }
}

static void executes_with(void* what) {
  static struct thread threads[3];
  for (int i = 0; i < 3; i++) start_thread(&threads[i], forever, what);
  executes(NULL);
}

static char* volatile changing;
static void changes_arguments(void* unused) {
  (void)unused;
  for (unsigned long n = 0;; n++) {
    changing = n & 1 ? (char*)kernel_addresses[n / 2 % kernel_address_count] : (char*)"program";
    CALL(sched_yield, 0);
  }
}
static void executes_what_changes(void* unused) {
  (void)unused;
  static struct thread thread;
  static char* volatile list[2];
  start_thread(&thread, changes_arguments, NULL);
  for (int i = 0; i < 50; i++) {
    list[0] = changing;
    const long answer = CALL(execve, path, list, list + 1);
    if (answer != -EFAULT) leave(78);
  }
  leave(good_end);
}

static void executes_from_a_thread(void* unused) {
  (void)unused;
  static struct thread thread;
  start_thread(&thread, executes, NULL);
  for (;;) CALL(sched_yield, 0);
}

void execve_races_class(void) {
  make_image(exits, sizeof exits);
  write_program(sizeof image);
  for (int i = 0; i < 5; i++) {
    for (long what = 0; what < 5; what++)
      expect_end("execve with threads", executes_with, (void*)what, exited(good_end));
    expect_end("arguments that change", executes_what_changes, NULL, exited(good_end));
    expect_end("by a thread", executes_from_a_thread, NULL, exited(good_end));
  }
  CALL(unlinkat, AT_FDCWD, path, 0);
}

// Registers.

static void fills_registers_and_executes(void* unused) {
  (void)unused;
  char* const arguments[] = {(char*)"program", NULL};
#if defined(__x86_64__)
  __asm__ volatile(
      "movq %%rax, %%xmm1; movq %%rax, %%xmm8; movq %%rax, %%xmm15; movq %%rax, %%xmm0\n"
      "mov %%rax, %%rbx; mov %%rax, %%r12; mov %%rax, %%r13; mov %%rax, %%r14; mov %%rax, %%r15\n"
      "mov %%rax, %%r8; mov %%rax, %%r9; mov %%rax, %%r10; mov $59, %%eax; syscall" ::"a"(0x5ec7e75ec7e75ec7),
      "D"(path), "S"(arguments), "d"(arguments + 1)
      : "rbx", "r8", "r9", "r10", "r12", "r13", "r14", "r15", "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x0 __asm__("x0") = P(path);
  register long x1 __asm__("x1") = P(arguments);
  register long x2 __asm__("x2") = P(arguments + 1);
  __asm__ volatile(
      "fmov d0, x9; fmov d9, x9; fmov d31, x9; mov x20, x9; mov x28, x9; mov x8, #221; svc 0" ::"r"(x0),
      "r"(x1), "r"(x2)
      : "x8", "x20", "x28", "v0", "v9", "v31", "memory");
#else
  register long a0 __asm__("a0") = P(path);
  register long a1 __asm__("a1") = P(arguments);
  register long a2 __asm__("a2") = P(arguments + 1);
  __asm__ volatile(
      "fmv.d.x f0, a1; fmv.d.x f9, a1; fmv.d.x f31, a1; mv s2, a1; mv s11, a1; li a7, 221; ecall" ::"r"(a0),
      "r"(a1), "r"(a2)
      : "a7", "s2", "s11", "f0", "f9", "f31", "memory");
#endif
  leave(78);
}

void fresh_registers_class(void) {
  make_image(shows, sizeof shows);
  write_program(sizeof image);
  for (int i = 0; i < 5; i++)
    expect_end("nothing in a program's registers", fills_registers_and_executes, NULL, exited(0));
  CALL(unlinkat, AT_FDCWD, path, 0);
}
