// SPDX-License-Identifier: ISC
//
// The names that glibc >= 2.38 gives strtol and scanf in its headers' default language mode. C23's only
// difference is the binary prefix: "0b101" in base 2, or in base 0 (%i).
#define _GNU_SOURCE
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/// Where the digits of a number with a binary prefix start, or null when `text` has none in this base.
static const char* after_binary_prefix(const char* text, int base, int* negative) {
  if (base != 0 && base != 2) return NULL;
  while (isspace((unsigned char)*text)) text++;
  *negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  const int prefixed =
      text[0] == '0' && (text[1] == 'b' || text[1] == 'B') && (text[2] == '0' || text[2] == '1');
  return prefixed ? text + 2 : NULL;
}

// One character before the digits there is always room for a sign, so the number is read as it would be
// written without the prefix. Unsigned conversion negates its result itself; signed range needs the sign.
#define C23_UNSIGNED(type, name)                                     \
  type __isoc23_##name(const char* text, char** end, int base) {     \
    int negative = 0;                                                \
    const char* digits = after_binary_prefix(text, base, &negative); \
    if (digits == NULL) return name(text, end, base);                \
    const type magnitude = name(digits, end, 2);                     \
    return negative ? -magnitude : magnitude;                        \
  }
#define C23_SIGNED(type, name, unsigned_type, unsigned_name, minimum)                          \
  type __isoc23_##name(const char* text, char** end, int base) {                               \
    int negative = 0;                                                                          \
    const char* digits = after_binary_prefix(text, base, &negative);                           \
    if (digits == NULL) return name(text, end, base);                                          \
    const type magnitude = name(digits, end, 2); /* out of range: errno is set */              \
    if (!negative) return magnitude;                                                           \
    /* -2^63 is in range though 2^63 is not */                                                 \
    return unsigned_name(digits, NULL, 2) > (unsigned_type)magnitude ? (minimum) : -magnitude; \
  }

C23_UNSIGNED(unsigned long, strtoul)
C23_UNSIGNED(unsigned long long, strtoull)
C23_UNSIGNED(uintmax_t, strtoumax)
C23_SIGNED(long, strtol, unsigned long, strtoul, -__LONG_MAX__ - 1)
C23_SIGNED(long long, strtoll, unsigned long long, strtoull, -__LONG_LONG_MAX__ - 1)
C23_SIGNED(intmax_t, strtoimax, uintmax_t, strtoumax, INTMAX_MIN)

// Wide numbers and scanf keep C17's meaning: no binary prefix.
long __isoc23_wcstol(const wchar_t* text, wchar_t** end, int base) {
  return wcstol(text, end, base);
}
unsigned long __isoc23_wcstoul(const wchar_t* text, wchar_t** end, int base) {
  return wcstoul(text, end, base);
}
long long __isoc23_wcstoll(const wchar_t* text, wchar_t** end, int base) {
  return wcstoll(text, end, base);
}
unsigned long long __isoc23_wcstoull(const wchar_t* text, wchar_t** end, int base) {
  return wcstoull(text, end, base);
}

int __isoc23_vsscanf(const char* text, const char* format, va_list arguments) {
  return vsscanf(text, format, arguments);
}
int __isoc23_vfscanf(FILE* stream, const char* format, va_list arguments) {
  return vfscanf(stream, format, arguments);
}
int __isoc23_vscanf(const char* format, va_list arguments) {
  return vscanf(format, arguments);
}
int __isoc23_sscanf(const char* text, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = vsscanf(text, format, arguments);
  va_end(arguments);
  return result;
}
int __isoc23_fscanf(FILE* stream, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = vfscanf(stream, format, arguments);
  va_end(arguments);
  return result;
}
int __isoc23_scanf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = vscanf(format, arguments);
  va_end(arguments);
  return result;
}
