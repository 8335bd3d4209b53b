// SPDX-License-Identifier: ISC
#pragma once

// The machine interface of the nucleus: what a program on the bare machine is told and given that no libc
// has. A plain C ABI; every name is nucleus_*. An image holds only the parts that its program calls. A
// program that may also run elsewhere declares the functions weak and looks whether they are there.
//
// Numbers are of the machine's own kind: addresses are physical, a line is the interrupt controller's number
// for an interrupt (ACPI's global system interrupt, a GIC's INTID, a PLIC's or APLIC's source).

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nucleus_range {
  uint64_t start;
  uint64_t size;  // 0: there is none
} nucleus_range;

/// Where a register is: physical memory, or x86_64's ports.
enum nucleus_space { NUCLEUS_SPACE_MEMORY = 0, NUCLEUS_SPACE_PORTS = 1 };

typedef struct nucleus_register {
  uint32_t space;    // nucleus_space
  uint32_t width;    // bits; 0: not told
  uint64_t address;  // 0: there is none
} nucleus_register;

#define NUCLEUS_NO_LINE UINT32_MAX

enum nucleus_line_flags { NUCLEUS_LINE_LEVEL = 1, NUCLEUS_LINE_ACTIVE_LOW = 2 };

typedef struct nucleus_line {
  uint32_t number;  // or NUCLEUS_NO_LINE
  uint32_t flags;   // nucleus_line_flags
} nucleus_line;

enum nucleus_source { NUCLEUS_SOURCE_ACPI = 1, NUCLEUS_SOURCE_DEVICETREE = 2 };

enum nucleus_cpu_flags { NUCLEUS_CPU_ENABLED = 1 };

typedef struct nucleus_cpu {
  uint64_t hardware_id;  // APIC id, MPIDR affinity, hart
  uint32_t firmware_id;  // ACPI's processor UID; UINT32_MAX: none
  uint32_t flags;        // nucleus_cpu_flags
  char isa[256];         // riscv64: the ISA string; else empty
} nucleus_cpu;

enum nucleus_controller_kind {
  NUCLEUS_LOCAL_APIC = 1,
  NUCLEUS_IO_APIC,
  NUCLEUS_GIC_DISTRIBUTOR_V2,  // more: the CPU interface
  NUCLEUS_GIC_DISTRIBUTOR_V3,  // more: the redistributors
  NUCLEUS_GIC_REDISTRIBUTORS,  // apart from the distributor (ACPI)
  NUCLEUS_GIC_V2M,  // message-signalled interrupts: lines first_line to first_line + line_count - 1
  NUCLEUS_GIC_ITS,
  NUCLEUS_PLIC,
  NUCLEUS_CLINT,
  NUCLEUS_APLIC,
  NUCLEUS_IMSIC
};

typedef struct nucleus_controller {
  uint32_t kind;  // nucleus_controller_kind
  uint32_t id;    // ACPI's, or the devicetree's phandle
  nucleus_range registers;
  nucleus_range more;
  uint32_t first_line;
  uint32_t line_count;  // 0: not told
} nucleus_controller;

/// Where a line of the old PC's interrupt controller arrives.
typedef struct nucleus_isa_line {
  uint32_t isa_line;
  nucleus_line line;
} nucleus_isa_line;

enum nucleus_timer_kind {
  NUCLEUS_TIMER_HPET = 1,
  NUCLEUS_TIMER_ACPI_PM,
  NUCLEUS_TIMER_ARM,    // lines: secure, physical, virtual, hypervisor
  NUCLEUS_TIMER_RISCV,  // the time register
};

typedef struct nucleus_timer {
  uint32_t kind;   // nucleus_timer_kind
  uint32_t width;  // bits of the counter; 0: not told
  nucleus_register registers;
  uint64_t frequency_hz;  // 0: not told
  nucleus_line lines[4];
} nucleus_timer;

enum nucleus_uart_kind { NUCLEUS_UART_16550 = 1, NUCLEUS_UART_PL011, NUCLEUS_UART_SBSA, NUCLEUS_UART_OTHER };

typedef struct nucleus_uart {
  uint32_t kind;        // nucleus_uart_kind
  uint32_t is_console;  // firmware or devicetree names it as the console
  nucleus_register registers;
  uint64_t size;      // of the registers; 0: not told
  uint32_t stride;    // bytes from one register to the next
  uint32_t clock_hz;  // 0: not told
  uint32_t baud;      // 0: not told
  nucleus_line line;
} nucleus_uart;

