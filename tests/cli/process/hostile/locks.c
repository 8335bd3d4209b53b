// SPDX-License-Identifier: ISC
//
// A process' locks on a file go with the first descriptor of that file that it closes, however that is
// closed, and with no other.

#include "harness.h"

static const char name[] = "locks-file", other_name[] = "locks-other";

static long open_name(const char* which) {
  return CALL(openat, AT_FDCWD, which, O_RDWR | O_CREAT, 0600);
}

static void is_refused(void* unused) {
  (void)unused;
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  leave(CALL(fcntl, open_name(name), F_SETLK, &lock) == -EAGAIN ? 1 : 0);
}

enum { locked = 1, whole_range = 0 };
static bool is_locked(void) {
  return end_of(is_refused, NULL) == exited(locked);
}

// A descriptor that has a lock, and one that can be closed.
static long mine, another;
static void begin(const char* which) {
  mine = open_name(name);
  another = open_name(which);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = whole_range};
  expect("a lock", CALL(fcntl, mine, F_SETLK, &lock), 0);
  check("it is there", is_locked());
}
static void end(const char* what, bool gone) {
  check(what, is_locked() != gone);
  CALL(close, mine);
  CALL(close, another);
}

void locks_class(void) {
  begin(name);
  expect("close", CALL(close, another), 0);
  end("it goes with close", true);
  begin(name);
  expect("dup3", CALL(dup3, 1, another, 0), another);
  end("it goes with dup3", true);
#if defined(__x86_64__)
  begin(name);
  expect("dup2", CALL(dup2, 1, another), another);
  end("it goes with dup2", true);
  begin(name);
  expect("dup2 to itself", CALL(dup2, another, another), another);
  end("it stays with dup2 to itself", false);
#endif
  begin(name);
  expect("close_range", CALL(close_range, another, another, 0), 0);
  end("it goes with close_range", true);
  begin(name);
  expect("close_range on exec", CALL(close_range, another, another, 4), 0);
  end("it stays with close_range on exec", false);
  begin(name);
  expect("dup3 of nothing", CALL(dup3, 999, another, 0), -EBADF);
  end("it stays with dup3 of nothing", false);
  begin(other_name);
  expect("dup3 of another file", CALL(dup3, 1, another, 0), another);
  end("it stays with another file", false);
  begin(name);
  const long copy = CALL(dup, mine);
  check("it stays with dup", is_locked());
  expect("close of the copy", CALL(close, copy), 0);
  end("it goes with the copy", true);
  CALL(unlinkat, AT_FDCWD, name, 0);
  CALL(unlinkat, AT_FDCWD, other_name, 0);
}
