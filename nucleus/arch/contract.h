// SPDX-License-Identifier: ISC
#pragma once

// The architecture contract: everything that a port supplies, and nothing else. A port is the folder
// nucleus/arch/NAME; its include/ folder, first on the include path, holds the headers named here. Nothing
// in nucleus/core, nucleus/syscall, nucleus/files, nucleus/link or nucleus/panic names an architecture or
// tests for one.
//
//   <arch/interrupts.h>   masking, halting
//   <arch/cpu.h>          this CPU's pointer, other CPUs, IPIs, power, entropy
//   <arch/context.h>      kernel contexts, floating-point state, the thread pointer
//   <arch/trap.h>         the saved frame of an interrupted thread, and what it says
//   <arch/page_format.h>  page-table entries: pure functions, compiled for every architecture on the host
//   <arch/mmu.h>          page-table root, TLB
//   <arch/ports.h>        the PC's ports
//   <arch/signal_context.h>  Linux' ucontext_t of this architecture, for signal frames
//   <arch/backtrace.h>    how to follow calls back, for panic
//   <arch/user.h>         user mode: entering it, what ended it, address spaces; in arch/NAME/user/, of which
//                         an image has nothing that runs no process
//   <arch/linux_abi.h>    which of the layouts and call numbers in nucleus/syscall/abi are this
//   architecture's
//
// Those that are the same for all lie in this folder, as does what some declare alike:
//
//   <arch/devices.h>      interrupts of devices
//   <arch/uart.h>         the polled console of the nucleus, its receive interrupt
//   <arch/clock.h>        monotonic clock, one-shot timer, wall clock
//
// and, in assembly, the four entries for the libc that <nucleus/entry.h> lists.
// A port calls back into the core through <nucleus/arch_upcalls.h>.
//
// Page formats and other hardware layouts are plain headers under nucleus/arch/NAME/
// (arch/x86_64/page_format.h), which any build may include; the include/ folder only says which of them is
// native. A missing function panics with its place (nucleus::not_ported), it never quietly returns 0.

#include <nucleus/address.h>
#include <nucleus/arch_upcalls.h>

#include <arch/backtrace.h>
#include <arch/clock.h>
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/devices.h>
#include <arch/interrupts.h>
#include <arch/mmu.h>
#include <arch/page_format.h>
#include <arch/ports.h>
#include <arch/signal_context.h>
#include <arch/trap.h>
#include <arch/uart.h>
#include <arch/user.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nucleus {
class Cpu;
struct BootInfo;

/// <arch/interrupts.h>. State of the interrupt mask as a value, so that sections nest.
template <typename State>
concept InterruptPort = std::copyable<State> && requires(State state) {
  { arch::interrupts_enabled() } -> std::same_as<bool>;
  { arch::enable_interrupts() } -> std::same_as<void>;
  { arch::disable_interrupts() } -> std::same_as<void>;
  /// Returns the old state with interrupts off.
  { arch::save_and_disable_interrupts() } -> std::same_as<State>;
  { arch::restore_interrupts(state) } -> std::same_as<void>;
  /// Called with interrupts off: enables them and halts, without losing one that came between.
  /// Returns with interrupts off after at least one interrupt was handled.
  { arch::wait_for_interrupt() } -> std::same_as<void>;
  /// A hint inside a spin loop.
  { arch::relax() } -> std::same_as<void>;
};

/// <arch/ports.h>. Ports of 8, 16 or 32 bits. False: the machine has none, or none of that width.
template <typename = void>
concept PortPort = requires(std::uint16_t port, unsigned width, std::uint32_t& value) {
  { arch::read_port(port, width, value) } -> std::same_as<bool>;
  { arch::write_port(port, width, value) } -> std::same_as<bool>;
  { arch::has_ports } -> std::same_as<const bool&>;
};