enum nucleus_clock_kind { NUCLEUS_CLOCK_CMOS = 1, NUCLEUS_CLOCK_PL031, NUCLEUS_CLOCK_GOLDFISH };

typedef struct nucleus_clock {
  uint32_t kind;           // nucleus_clock_kind
  uint32_t century_index;  // CMOS: where the century is; 0: nowhere
  nucleus_range registers;
  nucleus_line line;
} nucleus_clock;

enum nucleus_window_kind { NUCLEUS_WINDOW_PORTS = 1, NUCLEUS_WINDOW_MEMORY_32, NUCLEUS_WINDOW_MEMORY_64 };

/// A part of the PCI bus' addresses that the CPU sees.
typedef struct nucleus_window {
  uint32_t kind;  // nucleus_window_kind
  uint32_t prefetchable;
  uint64_t bus_address;
  uint64_t cpu_address;
  uint64_t size;
} nucleus_window;

/// A row of the devicetree's interrupt map or of AML's routing tables: which line pin `pin` (1 to 4) of a
/// device raises.
typedef struct nucleus_route {
  uint32_t device;  // device << 11 | function << 8, masked
  uint32_t pin;     // masked
  nucleus_line line;
  /// The bus that the device is on: 0 for the root bus; else the bridges that lead there, the last one
  /// lowest, each a byte, device << 3 | function; above them their number << 24.
  uint32_t bridges;
} nucleus_route;

#define NUCLEUS_MAX_WINDOWS 16
#define NUCLEUS_MAX_ROUTES 256
#define NUCLEUS_MAX_ROUTE_BRIDGES 3

typedef struct nucleus_pci_host {
  uint32_t segment;
  uint32_t first_bus;
  uint32_t last_bus;
  uint32_t msi_controller;  // the id of the controller that takes its messages; 0: not told
  nucleus_range ecam;       // starts with `first_bus`
  uint32_t window_count;    // 0: not told (ACPI has them in AML, which not every image interprets)
  uint32_t route_count;
  uint32_t route_device_mask;
  uint32_t route_pin_mask;
  nucleus_window windows[NUCLEUS_MAX_WINDOWS];
  nucleus_route routes[NUCLEUS_MAX_ROUTES];
} nucleus_pci_host;

enum nucleus_psci { NUCLEUS_PSCI_NONE = 0, NUCLEUS_PSCI_HVC, NUCLEUS_PSCI_SMC };

/// How the machine is switched off and reset.
typedef struct nucleus_power {
  uint32_t psci;              // nucleus_psci
  uint32_t sbi;               // 1: there is a RISC-V supervisor binary interface
  uint32_t hardware_reduced;  // 1: ACPI without the old registers
  uint32_t reset_value;       // to be written to reset_register
  nucleus_register reset_register;
  nucleus_register pm1a_control;
  nucleus_register pm1b_control;
  nucleus_register sleep_control;
  nucleus_range finisher;      // the sifive_test device
  uint32_t soft_off_known;     // 1: AML has told the sleep types of soft-off
  uint32_t soft_off_types[2];  // for the two PM1 control registers
} nucleus_power;

typedef struct nucleus_table {
  char signature[8];  // four characters
  uint32_t length;
  uint32_t revision;
  uint64_t address;
} nucleus_table;

#define NUCLEUS_MAX_MEMORY_RANGES 64
#define NUCLEUS_MAX_TABLES 64
#define NUCLEUS_MAX_CPUS 64
#define NUCLEUS_MAX_CONTROLLERS 80
#define NUCLEUS_MAX_ISA_LINES 16
#define NUCLEUS_MAX_TIMERS 8
#define NUCLEUS_MAX_UARTS 8
#define NUCLEUS_MAX_CLOCKS 4
#define NUCLEUS_MAX_PCI_HOSTS 8
#define NUCLEUS_MAX_PROBLEMS 16
#define NUCLEUS_PROBLEM_SIZE 96

