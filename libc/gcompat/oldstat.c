// SPDX-License-Identifier: ISC
//
// glibc before 2.33 had no stat in its link interface: the header called these with a version number, which
// on 64-bit machines named the one layout that there is.
#include <sys/stat.h>

#define OLD_STAT(suffix)                                                                            \
  int __xstat##suffix(int version, const char* path, struct stat* info) {                           \
    (void)version;                                                                                  \
    return stat(path, info);                                                                        \
  }                                                                                                 \
  int __lxstat##suffix(int version, const char* path, struct stat* info) {                          \
    (void)version;                                                                                  \
    return lstat(path, info);                                                                       \
  }                                                                                                 \
  int __fxstat##suffix(int version, int fd, struct stat* info) {                                    \
    (void)version;                                                                                  \
    return fstat(fd, info);                                                                         \
  }                                                                                                 \
  int __fxstatat##suffix(int version, int folder, const char* path, struct stat* info, int flags) { \
    (void)version;                                                                                  \
    return fstatat(folder, path, info, flags);                                                      \
  }

OLD_STAT()
OLD_STAT(64)

int __xmknod(int version, const char* path, mode_t mode, dev_t* device) {
  (void)version;
  return mknod(path, mode, *device);
}
