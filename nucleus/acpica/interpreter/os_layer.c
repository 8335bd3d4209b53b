/* SPDX-License-Identifier: ISC */

/* ACPICA's operating system interface, over the nucleus' (services.h).  Spec: [acpica "OS Services Layer"] */

#include "acpica.h"
#include "services.h"

ACPI_STATUS AcpiOsInitialize(void) {
  return AE_OK;
}
ACPI_STATUS AcpiOsTerminate(void) {
  return AE_OK;
}

ACPI_PHYSICAL_ADDRESS AcpiOsGetRootPointer(void) {
  return nucleus_acpi_root_pointer();
}

/* Firmware's names and tables are taken as they are. */
ACPI_STATUS AcpiOsPredefinedOverride(const ACPI_PREDEFINED_NAMES* predefined, ACPI_STRING* value) {
  (void)predefined;
  *value = NULL;
  return AE_OK;
}
ACPI_STATUS AcpiOsTableOverride(ACPI_TABLE_HEADER* existing, ACPI_TABLE_HEADER** other) {
  (void)existing;
  *other = NULL;
  return AE_OK;
}
ACPI_STATUS AcpiOsPhysicalTableOverride(ACPI_TABLE_HEADER* existing, ACPI_PHYSICAL_ADDRESS* address,
                                        UINT32* length) {
  (void)existing;
  *address = 0;
  *length = 0;
  return AE_SUPPORT;
}

void* AcpiOsAllocate(ACPI_SIZE size) {
  return nucleus_acpi_allocate(size);
}
void AcpiOsFree(void* block) {
  nucleus_acpi_free(block);
}
void* AcpiOsMapMemory(ACPI_PHYSICAL_ADDRESS address, ACPI_SIZE size) {
  return nucleus_acpi_map(address, size);
}
void AcpiOsUnmapMemory(void* address, ACPI_SIZE size) {
  (void)address;
  (void)size;
}

ACPI_STATUS AcpiOsCreateLock(ACPI_SPINLOCK* lock) {
  *lock = nucleus_acpi_make_spin_lock();
  return *lock == NULL ? AE_NO_MEMORY : AE_OK;
}
void AcpiOsDeleteLock(ACPI_SPINLOCK lock) {
  nucleus_acpi_free_spin_lock(lock);
}
ACPI_CPU_FLAGS AcpiOsAcquireLock(ACPI_SPINLOCK lock) {
  nucleus_acpi_spin_lock(lock);
  return 0;
}
void AcpiOsReleaseLock(ACPI_SPINLOCK lock, ACPI_CPU_FLAGS before) {
  (void)before;
  nucleus_acpi_spin_unlock(lock);
}

ACPI_STATUS AcpiOsCreateSemaphore(UINT32 most, UINT32 units, ACPI_SEMAPHORE* semaphore) {
  *semaphore = nucleus_acpi_make_semaphore(units, most);
  return *semaphore == NULL ? AE_NO_MEMORY : AE_OK;
}
ACPI_STATUS AcpiOsDeleteSemaphore(ACPI_SEMAPHORE semaphore) {
  nucleus_acpi_free_semaphore(semaphore);
  return AE_OK;
}
ACPI_STATUS AcpiOsWaitSemaphore(ACPI_SEMAPHORE semaphore, UINT32 units, UINT16 timeout_ms) {
  if (semaphore == NULL) return AE_BAD_PARAMETER;
  return nucleus_acpi_wait_semaphore(semaphore, units, timeout_ms) ? AE_OK : AE_TIME;
}
ACPI_STATUS AcpiOsSignalSemaphore(ACPI_SEMAPHORE semaphore, UINT32 units) {
  if (semaphore == NULL) return AE_BAD_PARAMETER;
  return nucleus_acpi_signal_semaphore(semaphore, units) ? AE_OK : AE_LIMIT;
}

ACPI_THREAD_ID AcpiOsGetThreadId(void) {
  return nucleus_acpi_thread();
}

/* Only handlers of events are run later, and none is installed. */
ACPI_STATUS AcpiOsExecute(ACPI_EXECUTE_TYPE type, ACPI_OSD_EXEC_CALLBACK function, void* context) {
  (void)type;
  (void)function;
  (void)context;
  return AE_SUPPORT;
}
void AcpiOsWaitEventsComplete(void) {}

UINT64 AcpiOsGetTimer(void) {
  return nucleus_acpi_timer();
}
void AcpiOsSleep(UINT64 ms) {
  nucleus_acpi_sleep(ms);
}
void AcpiOsStall(UINT32 us) {
  nucleus_acpi_stall(us);
}

ACPI_STATUS AcpiOsReadPort(ACPI_IO_ADDRESS port, UINT32* value, UINT32 width) {
  return nucleus_acpi_read_port(port, value, width) ? AE_OK : AE_BAD_ADDRESS;
}
ACPI_STATUS AcpiOsWritePort(ACPI_IO_ADDRESS port, UINT32 value, UINT32 width) {
  return nucleus_acpi_write_port(port, value, width) ? AE_OK : AE_BAD_ADDRESS;
}
ACPI_STATUS AcpiOsReadMemory(ACPI_PHYSICAL_ADDRESS address, UINT64* value, UINT32 width) {
  return nucleus_acpi_read_memory(address, value, width) ? AE_OK : AE_BAD_ADDRESS;
}
ACPI_STATUS AcpiOsWriteMemory(ACPI_PHYSICAL_ADDRESS address, UINT64 value, UINT32 width) {
  return nucleus_acpi_write_memory(address, value, width) ? AE_OK : AE_BAD_ADDRESS;
}
ACPI_STATUS AcpiOsReadPciConfiguration(ACPI_PCI_ID* at, UINT32 offset, UINT64* value, UINT32 width) {
  return nucleus_acpi_read_configuration(at->Segment, at->Bus, at->Device, at->Function, offset, value, width)
             ? AE_OK
             : AE_BAD_ADDRESS;
}
ACPI_STATUS AcpiOsWritePciConfiguration(ACPI_PCI_ID* at, UINT32 offset, UINT64 value, UINT32 width) {
  return nucleus_acpi_write_configuration(at->Segment, at->Bus, at->Device, at->Function, offset, value,
                                          width)
             ? AE_OK
             : AE_BAD_ADDRESS;
}

/* AML's Fatal and Breakpoint: the method goes on, or ends with an error of its own. */
ACPI_STATUS AcpiOsSignal(UINT32 what, void* information) {
  (void)what;
  (void)information;
  return AE_OK;
}
/* The nucleus switches off by itself. */
ACPI_STATUS AcpiOsEnterSleep(UINT8 state, UINT32 register_a, UINT32 register_b) {
  (void)state;
  (void)register_a;
  (void)register_b;
  return AE_SUPPORT;
}

/* There are no texts (platform.h). */
void AcpiOsPrintf(const char* format, ...) {
  (void)format;
}
