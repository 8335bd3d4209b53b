// SPDX-License-Identifier: ISC
//
// A table of system calls with good arguments. Each is made as it stands, and once for each bad value of each
// argument, from the same beginning. What is printed is the same on every Linux.

#include "calls.h"

#include <caml/mlvalues.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

char text[1 << 20];
size_t length;

char buffer[8192] __attribute__((aligned(4096)));
struct iovec vector[most_parts];
struct iovec holed_vector[2];
struct iovec bad_vector[2];
struct timespec soon = {0, 1};
struct timespec times_set[2] = {{1, 0}, {2, 0}};
struct itimerspec setting = {{0, 0}, {100, 0}};
struct itimerval interval = {{0, 0}, {100, 0}};
struct epoll_event wanted = {EPOLLIN, {.u64 = 7}};
struct pollfd polled[most_parts];
uint64_t set_of_signals;
uint64_t action[4];
uint32_t word;
uint64_t how[16];
uint64_t limits[2];
uint64_t limits_reversed[2] = {2, 1};
uint64_t lock[4];
char* spare;
char* edge;
char* hole;
char* guarded;
struct bad pointers[6];

static void to(int fd, int at) {
  CALL(dup3, fd, at, 0);
  CALL(close, fd);
}

const char base[] = "/tmp/bactrian-calls";

static void remove_all(const char* path) {
  static const char* const names[] = {"file",          "link",        "new",        "dir/inner",
                                      "dir/new",       "dir/nothing", "dir/target", "dir/x",
                                      "nothing/inner", "nothing",     "dir",        NULL};
  CALL(chdir, path);
  for (const char* const* name = names; *name; name++)
    if (CALL(unlinkat, AT_FDCWD, *name, 0) != 0) CALL(unlinkat, AT_FDCWD, *name, AT_REMOVEDIR);
}