/// The machine as its firmware describes it. Of arrays the first `..._count` elements are filled in. What a
/// source does not tell is 0, or as the member says.
typedef struct nucleus_machine {
  uint32_t sources;  // nucleus_source, or-ed
  uint32_t memory_count;
  uint32_t table_count;
  uint32_t cpu_count;
  uint32_t controller_count;
  uint32_t isa_line_count;
  uint32_t timer_count;
  uint32_t uart_count;
  uint32_t clock_count;
  uint32_t pci_host_count;
  uint32_t problem_count;
  uint32_t discovery_us;       // how long it took to read all this
  uint32_t interpretation_us;  // and how long to interpret AML; 0: none was interpreted
  uint32_t reserved;
  uint64_t root_table;  // ACPI's root pointer; 0: none
  nucleus_range devicetree;
  char model[64];                                   // the devicetree's model or the ACPI tables' OEM
  nucleus_range memory[NUCLEUS_MAX_MEMORY_RANGES];  // usable, sorted, apart
  nucleus_table tables[NUCLEUS_MAX_TABLES];
  nucleus_cpu cpus[NUCLEUS_MAX_CPUS];
  nucleus_controller controllers[NUCLEUS_MAX_CONTROLLERS];
  nucleus_isa_line isa_lines[NUCLEUS_MAX_ISA_LINES];
  nucleus_timer timers[NUCLEUS_MAX_TIMERS];
  nucleus_uart uarts[NUCLEUS_MAX_UARTS];
  nucleus_clock clocks[NUCLEUS_MAX_CLOCKS];
  nucleus_pci_host pci_hosts[NUCLEUS_MAX_PCI_HOSTS];
  nucleus_power power;
  /// What was malformed and is therefore left out, in words.
  char problems[NUCLEUS_MAX_PROBLEMS][NUCLEUS_PROBLEM_SIZE];
} nucleus_machine;

/// The description; made by the first call, never changed afterwards. Null: there is no memory for it.
const nucleus_machine* nucleus_machine_description(void);

/// Starts the machine anew, by ACPI, PSCI or SBI. What was written to standard output is out by then. Never
/// returns.
void nucleus_reset(void);

// Processes: address spaces of user mode, and virtual CPUs that run in them. Who commands them (the tender)
// decides everything; what is here keeps a process inside of its space.

typedef struct nucleus_user_space nucleus_user_space;
typedef struct nucleus_vcpu nucleus_vcpu;

enum nucleus_process_error {
  NUCLEUS_INVALID = -1,    // a range, rights or a register out of bounds
  NUCLEUS_NO_MEMORY = -2,  // over the commit limit
  NUCLEUS_EXISTS = -3,     // a page is there already
  NUCLEUS_NOT_FOUND = -4,  // no page is there, or the space has been cleared
  NUCLEUS_BUSY = -5        // the virtual CPU is running
};

#define NUCLEUS_PAGE_SIZE 4096
// What a process may have mapped.
#define NUCLEUS_USER_START UINT64_C(0x10000)
#define NUCLEUS_USER_END (UINT64_C(1) << 38)

enum nucleus_rights {
  NUCLEUS_READ = 1,  // implied by the others
  NUCLEUS_WRITE = 2,
  NUCLEUS_EXECUTE = 4,  // not together with WRITE
  NUCLEUS_SHARED = 8    // answers of nucleus_space_query only: other pages have the same memory
};

/// An empty space, with one reference. Null: no memory for it.
nucleus_user_space* nucleus_space_create(void);
/// Takes all its pages away, for good.
void nucleus_space_clear(nucleus_user_space* space);
/// Clears it and gives up the reference; virtual CPUs keep it alive.
void nucleus_space_release(nucleus_user_space* space);

// The following return 0 or a count, or a nucleus_process_error. Addresses are page-aligned, `pages` is not
// 0.

/// Maps fresh pages of zeros: none if there is one already, and perhaps some if memory does not suffice.
int nucleus_space_map(nucleus_user_space* space, uint64_t at, uint64_t pages, unsigned rights);
/// Maps the pages that `from` has in a range in `to` too, at `to_at` and behind. Returns how many there were.
int64_t nucleus_space_share(nucleus_user_space* from, uint64_t at, nucleus_user_space* to, uint64_t to_at,
                            uint64_t pages, unsigned rights);
