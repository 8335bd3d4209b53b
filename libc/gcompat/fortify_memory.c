// SPDX-License-Identifier: ISC
//
// Checked memory and string functions.
#define _GNU_SOURCE
#include "fortify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

void __chk_fail(void) {
  static const char message[] = "*** buffer overflow detected ***: terminated\n";
  // Nothing can be done about a failed write: the next step is abort either way.
  if (write(STDERR_FILENO, message, sizeof message - 1) < 0) abort();
  abort();
}

void* __memcpy_chk(void* to, const void* from, size_t size, size_t room) {
  must_fit(size, room);
  return memcpy(to, from, size);
}
void* __mempcpy_chk(void* to, const void* from, size_t size, size_t room) {
  must_fit(size, room);
  return mempcpy(to, from, size);
}
void* __memmove_chk(void* to, const void* from, size_t size, size_t room) {
  must_fit(size, room);
  return memmove(to, from, size);
}
void* __memset_chk(void* to, int byte, size_t size, size_t room) {
  must_fit(size, room);
  return memset(to, byte, size);
}
void __explicit_bzero_chk(void* to, size_t size, size_t room) {
  must_fit(size, room);
  explicit_bzero(to, size);
}

char* __strcpy_chk(char* to, const char* from, size_t room) {
  must_fit(strlen(from) + 1, room);
  return strcpy(to, from);
}
char* __stpcpy_chk(char* to, const char* from, size_t room) {
  must_fit(strlen(from) + 1, room);
  return stpcpy(to, from);
}
char* __strncpy_chk(char* to, const char* from, size_t size, size_t room) {
  must_fit(size, room);
  return strncpy(to, from, size);
}
char* __stpncpy_chk(char* to, const char* from, size_t size, size_t room) {
  must_fit(size, room);
  return stpncpy(to, from, size);
}
char* __strcat_chk(char* to, const char* from, size_t room) {
  must_fit(strlen(to) + strlen(from) + 1, room);
  return strcat(to, from);
}
char* __strncat_chk(char* to, const char* from, size_t size, size_t room) {
  must_fit(strlen(to) + strnlen(from, size) + 1, room);
  return strncat(to, from, size);
}
size_t __strlcpy_chk(char* to, const char* from, size_t size, size_t room) {
  must_fit(size, room);
  return strlcpy(to, from, size);
}
size_t __strlcat_chk(char* to, const char* from, size_t size, size_t room) {
  must_fit(size, room);
  return strlcat(to, from, size);
}

// Wide characters: sizes and room count characters.
wchar_t* __wmemcpy_chk(wchar_t* to, const wchar_t* from, size_t size, size_t room) {
  must_fit(size, room);
  return wmemcpy(to, from, size);
}
wchar_t* __wmemmove_chk(wchar_t* to, const wchar_t* from, size_t size, size_t room) {
  must_fit(size, room);
  return wmemmove(to, from, size);
}
wchar_t* __wmemset_chk(wchar_t* to, wchar_t character, size_t size, size_t room) {
  must_fit(size, room);
  return wmemset(to, character, size);
}
wchar_t* __wcscpy_chk(wchar_t* to, const wchar_t* from, size_t room) {
  must_fit(wcslen(from) + 1, room);
  return wcscpy(to, from);
}
wchar_t* __wcsncpy_chk(wchar_t* to, const wchar_t* from, size_t size, size_t room) {
  must_fit(size, room);
  return wcsncpy(to, from, size);
}
size_t __mbstowcs_chk(wchar_t* to, const char* from, size_t size, size_t room) {
  must_fit(size, room);
  return mbstowcs(to, from, size);
}
size_t __wcstombs_chk(char* to, const wchar_t* from, size_t size, size_t room) {
  must_fit(size, room);
  return wcstombs(to, from, size);
}
