/* SPDX-License-Identifier: ISC */

/* What ACPICA uses of the C library. The image's own is the program's, and is not meant for kernel stacks. */

#include "platform.h"

void* memcpy(void* to, const void* from, size_t size) {
  unsigned char* out = to;
  const unsigned char* in = from;
  while (size-- > 0) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  unsigned char* out = to;
  const unsigned char* in = from;
  if ((uintptr_t)out - (uintptr_t)in >= size) return memcpy(to, from, size);
  while (size-- > 0) out[size] = in[size];
  return to;
}

void* memset(void* to, int value, size_t size) {
  unsigned char* out = to;
  while (size-- > 0) *out++ = (unsigned char)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char* one = a;
  const unsigned char* other = b;
  for (; size > 0; --size, ++one, ++other)
    if (*one != *other) return *one - *other;
  return 0;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}

char* strcpy(char* to, const char* from) {
  memcpy(to, from, strlen(from) + 1);
  return to;
}

char* strncpy(char* to, const char* from, size_t size) {
  size_t at = 0;
  for (; at < size && from[at] != '\0'; ++at) to[at] = from[at];
  for (; at < size; ++at) to[at] = '\0';
  return to;
}

char* strcat(char* to, const char* from) {
  strcpy(to + strlen(to), from);
  return to;
}

char* strncat(char* to, const char* from, size_t size) {
  char* end = to + strlen(to);
  while (size-- > 0 && *from != '\0') *end++ = *from++;
  *end = '\0';
  return to;
}

int strncmp(const char* a, const char* b, size_t size) {
  for (; size > 0; --size, ++a, ++b) {
    if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
    if (*a == '\0') break;
  }
  return 0;
}

int strcmp(const char* a, const char* b) {
  return strncmp(a, b, SIZE_MAX);
}

char* strchr(const char* text, int c) {
  for (;; ++text) {
    if (*text == (char)c) return (char*)text;
    if (*text == '\0') return NULL;
  }
}

char* strstr(const char* text, const char* part) {
  const size_t length = strlen(part);
  for (; *text != '\0'; ++text)
    if (strncmp(text, part, length) == 0) return (char*)text;
  return length == 0 ? (char*)text : NULL;
}

int isdigit(int c) {
  return c >= '0' && c <= '9';
}
int isupper(int c) {
  return c >= 'A' && c <= 'Z';
}
int islower(int c) {
  return c >= 'a' && c <= 'z';
}
int isalpha(int c) {
  return isupper(c) || islower(c);
}
int isxdigit(int c) {
  return isdigit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}
int isspace(int c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
int isprint(int c) {
  return c >= ' ' && c <= '~';
}
int toupper(int c) {
  return islower(c) ? c - 'a' + 'A' : c;
}
int tolower(int c) {
  return isupper(c) ? c - 'A' + 'a' : c;
}