/// Holes are fine in these two. Rights of 0 keep the content.
int nucleus_space_protect(nucleus_user_space* space, uint64_t at, uint64_t pages, unsigned rights);
int nucleus_space_unmap(nucleus_user_space* space, uint64_t at, uint64_t pages);
/// Makes a page the space's own, by a copy if others have it too, and gives it `rights`.
int nucleus_space_unshare(nucleus_user_space* space, uint64_t at, unsigned rights);
/// The rights of a page; NUCLEUS_NOT_FOUND where there is none.
int nucleus_space_query(nucleus_user_space* space, uint64_t at);
/// The address of the first page that is there, of `pages` from `at` on; NUCLEUS_NOT_FOUND if none is. Goes
/// by the page table, so holes cost next to nothing.
int64_t nucleus_space_next(nucleus_user_space* space, uint64_t at, uint64_t pages);

/// Copy from and to a process' memory, at any address. Return how many bytes went before one that the process
/// itself may not read (write).
uint64_t nucleus_space_copy_in(nucleus_user_space* space, uint64_t at, void* to, uint64_t size);
uint64_t nucleus_space_copy_out(nucleus_user_space* space, uint64_t at, const void* from, uint64_t size);

/// How many pages it holds, and how many its page table takes.
uint64_t nucleus_space_pages(const nucleus_user_space* space);
uint64_t nucleus_space_tables(const nucleus_user_space* space);

/// The registers of user mode, in the order of their encoding: x86_64's rax, rcx, rdx, rbx, rsp, rbp, rsi,
/// rdi, r8 to r15; aarch64's x0 to x30 and sp; riscv64's x0 to x31.
typedef struct nucleus_user_registers {
  uint64_t general[32];
  uint64_t pc;
  uint64_t flags;           // x86_64: rflags; aarch64: NZCV
  uint64_t thread_pointer;  // x86_64: the FS base; aarch64: TPIDR_EL0
  uint64_t gs_base;         // x86_64
} nucleus_user_registers;

/// Which of the general registers mean what.
typedef struct nucleus_user_abi {
  uint8_t call_number;
  uint8_t call_arguments[6];
  uint8_t call_result;
  uint8_t stack_pointer;
  uint8_t has_thread_pointer;  // 0: it is general register `thread_pointer`
  uint8_t thread_pointer;
  uint8_t call_size;  // bytes of the instruction of a system call, behind which the pc stands
  uint16_t machine;   // ELF's number of the architecture
} nucleus_user_abi;

const nucleus_user_abi* nucleus_user_abi_here(void);

enum nucleus_exit {
  NUCLEUS_EXIT_CALL = 1,   // a system call
  NUCLEUS_EXIT_FAULT = 2,  // see nucleus_vcpu_fault
  NUCLEUS_EXIT_SLICE = 3,  // the deadline has passed
  NUCLEUS_EXIT_KICK = 4,   // nucleus_vcpu_kick, or a signal to the thread that runs it
  NUCLEUS_EXIT_AGAIN = 5   // of nucleus_vcpu_run_alone and nucleus_vcpu_run_briefly only
};

enum nucleus_fault_kind {
  NUCLEUS_FAULT_READ = 1,
  NUCLEUS_FAULT_WRITE,
  NUCLEUS_FAULT_FETCH,
  NUCLEUS_FAULT_ILLEGAL,
  NUCLEUS_FAULT_DIVIDE,
  NUCLEUS_FAULT_FLOATING_POINT,
  NUCLEUS_FAULT_ALIGNMENT,
  NUCLEUS_FAULT_BREAKPOINT,
  NUCLEUS_FAULT_OTHER  // what only the kernel may do, addresses that none may have, and all else
};

typedef struct nucleus_user_fault {
  uint32_t kind;     // nucleus_fault_kind
  uint64_t address;  // of the first three
  uint64_t code;     // the machine's own
} nucleus_user_fault;

