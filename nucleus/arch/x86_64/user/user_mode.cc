// SPDX-License-Identifier: ISC

#include "user_mode.h"

#include <nucleus/cpu.h>
#include <nucleus/kernel_mapping.h>
#include <nucleus/panic.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap.h>

#include "../cpu_features.h"
#include "../cpu_page.h"
#include "../fault_decode.h"
#include "../instructions.h"
#include "../traps.h"

extern "C" {
void x86_user_syscall();
void x86_user_trap();
std::uint64_t x86_enter_user(arch::UserState* state);
extern void (*x86_from_user)();
}

namespace arch {
namespace {

using namespace x86_64;

// Spec: [x86/sdm "Fast System Calls in 64-Bit Mode"]
constexpr std::uint32_t msr_efer = 0xc000'0080;
constexpr std::uint32_t msr_star = 0xc000'0081;
constexpr std::uint32_t msr_lstar = 0xc000'0082;
constexpr std::uint32_t msr_flag_mask = 0xc000'0084;
constexpr std::uint32_t msr_kernel_gs_base = 0xc000'0102;
constexpr std::uint64_t efer_syscall = 1;

constexpr std::uint64_t cr4_umip = 1u << 11;
constexpr std::uint64_t cr4_smep = 1u << 20;
constexpr std::uint64_t cr4_smap = 1u << 21;

constexpr std::uint64_t user_data_descriptor = 0x00cf'f300'0000'ffff;
constexpr std::uint64_t user_code_descriptor = 0x00af'fb00'0000'ffff;
static_assert(offsetof(DescriptorTable, user_data) == (USER_DATA_SELECTOR & ~3));
static_assert(offsetof(DescriptorTable, user_code) == (USER_CODE_SELECTOR & ~3));
// sysretq takes these: eight and sixteen behind what STAR says.
constexpr std::uint64_t star =
    std::uint64_t{offsetof(DescriptorTable, user_data) - 8} << 48 | std::uint64_t{kernel_code_selector} << 32;

// CF PF AF ZF SF TF DF OF AC ID
constexpr std::uint64_t user_flags = 0x24'0dd5;
constexpr std::uint64_t fixed_flags = 0x202;  // IF and the bit that is always one
// All of them but the one that is always one: what is the user's is saved, and the kernel wants none.
constexpr std::uint64_t flags_off_in_syscall = 0x3f'7fd5;

// CR4 as first found: the same on all CPUs.
bool has_smap = false;

void enable_protections() {
  constexpr std::uint32_t smep = 1u << 7, smap = 1u << 20, umip = 1u << 2;
  if (cpuid(0).eax < 7) return;
  const CpuidResult features = cpuid(7);
  std::uint64_t control = read_cr4();
  if ((features.ebx & smep) != 0) control |= cr4_smep;
  if ((features.ebx & smap) != 0) control |= cr4_smap;
  if ((features.ecx & umip) != 0) control |= cr4_umip;
  write_cr4(control);
  has_smap = (control & cr4_smap) != 0;
}

/// Selectors that a user has loaded would be seen by the next.
void clear_selectors() {
  std::uint32_t data, extra, fs, gs;
  asm volatile("movl %%ds, %0\n\tmovl %%es, %1\n\tmovl %%fs, %2\n\tmovl %%gs, %3"
               : "=r"(data), "=r"(extra), "=r"(fs), "=r"(gs));
  if ((data | extra | fs | gs) == 0) [[likely]]
    return;
  // Loading GS takes its base away; an NMI in between finds the record by its stack.
  asm volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%fs" : : "r"(0));
  const std::uint64_t base = read_msr(msr::gs_base);
  asm volatile("movl %0, %%gs" : : "r"(0));
  write_msr(msr::gs_base, base);
}

constexpr bool is_user_address(std::uint64_t at) {
  return at < NUCLEUS_USER_END;
}

/// Enters with the user's bases, which its instructions may have changed when it comes back: only then are
/// they looked at. What it leaves in the register behind swapgs stays there until the next one enters.
std::uint64_t enter_with_bases(UserState& state) {
  nucleus_user_registers& registers = state.registers;
  std::uintptr_t kernel_thread_pointer;
  asm volatile("rdfsbase %0" : "=r"(kernel_thread_pointer));
  clear_selectors();
  asm volatile("wrfsbase %0\n\tswapgs\n\twrgsbase %1\n\tswapgs"
               :
               : "r"(registers.thread_pointer), "r"(registers.gs_base)
               : "memory");
  const std::uint64_t exit = x86_enter_user(&state);
  asm volatile("rdfsbase %0\n\tswapgs\n\trdgsbase %1\n\tswapgs\n\twrfsbase %2"
               : "=&r"(registers.thread_pointer), "=&r"(registers.gs_base)
               : "r"(kernel_thread_pointer)
               : "memory");
  return exit;
}

/// The same by registers, where there are no instructions for it.
std::uint64_t enter_with_base_registers(UserState& state) {
  nucleus_user_registers& registers = state.registers;
  const std::uintptr_t kernel_thread_pointer = thread_pointer();
  clear_selectors();
  set_thread_pointer(registers.thread_pointer);
  write_msr(msr_kernel_gs_base, registers.gs_base);
  const std::uint64_t exit = x86_enter_user(&state);
  registers.thread_pointer = thread_pointer();
  registers.gs_base = read_msr(msr_kernel_gs_base);
  set_thread_pointer(kernel_thread_pointer);
  return exit;
}

/// CR0.TS: what uses the unit traps, in the kernel, too.
void set_task_switched() {
  std::uint64_t control;
  asm volatile("movq %%cr0, %0\n\torq $8, %0\n\tmovq %0, %%cr0" : "=r"(control) : : "memory");
}
void clear_task_switched() {
  asm volatile("clts" : : : "memory");
}

/// An instruction of the user's that touches memory with the kernel's rights, of a descriptor table for
/// instance (or, in an emulator, the stack by iretq). Nothing that could be mapped would let it go on.
bool is_implicit_access(const UserState& state) {
  return state.vector == vector::page_fault && (state.error_code & page_fault_code::user) == 0;
}

}  // namespace

void prepare_user_mode() {
  DescriptorTable& table = this_cpu_page().descriptors;
  table.user_data = user_data_descriptor;
  table.user_code = user_code_descriptor;
  x86_from_user = x86_user_trap;
  write_msr(msr_star, star);
  write_msr(msr_lstar, reinterpret_cast<std::uint64_t>(x86_user_syscall));
  write_msr(msr_flag_mask, flags_off_in_syscall);
  write_msr(msr_efer, read_msr(msr_efer) | efer_syscall);
  enable_protections();
}

bool user_memory_is_fenced() {
  return has_smap;
}

void load_user_space(nucleus::PhysAddr root, unsigned) {
  set_page_table_root(root);
}
void unload_user_space() {
  set_page_table_root(nucleus::kernel_page_table_root());
}

bool make_registers_sane(UserState& state) {
  nucleus_user_registers& registers = state.registers;
  registers.flags = (registers.flags & user_flags) | fixed_flags;
  return is_user_address(registers.pc) && is_user_address(registers.thread_pointer) &&
         is_user_address(registers.gs_base);
}

UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp) {
  cpu.user = &state;
  if (fp == UserFp::denied) set_task_switched();
  const std::uint64_t exit =
      has_base_instructions ? enter_with_bases(state) : enter_with_base_registers(state);
  if (fp == UserFp::denied) clear_task_switched();
  if (exit == USER_EXIT_CALL) [[likely]]
    return UserExit::call;
  if (state.vector >= vector::exception_count) return UserExit::interrupt;
  switch (state.vector) {
    case vector::page_fault:
      state.fault_address = read_cr2();
      break;
    case vector::nmi:
    case vector::double_fault:
    case vector::machine_check:
      if (state.vector == vector::nmi && nmi_means_stop) halt_for_ever();
      nucleus::panic("a non-maskable interrupt, double fault or machine check in user mode");
  }
  return UserExit::fault;
}

void handle_user_interrupt(UserState& state) {
  TrapFrame frame{};
  frame.vector = state.vector;
  frame.rflags = fixed_flags;
  handle_interrupt(frame);
}

nucleus::Fault user_fault(const UserState& state) {
  if (is_implicit_access(state)) return {nucleus::FaultKind::protection, {}, state.error_code};
  return decode_fault(static_cast<unsigned>(state.vector), state.error_code, state.fault_address);
}

}  // namespace arch