/// <arch/cpu.h>
template <typename = void>
concept CpuPort = requires(Cpu* cpu, std::uint64_t id, std::span<std::uint8_t> bytes, int status,
                           const BootInfo& boot) {
  { arch::name } -> std::convertible_to<std::string_view>;
  /// The core's per-CPU record, which starts with a CpuEntry. Null until set; valid in any context, also
  /// inside traps.
  { arch::this_cpu() } -> std::same_as<Cpu*>;
  { arch::set_this_cpu(cpu) } -> std::same_as<void>;
  /// Number of CPUs that can be started, the running one included. After arch::discover().
  { arch::cpu_count() } -> std::same_as<unsigned>;
  /// Starts CPU `index` (1..cpu_count()-1), which calls upcall_secondary_cpu(cpu) on cpu's idle stack with
  /// interrupts off. Returns false if it did not come up within a second.
  { arch::start_cpu(0u, cpu) } -> std::same_as<bool>;
  /// Makes CPU `index` call upcall_ipi() soon.
  { arch::send_ipi(0u) } -> std::same_as<void>;
  /// Called once on the boot CPU after memory is up: traps, interrupt controller, clocks, UART interrupt.
  { arch::discover(boot) } -> std::same_as<void>;
  /// The same for a secondary CPU's own parts.
  { arch::init_this_cpu() } -> std::same_as<void>;
  /// Fills `bytes` from the CPU's generator and timing jitter; returns bits of entropy it believes to have
  /// given.
  { arch::hardware_entropy(bytes) } -> std::same_as<unsigned>;
  /// Ends the machine, telling QEMU `status` where it has a way to be told. Interrupts off.
  { arch::power_off(status) } -> std::same_as<void>;
  /// Starts the machine anew, by ACPI, PSCI or SBI. Never returns. Interrupts off.
  { arch::reset() } -> std::same_as<void>;
  /// Stops every other CPU for good (panic). Any context.
  { arch::stop_other_cpus() } -> std::same_as<void>;
  /// AT_HWCAP for the auxiliary vector.
  { arch::hardware_capabilities() } -> std::same_as<std::uint64_t>;
};

/// <arch/context.h>. A Context is a kernel thread that is not running: its callee-saved registers on its own
/// stack. switch_context neither touches floating-point state nor the thread pointer: the scheduler does.
template <typename Context>
concept ContextPort = std::default_initializable<Context> &&
    requires(Context& context, std::byte* stack_top, void (*entry)(void*), void* argument, void* fp,
             std::uintptr_t tp, std::uintptr_t pc, std::uintptr_t sp) {
  /// The first switch to `context` calls entry(argument) on the stack, interrupts off. `stack_top` is 16-byte
  /// aligned.
  { arch::make_context(context, stack_top, entry, argument) } -> std::same_as<void>;
  { arch::switch_context(context, context) } -> std::same_as<void>;
  /// Leaves the kernel stack for good: jumps to `pc` with `sp`, interrupts on. How a program thread first
  /// starts (argument registers are zero; the return address is null).
  { arch::enter_program(pc, sp) } -> std::same_as<void>;
  /// Runs function(argument) on `stack_top`, then comes back to this stack.
  { arch::call_on_stack(stack_top, entry, argument) } -> std::same_as<void>;

  /// Bytes and alignment of a full floating-point save area (XSAVE, V, F registers). After init_this_cpu().
  { arch::fp_state_size() } -> std::same_as<std::size_t>;
  { arch::fp_init(fp) } -> std::same_as<void>;
  /// Makes any bytes a state that fp_restore() can load.
  { arch::make_fp_sane(fp) } -> std::same_as<void>;
  /// The whole state: for a thread that was interrupted.
  { arch::fp_save(fp) } -> std::same_as<void>;
  { arch::fp_restore(fp) } -> std::same_as<void>;
  /// Only what a C function call preserves (control words; d8-d15; fs0-fs11): for a thread that blocked in a
  /// call.
  { arch::fp_save_callee(fp) } -> std::same_as<void>;
  { arch::fp_restore_callee(fp) } -> std::same_as<void>;

  /// The libc's thread pointer: FS base, TPIDR_EL0, tp. Never the nucleus' own identity.
  { arch::thread_pointer() } -> std::same_as<std::uintptr_t>;
  { arch::set_thread_pointer(tp) } -> std::same_as<void>;
};

/// <arch/trap.h>. The full integer state of an interrupted thread, as copied to its kernel stack.
template <typename Frame>
concept TrapPort = requires(Frame& frame, const Frame& constant, std::uintptr_t value, unsigned index) {
  { constant.instruction_pointer() } -> std::same_as<std::uintptr_t>;
  { constant.stack_pointer() } -> std::same_as<std::uintptr_t>;
  { constant.frame_pointer() } -> std::same_as<std::uintptr_t>;
  { frame.set_instruction_pointer(value) } -> std::same_as<void>;
  { frame.set_stack_pointer(value) } -> std::same_as<void>;
  /// Sets the nth argument register of the C calling convention, n < argument_registers (6 to 8).
  { Frame::argument_registers } -> std::convertible_to<unsigned>;
  { frame.set_argument(index, value) } -> std::same_as<void>;
  /// Sets the register that holds the return address, or pushes it, as the convention has it.
  { frame.set_return_address(value) } -> std::same_as<void>;
  /// True if interrupts were on in the interrupted code.
  { constant.interrupts_were_on() } -> std::same_as<bool>;
  /// A frame that resumes program code with interrupts on; the program's registers are zero, to be filled in.
  { Frame::of_program() } -> std::same_as<Frame>;
  /// Names every register for a panic: calls visit(name, value).
  {
    constant.for_each_register([](const char*, std::uint64_t) {})
    } -> std::same_as<void>;
  /// Resumes this frame, from a kernel stack, interrupts off; never returns.
  { arch::resume(constant) } -> std::same_as<void>;
};