/// A virtual CPU in `space`, all registers zero. Null: no memory for it.
nucleus_vcpu* nucleus_vcpu_create(nucleus_user_space* space);
/// Nobody may be running it, or kick it later.
void nucleus_vcpu_release(nucleus_vcpu* vcpu);
/// Its registers, to be read and written while it does not run. `flags` and the bases are made sane on entry.
nucleus_user_registers* nucleus_vcpu_registers(nucleus_vcpu* vcpu);
/// Runs it on this CPU, on behalf of the calling thread, which may move meanwhile: until a system call, a
/// fault, a kick, or until nucleus_monotonic_ns passes `deadline_ns` (UINT64_MAX: for ever). Returns a
/// nucleus_exit, NUCLEUS_BUSY, or NUCLEUS_INVALID: the pc or a base is none of user mode.
int nucleus_vcpu_run(nucleus_vcpu* vcpu, uint64_t deadline_ns);
/// In a deadline: it is looked at only after this thread has given the CPU away to others.
#define NUCLEUS_DEADLINE_IF_WANTED (UINT64_C(1) << 61)
/// The same as long as no other thread can run: on a machine with one CPU until an interrupt, on others not
/// at all. Then it returns NUCLEUS_EXIT_AGAIN, and nucleus_vcpu_run is to go on. So the caller may hold a
/// lock that all threads want.
int nucleus_vcpu_run_alone(nucleus_vcpu* vcpu, uint64_t deadline_ns);
/// nucleus_vcpu_run on any machine, but only until the CPU is to run another thread: NUCLEUS_EXIT_AGAIN.
int nucleus_vcpu_run_briefly(nucleus_vcpu* vcpu, uint64_t deadline_ns);
/// How often the calling CPU has changed threads. On a machine with one CPU: if it is what it was, no other
/// thread has run since.
uint64_t nucleus_thread_switches(void);
/// For how long the calling thread has run, in nanoseconds: what its CPU clock says.
uint64_t nucleus_thread_time_ns(void);
/// The last NUCLEUS_EXIT_FAULT.
const nucleus_user_fault* nucleus_vcpu_fault(const nucleus_vcpu* vcpu);
/// Makes the run that goes on, else the next one, end with NUCLEUS_EXIT_KICK. From any thread.
void nucleus_vcpu_kick(nucleus_vcpu* vcpu);
/// Nanoseconds on the clock that deadlines are of (CLOCK_MONOTONIC).
uint64_t nucleus_monotonic_ns(void);
/// Gives it the floating-point state of another. Returns 0, or NUCLEUS_BUSY.
int nucleus_vcpu_copy_fp(nucleus_vcpu* to, const nucleus_vcpu* from);

/// Bytes of the floating-point state as the following have it. x86_64: an XSAVE area, uncompacted, or where
/// the CPU has none, FXSAVE's; aarch64: v0 to v31, FPCR and FPSR (64 bits each); riscv64: f0 to f31, fcsr (64
/// bits).
uint64_t nucleus_vcpu_fp_size(void);
/// Copy that state out and in; what no user may have is cleared. Return 0, or NUCLEUS_BUSY.
int nucleus_vcpu_get_fp(nucleus_vcpu* vcpu, void* to);
int nucleus_vcpu_set_fp(nucleus_vcpu* vcpu, const void* from);

/// A decoder of addresses that a PCI function has.
enum nucleus_bar_kind { NUCLEUS_BAR_PORTS = 1, NUCLEUS_BAR_MEMORY_32, NUCLEUS_BAR_MEMORY_64 };

typedef struct nucleus_bar {
  uint32_t kind;  // nucleus_bar_kind; 0: none, or the upper half of the one before
  uint32_t prefetchable;
  uint64_t bus_address;  // 0: it has no place
  uint64_t cpu_address;  // 0: the CPU does not reach it there
  uint64_t size;
} nucleus_bar;

typedef struct nucleus_capability {
  uint16_t id;
  uint16_t offset;   // from 0x100 on: an extended one, whose ids are of their own
  uint32_t version;  // of an extended one
} nucleus_capability;

#define NUCLEUS_MAX_CAPABILITIES 64

typedef struct nucleus_pci_function {
  uint32_t host;  // index in nucleus_machine.pci_hosts
  uint32_t segment;
  uint32_t bus;
  uint32_t device;
  uint32_t function;
  uint32_t vendor_id;
  uint32_t device_id;
  uint32_t class_code;  // class << 16 | subclass << 8 | programming interface
  uint32_t revision;
  uint32_t header_type;  // 0: a device, 1: a bridge to another PCI bus, 2: one to a CardBus
  uint32_t subsystem_vendor_id;
  uint32_t subsystem_id;
  uint32_t configuration_size;  // 256 or 4096 bytes
  uint32_t secondary_bus;       // a bridge's; 0: it has none
  uint32_t subordinate_bus;
  uint32_t interrupt_pin;  // 1 to 4: A to D; 0: none
  nucleus_line line;       // the pin's, where devicetree or AML tell
  uint32_t firmware_line;  // what firmware wrote into the interrupt-line register
  uint32_t capability_count;
  nucleus_bar bars[6];
  nucleus_bar rom;
  nucleus_capability capabilities[NUCLEUS_MAX_CAPABILITIES];
} nucleus_pci_function;

