// SPDX-License-Identifier: ISC
//
// strerror_r has two meanings: POSIX's returns 0 and fills the buffer, glibc's (under _GNU_SOURCE) returns
// the text. Objects compiled for glibc call the second under the plain name and the first under the __xpg
// one. Both are here so that musl's file, which defines both as POSIX's, is not linked beside this one.
#include <errno.h>
#include <stdio.h>
#define strerror_r posix_strerror_r  // musl declares the other one
#include <string.h>
#undef strerror_r

char* strerror_r(int code, char* buffer, size_t size) {
  (void)buffer;
  (void)size;
  return strerror(code);  // musl's texts are constants
}

int __xpg_strerror_r(int code, char* buffer, size_t size) {
  const int length = snprintf(buffer, size, "%s", strerror(code));
  return length >= 0 && (size_t)length < size ? 0 : ERANGE;
}
