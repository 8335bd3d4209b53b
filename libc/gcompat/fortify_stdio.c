// SPDX-License-Identifier: ISC
//
// Checked stdio. `flag` asks glibc to refuse %n in writable formats; musl's printf has no such mode.
#define _GNU_SOURCE
#include "fortify.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <syslog.h>

int __vsnprintf_chk(char* to, size_t size, int flag, size_t room, const char* format, va_list arguments) {
  (void)flag;
  must_fit(size, room);
  return vsnprintf(to, size, format, arguments);
}
int __vsprintf_chk(char* to, int flag, size_t room, const char* format, va_list arguments) {
  (void)flag;
  // The text is bounded by the room; that it was cut shows only afterwards.
  const size_t size = room > INT32_MAX ? INT32_MAX : room;
  const int length = vsnprintf(to, size, format, arguments);
  if (length >= 0) must_fit((size_t)length + 1, room);
  return length;
}
int __vfprintf_chk(FILE* stream, int flag, const char* format, va_list arguments) {
  (void)flag;
  return vfprintf(stream, format, arguments);
}
int __vprintf_chk(int flag, const char* format, va_list arguments) {
  (void)flag;
  return vprintf(format, arguments);
}
int __vdprintf_chk(int fd, int flag, const char* format, va_list arguments) {
  (void)flag;
  return vdprintf(fd, format, arguments);
}
int __vasprintf_chk(char** to, int flag, const char* format, va_list arguments) {
  (void)flag;
  return vasprintf(to, format, arguments);
}
void __vsyslog_chk(int priority, int flag, const char* format, va_list arguments) {
  (void)flag;
  vsyslog(priority, format, arguments);
}

/// The body of a function with variable arguments: `call` uses `arguments`, which start after `format`.
#define WITH_ARGUMENTS(call)   \
  va_list arguments;           \
  va_start(arguments, format); \
  const int result = (call);   \
  va_end(arguments);           \
  return result

int __snprintf_chk(char* to, size_t size, int flag, size_t room, const char* format, ...) {
  WITH_ARGUMENTS(__vsnprintf_chk(to, size, flag, room, format, arguments));
}
int __sprintf_chk(char* to, int flag, size_t room, const char* format, ...) {
  WITH_ARGUMENTS(__vsprintf_chk(to, flag, room, format, arguments));
}
int __fprintf_chk(FILE* stream, int flag, const char* format, ...) {
  WITH_ARGUMENTS(__vfprintf_chk(stream, flag, format, arguments));
}
int __printf_chk(int flag, const char* format, ...) {
  WITH_ARGUMENTS(__vprintf_chk(flag, format, arguments));
}
int __dprintf_chk(int fd, int flag, const char* format, ...) {
  WITH_ARGUMENTS(__vdprintf_chk(fd, flag, format, arguments));
}
int __asprintf_chk(char** to, int flag, const char* format, ...) {
  WITH_ARGUMENTS(__vasprintf_chk(to, flag, format, arguments));
}
void __syslog_chk(int priority, int flag, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  __vsyslog_chk(priority, flag, format, arguments);
  va_end(arguments);
}

char* __fgets_chk(char* to, size_t room, int size, FILE* stream) {
  if (size > 0) must_fit((size_t)size, room);
  return fgets(to, size, stream);
}
char* __fgets_unlocked_chk(char* to, size_t room, int size, FILE* stream) {
  return __fgets_chk(to, room, size, stream);
}
size_t __fread_chk(void* to, size_t room, size_t size, size_t count, FILE* stream) {
  if (size != 0) must_fit(count, room / size);
  return fread(to, size, count, stream);
}
size_t __fread_unlocked_chk(void* to, size_t room, size_t size, size_t count, FILE* stream) {
  return __fread_chk(to, room, size, count, stream);
}