/// <arch/signal_context.h>. SignalContext is the ucontext_t that a handler sees as its third argument, laid
/// out as on Linux (OCaml's fault handler reads and changes the program counter there). Only data: the core
/// builds the frame on the program's stack: SignalContext, siginfo, floating-point state.
template <typename SignalContext, typename Frame>
concept SignalPort = std::is_trivially_copyable_v<SignalContext> &&
    requires(SignalContext& context, const SignalContext& constant, Frame& frame, std::uint64_t mask,
             void* fp) {
  /// The general registers, both ways; from a context only what a program may set (flags are masked).
  { context.save(frame) } -> std::same_as<void>;
  { constant.restore(frame) } -> std::same_as<void>;
  { context.set_signal_mask(mask) } -> std::same_as<void>;
  { constant.signal_mask() } -> std::same_as<std::uint64_t>;
  /// The fault's address and raw code, where the layout has a place for them.
  { context.set_fault(mask, mask) } -> std::same_as<void>;
  /// Where the frame's floating-point state lies, where the layout has a place for it.
  { context.set_fp(fp) } -> std::same_as<void>;
  /// Bytes below the stack pointer that interrupted code may be using (x86_64: 128).
  { arch::red_zone_size } -> std::convertible_to<std::size_t>;
};

/// <arch/backtrace.h>
template <typename Frame>
concept BacktracePort = requires(const Frame& frame,
                                 std::span<const std::uint8_t, arch::longest_call> before) {
  /// Where {caller's frame pointer, return address} lie, from the frame pointer, in code that keeps one.
  { arch::frame_record_offset } -> std::convertible_to<std::int64_t>;
  /// The link register; 0 where calls push the return address.
  { arch::return_register(frame) } -> std::same_as<std::uintptr_t>;
  /// True if the bytes before an address end with a call instruction.
  { arch::is_after_call(before) } -> std::same_as<bool>;
};

/// <arch/page_format.h>. One type a format, with only static functions and constants, so that the host tests
/// instantiate the walker (nucleus/core/page_table.h) with all of them.
template <typename Format>
concept PageFormat = requires(std::uint64_t entry, PhysAddr at, VirtAddr virt, Access access, MemoryType type,
                              unsigned level) {
  { Format::levels() } -> std::same_as<unsigned>;            // 3 or 4; the root is level levels()-1
  { Format::index(virt, level) } -> std::same_as<unsigned>;  // 0..511
  { Format::make_table(at) } -> std::same_as<std::uint64_t>;
  {
    Format::make_leaf(at, level, access, type)
    } -> std::same_as<std::uint64_t>;  // levels 0 (4 KiB) and 1 (2 MiB)
  { Format::is_present(entry) } -> std::same_as<bool>;
  { Format::is_leaf(entry, level) } -> std::same_as<bool>;
  { Format::address(entry) } -> std::same_as<PhysAddr>;
  { Format::access(entry) } -> std::same_as<Access>;
};

/// <arch/mmu.h>. TLB maintenance of this CPU only, but for flush_tlb_everywhere(); where that does nothing,
/// the core shoots down the other CPUs by IPI.
template <typename = void>
concept MmuPort = requires(PhysAddr root, VirtAddr at, std::size_t pages) {
  { arch::page_table_root() } -> std::same_as<PhysAddr>;
  { arch::set_page_table_root(root) } -> std::same_as<void>;
  { arch::flush_tlb(at, pages) } -> std::same_as<void>;
  { arch::flush_tlb_all() } -> std::same_as<void>;
  /// Where the hardware can: flushes the pages on all CPUs, and returns true when it is done. Else returns
  /// false.
  { arch::flush_tlb_everywhere(at, pages) } -> std::same_as<bool>;
  /// Makes earlier page-table writes that only *added* rights visible to this CPU's walker.
  { arch::publish_page_table() } -> std::same_as<void>;
};

/// <arch/clock.h>
template <typename = void>
concept ClockPort = requires(std::uint64_t deadline_ns) {
  /// Nanoseconds since some moment at least one second before boot; never goes back on any CPU. Any context.
  { arch::monotonic_ns() } -> std::same_as<std::uint64_t>;
  /// One-shot: upcall_timer() is called on this CPU at or soon after `deadline_ns`; a later call replaces it.
  { arch::set_timer(deadline_ns) } -> std::same_as<void>;
  { arch::stop_timer() } -> std::same_as<void>;
  /// Nanoseconds since 1970 read from a real-time clock now; 0 if there is none.
  { arch::wall_clock_ns() } -> std::same_as<std::uint64_t>;
};

