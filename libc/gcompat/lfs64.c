// SPDX-License-Identifier: ISC
//
// The 64-bit file interface of glibc. musl's off_t always has 64 bits and its struct stat, dirent, flock and
// rlimit are the kernel's, as glibc's 64-bit ones are on 64-bit machines: each name is the plain function.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

/// The optional last argument of the open family: a mode that is there only with O_CREAT or O_TMPFILE.
static mode_t open_mode(int flags, va_list* arguments) {
  const int needs_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return needs_mode ? va_arg(*arguments, mode_t) : 0;
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = open_mode(flags, &arguments);
  va_end(arguments);
  return open(path, flags, mode);
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = open_mode(flags, &arguments);
  va_end(arguments);
  return openat(folder, path, flags, mode);
}

int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const unsigned long argument = va_arg(arguments, unsigned long);  // int or pointer: both fit
  va_end(arguments);
  return fcntl(fd, command, argument);
}

int creat64(const char* path, mode_t mode) {
  return creat(path, mode);
}
off_t lseek64(int fd, off_t offset, int whence) {
  return lseek(fd, offset, whence);
}
int truncate64(const char* path, off_t length) {
  return truncate(path, length);
}
int ftruncate64(int fd, off_t length) {
  return ftruncate(fd, length);
}
int lockf64(int fd, int command, off_t length) {
  return lockf(fd, command, length);
}
int posix_fallocate64(int fd, off_t offset, off_t length) {
  return posix_fallocate(fd, offset, length);
}
int posix_fadvise64(int fd, off_t offset, off_t length, int advice) {
  return posix_fadvise(fd, offset, length, advice);
}
int fallocate64(int fd, int mode, off_t offset, off_t length) {
  return fallocate(fd, mode, offset, length);
}
ssize_t sendfile64(int out, int in, off_t* offset, size_t count) {
  return sendfile(out, in, offset, count);
}

ssize_t pread64(int fd, void* buffer, size_t size, off_t offset) {
  return pread(fd, buffer, size, offset);
}
ssize_t pwrite64(int fd, const void* buffer, size_t size, off_t offset) {
  return pwrite(fd, buffer, size, offset);
}
ssize_t preadv64(int fd, const struct iovec* parts, int count, off_t offset) {
  return preadv(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off_t offset) {
  return pwritev(fd, parts, count, offset);
}
void* mmap64(void* at, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap(at, length, protection, flags, fd, offset);
}

int stat64(const char* path, struct stat* info) {
  return stat(path, info);
}
int lstat64(const char* path, struct stat* info) {
  return lstat(path, info);
}
int fstat64(int fd, struct stat* info) {
  return fstat(fd, info);
}
int fstatat64(int folder, const char* path, struct stat* info, int flags) {
  return fstatat(folder, path, info, flags);
}
int statfs64(const char* path, struct statfs* info) {
  return statfs(path, info);
}
int fstatfs64(int fd, struct statfs* info) {
  return fstatfs(fd, info);
}
int statvfs64(const char* path, struct statvfs* info) {
  return statvfs(path, info);
}
int fstatvfs64(int fd, struct statvfs* info) {
  return fstatvfs(fd, info);
}

struct dirent* readdir64(DIR* folder) {
  return readdir(folder);
}
int readdir64_r(DIR* folder, struct dirent* entry, struct dirent** result) {
  return readdir_r(folder, entry, result);
}
int alphasort64(const struct dirent** a, const struct dirent** b) {
  return alphasort(a, b);
}
int scandir64(const char* path, struct dirent*** names, int (*keep)(const struct dirent*),
              int (*order)(const struct dirent**, const struct dirent**)) {
  return scandir(path, names, keep, order);
}
ssize_t getdents64(int fd, void* buffer, size_t size) {
  return getdents(fd, buffer, size);
}
int nftw64(const char* path, int (*visit)(const char*, const struct stat*, int, struct FTW*), int descriptors,
           int flags) {
  return nftw(path, visit, descriptors, flags);
}

FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}
FILE* freopen64(const char* path, const char* mode, FILE* stream) {
  return freopen(path, mode, stream);
}
int fseeko64(FILE* stream, off_t offset, int whence) {
  return fseeko(stream, offset, whence);
}
off_t ftello64(FILE* stream) {
  return ftello(stream);
}
FILE* tmpfile64(void) {
  return tmpfile();
}
int mkstemp64(char* pattern) {
  return mkstemp(pattern);
}
int mkostemp64(char* pattern, int flags) {
  return mkostemp(pattern, flags);
}
int mkstemps64(char* pattern, int suffix) {
  return mkstemps(pattern, suffix);
}

int getrlimit64(int resource, struct rlimit* limit) {
  return getrlimit(resource, limit);
}
int setrlimit64(int resource, const struct rlimit* limit) {
  return setrlimit(resource, limit);
}
int prlimit64(pid_t process, int resource, const struct rlimit* limit, struct rlimit* old) {
  return prlimit(process, resource, limit, old);
}