/// All functions behind all host bridges, each bus before those behind it.
typedef struct nucleus_pci {
  const nucleus_pci_function* functions;
  uint32_t function_count;
  uint32_t problem_count;
  uint32_t scan_us;  // how long it took to find them and to give them places
  /// What was malformed and is therefore left out, in words.
  char problems[NUCLEUS_MAX_PROBLEMS][NUCLEUS_PROBLEM_SIZE];
} nucleus_pci;

/// Found by the first call; functions that firmware has given no addresses get some then. Null: no memory for
/// it.
const nucleus_pci* nucleus_pci_scan(void);

/// Reads 1, 2 or 4 bytes of configuration space at an offset that is aligned to that. -1: there is no such
/// function, or the offset is out of its range.
int64_t nucleus_pci_read(uint32_t function, uint32_t offset, uint32_t width);

/// Writes them. Only registers behind the standard header may be written, and not those by which a function
/// sends interrupts. -1: refused.
int nucleus_pci_write(uint32_t function, uint32_t offset, uint32_t width, uint32_t value);

enum nucleus_pci_command { NUCLEUS_PCI_PORTS = 1, NUCLEUS_PCI_MEMORY = 2, NUCLEUS_PCI_BUS_MASTER = 4 };

/// Lets a function answer to its addresses, and be bus master, as `commands` says, and the bridges above it
/// pass that on. -1: there is no such function.
int nucleus_pci_enable(uint32_t function, uint32_t commands);

/// Where the program finds the memory of a BAR: device memory, for accesses of the width that the device
/// wants; also its ports, where the CPU has none itself and finds the bus' in memory. Null: no such BAR, it
/// has no place, it is of the CPU's ports, or there are no addresses left.
volatile void* nucleus_pci_map(uint32_t function, uint32_t bar);

enum nucleus_interrupt_kind { NUCLEUS_INTERRUPT_MSI_X = 1, NUCLEUS_INTERRUPT_MSI, NUCLEUS_INTERRUPT_PIN };

/// Makes a function's interrupts an event that can be waited for: those of entry `entry` of its MSI-X table,
/// its one MSI, or its pin (nucleus_interrupt_kind). For messages it must be bus master. Returns the event;
/// -1: the function or the machine cannot do that, or it has been done before.
int nucleus_pci_interrupt(uint32_t function, uint32_t kind, uint32_t entry);

/// Blocks the thread until more than `seen` interrupts of the event have come, for at most `timeout_ns`
/// (UINT64_MAX: for ever); returns how many have. A signal may end it early. A pin's line, and any line that
/// is not of messages on x86_64, stays masked until the next wait: the device is to be silenced before. A pin
/// may share its line: then all interrupts of the line count, and it stays masked until all who have taken it
/// wait again. -1: there is no such event.
int64_t nucleus_interrupt_wait(uint32_t interrupt, uint64_t seen, uint64_t timeout_ns);

// Many events and one place to wait for all of them: who wants one arms it; a single thread, or a scheduler
// between other things, takes those that have come.

/// Lets nucleus_interrupt_next() tell of the event, once, when more than `seen` interrupts have come. Returns
/// how many have; more than `seen`: it has come already, and is not armed. As with a wait the device is to be
/// silenced before. -1: there is no such event.
int64_t nucleus_interrupt_arm(uint32_t interrupt, uint64_t seen);

/// An armed event that has come; -1: none. Quick, and never blocks.
int nucleus_interrupt_next(void);

/// Blocks the thread until there is one to take, for at most `timeout_ns` (UINT64_MAX: for ever). A signal or
/// nucleus_interrupt_rouse() may end it early.
void nucleus_interrupt_wait_any(uint64_t timeout_ns);

/// Ends the waits for any event that are under way.
void nucleus_interrupt_rouse(void);

// Devices that are not on a PCI bus.

