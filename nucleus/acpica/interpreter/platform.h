/* SPDX-License-Identifier: ISC */
#ifndef NUCLEUS_ACPICA_PLATFORM_H
#define NUCLEUS_ACPICA_PLATFORM_H

/* What ACPICA is told of its surroundings, in place of its own header for a Linux system (whose guards keep
   it out): it is compiled before everything else, see toolchain/recipes/acpica.bash. */

#define __ACLINUX_H__
#define __ACLINUXEX_H__

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* No events and no old registers: the nucleus interprets, it does not drive power management. Wrong input is
   told by status values; texts would be half of the size. */
#define ACPI_REDUCED_HARDWARE 1
#define ACPI_NO_ERROR_MESSAGES
#define ACPI_PCI_CONFIGURED
#define ACPI_USE_LOCAL_CACHE
#define ACPI_USE_DO_WHILE_0
/* Linux' copy has AcpiInstallExceptionHandler in it only so. */
#define ACPI_FUTURE_USAGE

#define ACPI_MACHINE_WIDTH 64
#define COMPILER_DEPENDENT_INT64 long
#define COMPILER_DEPENDENT_UINT64 unsigned long
#define ACPI_USE_NATIVE_DIVIDE
#define ACPI_USE_NATIVE_MATH64
#ifndef __x86_64__
#define ACPI_MISALIGNMENT_NOT_SUPPORTED
#endif

/* Decorations in Linux' copy of ACPICA. */
#define __iomem
#define __init
#define ACPI_INIT_FUNCTION

/* c_library.c */
#define ACPI_USE_SYSTEM_CLIBRARY
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* text);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t size);
char* strcat(char* to, const char* from);
char* strncat(char* to, const char* from, size_t size);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t size);
char* strchr(const char* text, int c);
char* strstr(const char* text, const char* part);
int isdigit(int c);
int isxdigit(int c);
int isspace(int c);
int isupper(int c);
int islower(int c);
int isalpha(int c);
int isprint(int c);
int toupper(int c);
int tolower(int c);

#endif
