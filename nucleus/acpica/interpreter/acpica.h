/* SPDX-License-Identifier: ISC */
#ifndef NUCLEUS_ACPICA_ACPICA_H
#define NUCLEUS_ACPICA_ACPICA_H

/* ACPICA's own interface, by the names that it has upstream. Linux' copy of it (recipe: LINUX_COPY) has all
   names in the other case. */

#ifdef LINUX_COPY

#include <acpi/acpi.h>

#define ACPI_BUFFER struct acpi_buffer
#define ACPI_CACHE_T void
#define ACPI_CPU_FLAGS acpi_cpu_flags
#define ACPI_EXECUTE_TYPE acpi_execute_type
#define ACPI_HANDLE acpi_handle
#define ACPI_OBJECT union acpi_object
#define ACPI_OBJECT_LIST struct acpi_object_list
#define ACPI_OSD_EXEC_CALLBACK acpi_osd_exec_callback
#define ACPI_PCI_ID struct acpi_pci_id
#define ACPI_PHYSICAL_ADDRESS acpi_physical_address
#define ACPI_IO_ADDRESS acpi_io_address
#define ACPI_PREDEFINED_NAMES struct acpi_predefined_names
#define ACPI_SEMAPHORE acpi_semaphore
#define ACPI_SIZE acpi_size
#define ACPI_SPINLOCK acpi_spinlock
#define ACPI_STATUS acpi_status
#define ACPI_STRING acpi_string
#define ACPI_TABLE_HEADER struct acpi_table_header
#define ACPI_THREAD_ID acpi_thread_id
#define BOOLEAN u8
#define UINT8 u8
#define UINT16 u16
#define UINT32 u32
#define UINT64 u64

#define AcpiEnableSubsystem acpi_enable_subsystem
#define AcpiEvaluateObject acpi_evaluate_object
#define AcpiFormatException acpi_format_exception
#define AcpiGbl_MaxLoopIterations acpi_gbl_max_loop_iterations
#define AcpiGetHandle acpi_get_handle
#define AcpiGetName acpi_get_name
#define AcpiInitializeObjects acpi_initialize_objects
#define AcpiInitializeSubsystem acpi_initialize_subsystem
#define AcpiInitializeTables acpi_initialize_tables
#define AcpiInstallExceptionHandler acpi_install_exception_handler
#define AcpiLoadTables acpi_load_tables
#define AcpiWalkNamespace acpi_walk_namespace

#define AcpiOsAcquireLock acpi_os_acquire_lock
#define AcpiOsAllocate acpi_os_allocate
#define AcpiOsCreateLock acpi_os_create_lock
#define AcpiOsCreateSemaphore acpi_os_create_semaphore
#define AcpiOsDeleteLock acpi_os_delete_lock
#define AcpiOsDeleteSemaphore acpi_os_delete_semaphore
#define AcpiOsEnterSleep acpi_os_enter_sleep
#define AcpiOsExecute acpi_os_execute
#define AcpiOsFree acpi_os_free
#define AcpiOsGetRootPointer acpi_os_get_root_pointer
#define AcpiOsGetThreadId acpi_os_get_thread_id
#define AcpiOsGetTimer acpi_os_get_timer
#define AcpiOsInitialize acpi_os_initialize
#define AcpiOsMapMemory acpi_os_map_memory
#define AcpiOsPhysicalTableOverride acpi_os_physical_table_override
#define AcpiOsPredefinedOverride acpi_os_predefined_override
#define AcpiOsPrintf acpi_os_printf
#define AcpiOsReadMemory acpi_os_read_memory
#define AcpiOsReadPciConfiguration acpi_os_read_pci_configuration
#define AcpiOsReadPort acpi_os_read_port
#define AcpiOsReleaseLock acpi_os_release_lock
#define AcpiOsSignal acpi_os_signal
#define AcpiOsSignalSemaphore acpi_os_signal_semaphore
#define AcpiOsSleep acpi_os_sleep
#define AcpiOsStall acpi_os_stall
#define AcpiOsTableOverride acpi_os_table_override
#define AcpiOsTerminate acpi_os_terminate
#define AcpiOsUnmapMemory acpi_os_unmap_memory
#define AcpiOsWaitEventsComplete acpi_os_wait_events_complete
#define AcpiOsWaitSemaphore acpi_os_wait_semaphore
#define AcpiOsWriteMemory acpi_os_write_memory
#define AcpiOsWritePciConfiguration acpi_os_write_pci_configuration
#define AcpiOsWritePort acpi_os_write_port

/* Members. */
#define Buffer buffer
#define Bus bus
#define Count count
#define Device device
#define Elements elements
#define Function function
#define Handle handle
#define Integer integer
#define Length length
#define Package package
#define Pointer pointer
#define Reference reference
#define Segment segment
#define String string
#define Type type
#define Value value

#else

#include "acpi.h"

#endif

#endif