void set_up(void) {
  for (int fd = 0; fd < 3; fd++) CALL(dup3, KEPT + fd, fd, 0);
  for (int fd = 3; fd < 30; fd++) CALL(close, fd);
  CALL(mkdirat, AT_FDCWD, base, 0755);
  remove_all(base);
  CALL(mkdirat, AT_FDCWD, "dir", 0755);
  CALL(close, CALL(openat, AT_FDCWD, "dir/inner", O_CREAT | O_WRONLY, 0644));
  CALL(symlinkat, "file", AT_FDCWD, "link");
  int fd = (int)CALL(openat, AT_FDCWD, "file", O_CREAT | O_RDWR, 0644);
  CALL(write, fd, "0123456789", 10);
  CALL(lseek, fd, 0, SEEK_SET);
  to(fd, FILE_FD);
  to((int)CALL(openat, AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY), DIR_FD);
  int two[2];
  CALL(pipe2, two, O_NONBLOCK);
  CALL(write, two[1], "abc", 3);
  to(two[0], PIPE_IN);
  to(two[1], PIPE_OUT);
  to((int)CALL(eventfd2, 5, O_NONBLOCK), EVENT_FD);
  to((int)CALL(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK), TIMER_FD);
  to((int)CALL(epoll_create1, 0), EPOLL_FD);
  CALL(epoll_ctl, EPOLL_FD, EPOLL_CTL_ADD, PIPE_IN, &wanted);
  CALL(socketpair, 1, 1 | O_NONBLOCK, 0, two);
  CALL(write, two[1], "xyz", 3);
  to(two[0], SOCKET_A);
  to(two[1], SOCKET_B);
  memset(buffer, 0, sizeof buffer);
  memset(edge - 4093, 'e', 4096);
  CALL(mprotect, guarded, 4096, PROT_NONE);
  vector[0] = (struct iovec){buffer, 4};
  vector[1] = (struct iovec){buffer + 4, 2};
  holed_vector[0] = bad_vector[1] = (struct iovec){buffer, 4};
  holed_vector[1] = bad_vector[0] = (struct iovec){hole, 4};
  word = 0;
  memset(lock, 0, sizeof lock);  // to read, all of the file
  memset(action, 0, sizeof action);
  const struct itimerval none = {{0, 0}, {0, 0}};
  for (int which = 0; which < 3; which++) CALL(setitimer, which, &none, 0);
  CALL(umask, 022);
  set_of_signals = 0;
  CALL(rt_sigprocmask, SIG_SETMASK, &set_of_signals, 0, 8);
  for (int i = 0; i < most_parts; i++) polled[i] = (struct pollfd){-1, 0, 0};
  polled[0] = (struct pollfd){FILE_FD, POLLIN, 0};
  polled[1] = (struct pollfd){PIPE_IN, POLLIN, 0};
  soon = (struct timespec){0, 1};
  memset(how, 0, sizeof how);
  CALL(munmap, spare, 2 * 4096);
  CALL(mmap, spare, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

// What a call has written, as one number.
static unsigned written(void) {
  unsigned sum = word;
  for (size_t i = 0; i < 1024; i++) sum = sum * 31 + (unsigned char)buffer[i];
  for (size_t i = 0; i < 2; i++) sum = sum * 31 + (unsigned short)polled[i].revents;
  return sum;
}

// The beginning of each call leaves it at 0, with 10 bytes.
static void say_where_the_file_is(void) {
  const long at = CALL(lseek, FILE_FD, 0, SEEK_CUR);
  const long size = CALL(lseek, FILE_FD, 0, SEEK_END);
  if (at > 0 || (size >= 0 && size != 10)) SAY(", at %ld of %ld", at, size);
}

static void report(const struct row* row, const char* what, const long* arguments) {
  set_up();
  const long result = call(row->number, arguments);
  const char* kinds = row->kinds;
  SAY("%s%s = ", row->name, what);
  if (row->number == SYS_fcntl && row->good[1] == F_GETFL && result >= 0)
    SAY("%ld", result & 0xfff);  // the others differ with the machine
  else if (result < 0 && result > -4096)
    SAY("-%ld", -result);
  else if (*kinds == '~')
    SAY("ok");
  else
    SAY("%ld", result);
  if (*kinds == '=' && result >= 0) SAY(", written %u", written());
  say_where_the_file_is();
  SAY("\n");
}

static void with_bad(const struct row* row, size_t index, int i, const struct bad* bads, size_t count) {
  for (size_t k = 0; k < count; k++) {
    long arguments[6];
    char what[64];
    memcpy(arguments, row->good, sizeof arguments);
    arguments[i] = bads[k].value;
    snprintf(what, sizeof what, " #%zu argument %d: %s", index, i, bads[k].name);
    report(row, what, arguments);
  }
}

static void each_argument(const struct row* row, size_t index) {
  const struct bad descriptors[] = {{"-1", -1},
                                    {"closed", CLOSED_FD},
                                    {"large", 1 << 20},
                                    {"file", FILE_FD},
                                    {"directory", DIR_FD},
                                    {"pipe to read", PIPE_IN},
                                    {"pipe to write", PIPE_OUT},
                                    {"event", EVENT_FD},
                                    {"timer", TIMER_FD},
                                    {"epoll", EPOLL_FD},
                                    {"socket", SOCKET_A}};
  const struct bad paths[] = {{"null", 0},       {"hole", P(hole)},
                              {"edge", P(edge)}, {"kernel", (long)0xffff800000001000},
                              {"empty", P("")},  {"nothing", P("nothing")}};
  const struct bad flags[] = {{"-1", -1}, {"2^30", 1 << 30}, {"2^31", (long)1 << 31}};
  const struct bad sizes[] = {{"0", 0}, {"1", 1}, {"-1", -1}};
  const struct bad numbers[] = {{"-1", -1}, {"0", 0},   {"1", 1},
                                {"2", 2},   {"77", 77}, {"2^31", (long)1 << 31}};
  const char* kinds = row->kinds;
  if (*kinds == '=' || *kinds == '~') kinds++;
  for (int i = 0; kinds[i]; i++) {
    switch (kinds[i]) {
      case 'f':
        with_bad(row, index, i, descriptors, COUNT(descriptors));
        break;
      case 'r':
        with_bad(row, index, i, descriptors, 7);
        break;
      case 'd':
        with_bad(row, index, i, descriptors, 5);
        break;
      case 'p':
        with_bad(row, index, i, pointers, COUNT(pointers));
        break;
      case 's':
        with_bad(row, index, i, paths, COUNT(paths));
        break;
      case 'g':
        with_bad(row, index, i, flags, COUNT(flags));
        break;
      case 'z':
        with_bad(row, index, i, sizes, COUNT(sizes));
        break;
      case 'c':
        with_bad(row, index, i, sizes, 2);
        break;
      case 'n':
        with_bad(row, index, i, numbers, COUNT(numbers));
        break;
      default:
        break;
    }
  }
}

static void map_bad_places(void) {
  // Far above programs and what grows behind them, far below all else.
  char* pages = mmap((void*)0x800000000, 3 * 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memset(pages, 'e', 4096);
  munmap(pages + 4096, 4096);
  mprotect(pages + 8192, 4096, PROT_NONE);
  edge = pages + 4096 - 3;
  hole = pages + 4096;
  guarded = pages + 8192;
  spare = pages + 4 * 4096;
  const struct bad bad[] = {{"1", 1},
                            {"hole", P(hole)},
                            {"guarded", P(guarded)},
                            {"edge", P(edge)},
                            {"kernel", (long)0xffff800000001000},
                            {"huge", (long)1 << 62}};
  memcpy(pointers, bad, sizeof bad);
}

// Who may only read a file does not get to write it by mapping it.
static void report_read_only_map(void) {
  set_up();
  const long fd = CALL(openat, AT_FDCWD, "file", O_RDONLY);
  const long at = CALL(mmap, 0, 4096, PROT_READ, MAP_SHARED, fd, 0);
  SAY("mmap: of a file that may be read, in common: mprotect %ld, mmap %ld\n",
      CALL(mprotect, at, 4096, PROT_READ | PROT_WRITE),
      CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  CALL(munmap, at, 4096);
  CALL(close, fd);
}

// What is written to a file shows where it is mapped in common, and the other way about: behind its end of
// then, too.
static void report_changes_of_a_map(void) {
  set_up();
  enum { size = 1 << 20 };
  const int rights = PROT_READ | PROT_WRITE;
  char* early = mmap(0, size, rights, MAP_SHARED, FILE_FD, 0);
  CALL(pwrite64, FILE_FD, "a", 1, 5000);
  SAY("mmap: a file that grows: %c, ", early[5000]);
  CALL(ftruncate, FILE_FD, size);
  char* late = mmap(0, size, rights, MAP_SHARED, FILE_FD, 0);
  CALL(pwrite64, FILE_FD, "b", 1, 500000);
  SAY("in a hole %c%c, ", early[500000], late[500000]);
  late[600000] = 'c';
  CALL(pread64, FILE_FD, buffer, 1, 600000);
  SAY("written there %c%c, ", early[600000], *buffer);
  CALL(ftruncate, FILE_FD, 400000);
  CALL(ftruncate, FILE_FD, size);
  SAY("cut off %d%d\n", early[500000], late[600000]);
  munmap(early, size);
  munmap(late, size);
}

// A stream that has more gives all that is asked for.
static void report_zeros(void) {
  set_up();
  const long fd = CALL(openat, AT_FDCWD, "/dev/zero", O_RDONLY);
  char* many = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  SAY("read: of zeros: %ld\n", CALL(read, fd, many, 1 << 20));
  munmap(many, 1 << 20);
  CALL(close, fd);
}

value calls_run(value unit) {
  for (int fd = 0; fd < 3; fd++) CALL(dup3, fd, KEPT + fd, 0);
  map_bad_places();
  make_rows();
  for (size_t i = 0; i < row_count; i++) {
    report(&rows[i], "", rows[i].good);
    each_argument(&rows[i], i);
  }
  report_read_only_map();
  report_changes_of_a_map();
  report_zeros();
  report_processes();
  report_signals();
  report_threads();
  report_limits();
  report_maps();
  set_up();
  remove_all(base);
  CALL(chdir, "/");
  CALL(unlinkat, AT_FDCWD, base, AT_REMOVEDIR);
  for (size_t at = 0; at < length;) at += (size_t)CALL(write, KEPT + 1, text + at, length - at);
  return unit;
}

value calls_leads(value unit) {
  (void)unit;
  return Val_bool(CALL(gettid, 0) == CALL(getpid, 0));
}
