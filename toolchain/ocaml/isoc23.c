/* SPDX-License-Identifier: ISC */
/*
 * The names that glibc 2.38's headers give to strtol and sscanf, for older C libraries. Weak: where a library has
 * them, that library's are meant. No header is included, for it might rename the functions that we call.
 */
#include <stdarg.h>

long strtol(const char *text, char **end, int base);
int vsscanf(const char *text, const char *format, va_list arguments);

__attribute__((weak)) long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

__attribute__((weak)) int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int count = vsscanf(text, format, arguments);
	va_end(arguments);
	return count;
}