/// Where the program reaches a device's registers: a range of ports, or mapped memory.
typedef struct nucleus_device_registers {
  uint32_t space;   // nucleus_space
  uint32_t stride;  // bytes from one register to the next
  uint32_t width;   // bytes of an access
  uint32_t model;   // nucleus_uart_kind or nucleus_clock_kind
  uint64_t base;    // the first port, or the program's address of the memory
  uint64_t size;    // bytes
} nucleus_device_registers;

/// Those of clock `index` of nucleus_machine. -1: there is none, or they cannot be reached.
int nucleus_clock_registers(uint32_t index, nucleus_device_registers* registers);

/// Those of UART `index` of nucleus_machine, with its line, for good: they are the program's. Returns the
/// event (nucleus_interrupt_arm) of its interrupts. -1: there is none that is known and interrupts, it is the
/// console's, or it has been given already. The UART is not set up, nor need it be there.
int nucleus_uart_take(uint32_t index, nucleus_device_registers* registers);

// The console's UART in the hands of a driver in the program. The nucleus goes on deciding what is sent and
// what input means; the driver moves the bytes. The nucleus drives the UART itself again when it is told so,
// at the end of the program, in a panic, and for a moment when it cannot keep more than 64 KiB that wait.

/// Gives the line to the program. Returns the event (nucleus_interrupt_arm) of the UART's interrupts, which
/// are for bytes that have come, and for room where bytes wait to be sent; each switches them off until
/// nucleus_console_rest(). -1: it has been given already, or the nucleus has no UART that interrupts.
int nucleus_console_take(nucleus_device_registers* registers);
/// Up to `size` bytes to be sent next, which the driver writes to the UART before anything else, and then
/// calls nucleus_console_sent(). Returns how many.
uint32_t nucleus_console_outgoing(char* to, uint32_t size);
void nucleus_console_sent(void);
/// How many bytes of input have room; more stay in the UART, and interrupt when there is room again.
uint32_t nucleus_console_room(void);
/// Bytes that have come, no more than there is room for.
void nucleus_console_incoming(const char* from, uint32_t size);
/// The driver has done what it could: lets the UART interrupt.
void nucleus_console_rest(void);
/// The nucleus has the line again. Nothing happens if it had.
void nucleus_console_give_back(void);

// Memory that devices read and write. All machines that the nucleus runs on keep the CPUs' caches coherent
// with it; what is left to the program is order, by barriers.

#define NUCLEUS_MAX_DMA_SIZE (4u << 20)

/// `size` zeroed bytes (at most NUCLEUS_MAX_DMA_SIZE), physically contiguous, from a page's start. A bus
/// master finds them at *bus_address. Null: there is no such block free, or no size.
void* nucleus_dma_allocate(uint64_t size, uint64_t* bus_address);

/// Gives them back; no device may still use them. -1: it is no start of such memory, and nothing happens.
int nucleus_dma_free(void* memory);

/// A data stack: a bounded queue of items in memory that its ends share, many of them on either side. Item
/// `n` of all lies in slot `n % capacity`. A slot's `sequence` says whose it is: `n`, of who puts item `n`;
/// `n + 1`, of who gets it; `n + capacity`, of who puts the next one there. Who wants slots takes them by
/// moving `tail` or `head` with a compare-and-swap, fills or empties them, and hands each on by a release
/// store of its `sequence`. Whoever waits is counted in `getters_waiting` or `putters_waiting`, by an atomic
/// addition, before it looks a last time; whoever has put or got items reads that count after a full fence,
/// and wakes. nucleus/data_stack.h has all this for C++.

#define NUCLEUS_DATA_STACK_MAGIC 0x6b637473u  // "stck"

typedef struct nucleus_data_item {
  uint64_t sequence;
  uint64_t token;   // whatever the two ends agree on
  uint64_t buffer;  // which one changes hands with the item
  uint32_t length;  // of what is in it
  uint32_t kind;
} nucleus_data_item;

typedef struct nucleus_data_stack {
  uint32_t magic;
  uint32_t capacity;    // of items, a power of two
  uint8_t apart_0[56];  // each of these words is written by others, so each has a cache line
  uint64_t tail;        // the next item to be put
  uint8_t apart_1[56];
  uint64_t head;  // the next to be got
  uint8_t apart_2[56];
  uint32_t getters_waiting;
  uint32_t putters_waiting;
  uint8_t apart_3[56];
  nucleus_data_item items[];  // `capacity` of them
} nucleus_data_stack;

#ifdef __cplusplus
}
#endif
