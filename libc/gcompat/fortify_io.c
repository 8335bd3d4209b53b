// SPDX-License-Identifier: ISC
//
// Checked descriptors, paths and jumps.
#define _GNU_SOURCE
#include "fortify.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t __read_chk(int fd, void* to, size_t size, size_t room) {
  must_fit(size, room);
  return read(fd, to, size);
}
ssize_t __pread_chk(int fd, void* to, size_t size, off_t offset, size_t room) {
  must_fit(size, room);
  return pread(fd, to, size, offset);
}
ssize_t __pread64_chk(int fd, void* to, size_t size, off_t offset, size_t room) {
  return __pread_chk(fd, to, size, offset, room);
}
ssize_t __recv_chk(int fd, void* to, size_t size, size_t room, int flags) {
  must_fit(size, room);
  return recv(fd, to, size, flags);
}
ssize_t __recvfrom_chk(int fd, void* to, size_t size, size_t room, int flags, struct sockaddr* address,
                       socklen_t* length) {
  must_fit(size, room);
  return recvfrom(fd, to, size, flags, address, length);
}
ssize_t __readlink_chk(const char* path, char* to, size_t size, size_t room) {
  must_fit(size, room);
  return readlink(path, to, size);
}
ssize_t __readlinkat_chk(int folder, const char* path, char* to, size_t size, size_t room) {
  must_fit(size, room);
  return readlinkat(folder, path, to, size);
}
char* __getcwd_chk(char* to, size_t size, size_t room) {
  must_fit(size, room);
  return getcwd(to, size);
}
char* __realpath_chk(const char* path, char* to, size_t room) {
  must_fit(PATH_MAX, room);
  return realpath(path, to);
}
int __gethostname_chk(char* to, size_t size, size_t room) {
  must_fit(size, room);
  return gethostname(to, size);
}
int __ttyname_r_chk(int fd, char* to, size_t size, size_t room) {
  must_fit(size, room);
  return ttyname_r(fd, to, size);
}
int __getlogin_r_chk(char* to, size_t size, size_t room) {
  must_fit(size, room);
  return getlogin_r(to, size);
}
int __getgroups_chk(int count, gid_t* to, size_t room) {
  if (count > 0) must_fit((size_t)count * sizeof(gid_t), room);
  return getgroups(count, to);
}
size_t __confstr_chk(int name, char* to, size_t size, size_t room) {
  must_fit(size, room);
  return confstr(name, to, size);
}
int __poll_chk(struct pollfd* descriptors, nfds_t count, int timeout_ms, size_t room) {
  must_fit(count, room / sizeof *descriptors);
  return poll(descriptors, count, timeout_ms);
}
int __ppoll_chk(struct pollfd* descriptors, nfds_t count, const struct timespec* timeout,
                const sigset_t* mask, size_t room) {
  must_fit(count, room / sizeof *descriptors);
  return ppoll(descriptors, count, timeout, mask);
}
const char* __inet_ntop_chk(int family, const void* address, char* to, socklen_t size, size_t room) {
  must_fit(size, room);
  return inet_ntop(family, address, to, size);
}
int __inet_pton_chk(int family, const char* text, void* to, size_t room) {
  must_fit(family == AF_INET6 ? 16 : 4, room);
  return inet_pton(family, text, to);
}

/// The index of a descriptor's word in an fd_set. Aborts on descriptors that no fd_set can hold.
long __fdelt_chk(long fd) {
  if (fd < 0 || fd >= FD_SETSIZE) __chk_fail();
  return fd / (long)(8 * sizeof(long));
}
long __fdelt_warn(long fd) {
  return __fdelt_chk(fd);
}

/// glibc checks that a jump leads up the stack. OCaml's fibers make "up" meaningless: no check.
_Noreturn void __longjmp_chk(jmp_buf target, int value) {
  longjmp(target, value);
}

// Without a mode argument: O_CREAT here is the caller's error, as in glibc.
int __open_2(const char* path, int flags) {
  if ((flags & O_CREAT) != 0) __chk_fail();
  return open(path, flags);
}
int __open64_2(const char* path, int flags) {
  return __open_2(path, flags);
}
int __openat_2(int folder, const char* path, int flags) {
  if ((flags & O_CREAT) != 0) __chk_fail();
  return openat(folder, path, flags);
}
int __openat64_2(int folder, const char* path, int flags) {
  return __openat_2(folder, path, flags);
}
