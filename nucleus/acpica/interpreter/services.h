/* SPDX-License-Identifier: ISC */
#ifndef NUCLEUS_ACPICA_SERVICES_H
#define NUCLEUS_ACPICA_SERVICES_H

/* Between ACPICA, which is an object of its own (toolchain/recipes/acpica.bash), and the nucleus: what the
   interpreter does for the nucleus, and what the nucleus' operating system layer does for the interpreter.
   Plain C; of both objects only nucleus_* names are global.

   Context of all: a thread's kernel stack, interrupts on, but where it says otherwise. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------- The interpreter ------------------------------- */

/* 0, or ACPICA's number for what is wrong. */
typedef uint32_t nucleus_aml_status;

/* Of an object that is not there: it need not be. */
#define NUCLEUS_AML_ABSENT UINT32_MAX

/* Of a method: an integer, or a buffer where `bytes` is not null. */
typedef struct nucleus_aml_argument {
  const void* bytes;
  uint64_t value; /* or the buffer's size */
} nucleus_aml_argument;

/* One caller at a time. */
typedef struct nucleus_aml_interpreter {
  /* Loads the tables and runs what initialises devices. Once, before all others. `step` says, in words, where
     it failed. */
  nucleus_aml_status (*start)(const char** step);

  /* Evaluates the object `name` in the scope `path` (absolute) and writes its value into `answer` in the form
     that platform/aml/value.h reads. `size` is the room, then how much was written. */
  nucleus_aml_status (*evaluate)(const char* path, const char* name, const nucleus_aml_argument* arguments,
                                 unsigned argument_count, unsigned char* answer, size_t* size);

  /* Calls visit(context, path) for each device, parents before children. */
  nucleus_aml_status (*visit_devices)(void (*visit)(void* context, const char* path), void* context);

  /* A status in words: "AE_NOT_FOUND". */
  const char* (*name_of_status)(nucleus_aml_status status);
} nucleus_aml_interpreter;

/* Not in images without it: weak where it is used. */
extern const nucleus_aml_interpreter nucleus_aml;

/* --------------------------- The operating system layer --------------------------- */

/* Memory: aligned to 16; null if there is none. */
void* nucleus_acpi_allocate(size_t size);
void nucleus_acpi_free(void* block);

/* Physical memory: a table to read, or registers. Never unmapped. Null: out of reach, or memory that is the
   nucleus' own. */
void* nucleus_acpi_map(uint64_t address, size_t size);
/* From now on what is mapped are registers. */
void nucleus_acpi_tables_are_loaded(void);
/* ACPI's root pointer; 0: none. */
uint64_t nucleus_acpi_root_pointer(void);

/* A lock for a moment; any context. Null: no memory. */
void* nucleus_acpi_make_spin_lock(void);
void nucleus_acpi_free_spin_lock(void* lock);
void nucleus_acpi_spin_lock(void* lock);
void nucleus_acpi_spin_unlock(void* lock);

/* Counting semaphores. */
void* nucleus_acpi_make_semaphore(uint32_t units, uint32_t most);
void nucleus_acpi_free_semaphore(void* semaphore);
/* Takes `units` of it, or returns 0 when `timeout_ms` have passed; 0xffff: never. */
int nucleus_acpi_wait_semaphore(void* semaphore, uint32_t units, uint16_t timeout_ms);
/* Gives them back; 0: there would be more than its most. */
int nucleus_acpi_signal_semaphore(void* semaphore, uint32_t units);
uint64_t nucleus_acpi_thread(void);

/* Time. */
uint64_t nucleus_acpi_timer(void); /* in 100 ns */
void nucleus_acpi_sleep(uint64_t ms);
void nucleus_acpi_stall(uint32_t us); /* without giving up the CPU */

/* Hardware, by widths of 8 to 32 bits (memory: 64). 0: there is none such. */
int nucleus_acpi_read_port(uint64_t port, uint32_t* value, uint32_t width);
int nucleus_acpi_write_port(uint64_t port, uint32_t value, uint32_t width);
int nucleus_acpi_read_configuration(uint32_t segment, uint32_t bus, uint32_t device, uint32_t function,
                                    uint32_t offset, uint64_t* value, uint32_t width);
int nucleus_acpi_write_configuration(uint32_t segment, uint32_t bus, uint32_t device, uint32_t function,
                                     uint32_t offset, uint64_t value, uint32_t width);
int nucleus_acpi_read_memory(uint64_t address, uint64_t* value, uint32_t width);
int nucleus_acpi_write_memory(uint64_t address, uint64_t value, uint32_t width);

#ifdef __cplusplus
}
#endif

#endif