/// <arch/uart.h>. Polled output works from the first instruction of C++ on, and in a panic.
template <typename = void>
concept UartPort = requires(std::span<const char> text, std::span<char> buffer) {
  { arch::uart_write(text) } -> std::same_as<void>;
  /// Takes what has arrived, without waiting; returns the number of bytes.
  { arch::uart_read(buffer) } -> std::same_as<std::size_t>;
  /// From now on upcall_console_input() is called when bytes wait, or can be sent. False: masked
  /// (back-pressure).
  { arch::uart_interrupts({.receive = true, .transmit = false}) } -> std::same_as<void>;
  /// For a driver in the program.
  { arch::uart_place() } -> std::same_as<arch::UartPlace>;
};

/// <arch/devices.h>. A line that has interrupted does not do so again until it is let through;
/// upcall_interrupt() tells of it.
template <typename Message>
concept DevicePort = requires(unsigned line, arch::LineForm form, const Message& message) {
  /// Sends the line to this CPU from now on, and lets it through. False: there is no such line. Context:
  /// thread.
  { arch::start_line(line, form) } -> std::same_as<bool>;
  /// Lets the line through again, to where it was sent: one that is pending must not lose its way. Any
  /// context.
  { arch::unmask_line(line) } -> std::same_as<void>;
  /// A line of its own, for one device, which speaks with the requester id `line` on PCI. Errors:
  /// not_supported (the machine takes no messages, or none of that device), too_many.
  { arch::allocate_message(line) } -> std::same_as<Result<Message>>;
  { message.line } -> std::convertible_to<unsigned>;
  { message.address } -> std::convertible_to<std::uint64_t>;
  { message.data } -> std::convertible_to<std::uint32_t>;
};

/// <arch/user.h>. UserState starts with the registers of nucleus.h. Interrupts off in all but the constants.
template <typename State>
concept UserPort = requires(State& state, const State& constant, CpuEntry& cpu, PhysAddr root, unsigned tag,
                            void* memory, std::size_t size) {
  { state.registers } -> std::convertible_to<nucleus_user_registers&>;
  { arch::user_abi } -> std::convertible_to<const nucleus_user_abi&>;
  /// Whether the root of a user's page table has the kernel's half in it.
  { arch::user_root_holds_kernel } -> std::convertible_to<bool>;
  /// Turns user mode on for this CPU, and what keeps the kernel from touching users' memory by accident.
  { arch::prepare_user_mode() } -> std::same_as<void>;
  /// Whether the CPU has that; if not, the space is unloaded whenever the kernel runs.
  { arch::user_memory_is_fenced() } -> std::same_as<bool>;
  /// How many tags translations can have, 0 included; 1: none, a load forgets those of before.
  { arch::address_space_tags() } -> std::same_as<unsigned>;
  { arch::load_user_space(root, tag) } -> std::same_as<void>;
  { arch::unload_user_space() } -> std::same_as<void>;
  /// False if the registers cannot be entered with. What else a user may not have is masked.
  { arch::make_registers_sane(state) } -> std::same_as<bool>;
  /// Enters user mode on this CPU, and returns when it ends. With UserFp::permitted floating-point registers
  /// are the user's before and after. With UserFp::denied, if there is that, they are left alone, and what
  /// comes of a use of them is a fault that is_denied_fp().
  { arch::enter_user(cpu, state, arch::UserFp::permitted) } -> std::same_as<arch::UserExit>;
  /// After UserExit::interrupt: calls the upcall.
  { arch::handle_user_interrupt(state) } -> std::same_as<void>;
  /// After UserExit::fault.
  { arch::user_fault(constant) } -> std::same_as<Fault>;
  /// The user's floating-point state is saved: makes the unit fit for C code, control words aside.
  { arch::leave_user_fp() } -> std::same_as<void>;
  { arch::can_deny_fp } -> std::convertible_to<bool>;
  { arch::is_denied_fp(constant) } -> std::same_as<bool>;
  /// What was written as data (on any CPU) can be fetched by all that come to flush_instructions() later.
  { arch::write_back_instructions(memory, size) } -> std::same_as<void>;
  { arch::flush_instructions() } -> std::same_as<void>;
};

static_assert(InterruptPort<arch::InterruptState>);
static_assert(PortPort<>);
static_assert(CpuPort<>);
static_assert(ContextPort<arch::Context>);
static_assert(TrapPort<arch::TrapFrame>);
static_assert(BacktracePort<arch::TrapFrame>);
static_assert(SignalPort<arch::SignalContext, arch::TrapFrame>);
static_assert(PageFormat<arch::NativePageFormat>);
static_assert(MmuPort<>);
static_assert(ClockPort<>);
static_assert(UartPort<>);
static_assert(DevicePort<arch::MessageLine>);
static_assert(UserPort<arch::UserState>);

}  // namespace nucleus
