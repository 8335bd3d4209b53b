// SPDX-License-Identifier: ISC

#include "user_mode.h"

#include <nucleus/boot_info.h>
#include <nucleus/cpu.h>
#include <nucleus/image.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/trap.h>

#include "../interrupt_controller.h"
#include "../registers.h"
#include "../syndrome.h"

extern "C" {
void arch_user_trap();
std::uint64_t arch_enter_user(arch::UserState* state);
extern void (*arch_from_user)();
}

namespace arch {
namespace {

using namespace aarch64;

// What arch_enter_user returns: TrapKind of traps.cc.
constexpr std::uint64_t by_exception = 0;
constexpr std::uint64_t by_interrupt = 1;

constexpr std::uint64_t exception_class_svc = 0x15;
constexpr std::uint64_t user_flags = 0xf000'0000;  // NZCV

constexpr std::uint64_t tcr_no_lower_half = 1u << 7;
constexpr unsigned tag_shift = 48;

// SCTLR_EL1.  Spec: [arm/arm "SCTLR_EL1, System Control Register (EL1)"]
constexpr std::uint64_t sctlr_sp_alignment = 1u << 4;
constexpr std::uint64_t sctlr_zero_caches = 1u << 14;  // DC ZVA, which a libc's memset uses
constexpr std::uint64_t sctlr_cache_type = 1u << 15;
constexpr std::uint64_t sctlr_wait = 1u << 16 | 1u << 18;  // WFI, WFE
constexpr std::uint64_t sctlr_keep_pan = 1u << 23;
constexpr std::uint64_t sctlr_caches = 1u << 26;
constexpr std::uint64_t debug_channel_trapped = 1u << 12;

/// What is in force while no space is.
alignas(nucleus::page_size) constinit std::uint64_t no_pages[512] = {};

nucleus::PhysAddr no_pages_root() {
  return nucleus::boot_info().image.start +
         (nucleus::VirtAddr::of(no_pages) - nucleus::VirtAddr::of(image_start_address));
}

/// CPACR_EL1.FPEN: whose uses of the unit do not trap. It stays as it was for the last user: the kernel's
/// never do. What it says of user mode is so from the entry on. Spec: [arm/arm "CPACR_EL1, Architectural
/// Feature Access Control Register"]
void set_user_fp(UserFp fp) {
  constexpr std::uint64_t for_kernel = 1u << 20, for_everybody = 3u << 20;
  const std::uint64_t wanted = fp == UserFp::denied ? for_kernel : for_everybody;
  if (read_feature_access() != wanted) write_feature_access(wanted);
}

void set_lower_root(nucleus::PhysAddr root, unsigned tag) {
  const std::uint64_t value = root.value | std::uint64_t{tag} << tag_shift;
  asm volatile("dsb ishst\n\tmsr ttbr0_el1, %0\n\tisb" : : "r"(value) : "memory");
}

}  // namespace

void prepare_user_mode() {
  arch_from_user = arch_user_trap;
  std::uint64_t control;
  asm volatile("mrs %0, sctlr_el1" : "=r"(control));
  control |= sctlr_sp_alignment | sctlr_zero_caches | sctlr_cache_type | sctlr_wait | sctlr_caches;
  if (has_pan()) control &= ~sctlr_keep_pan;
  asm volatile("msr sctlr_el1, %0" : : "r"(control));
  asm volatile("msr mdscr_el1, %0" : : "r"(debug_channel_trapped));
  asm volatile("msr cntkctl_el1, xzr\n\tmsr tpidrro_el0, xzr\n\tmsr pmuserenr_el0, xzr");
  set_lower_root(no_pages_root(), 0);
  write_translation_control(read_translation_control() & ~tcr_no_lower_half);
  asm volatile("isb\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

bool user_memory_is_fenced() {
  return has_pan();
}

void load_user_space(nucleus::PhysAddr root, unsigned tag) {
  set_lower_root(root, tag);
}
void unload_user_space() {
  set_lower_root(no_pages_root(), 0);
}

bool make_registers_sane(UserState& state) {
  state.registers.flags &= user_flags;
  return state.registers.pc < NUCLEUS_USER_END;
}

UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp) {
  cpu.user = &state;
  set_user_fp(fp);
  const std::uint64_t kind = arch_enter_user(&state);
  state.registers.flags &= user_flags;
  if (kind == by_interrupt) return UserExit::interrupt;
  state.syndrome = read_esr();
  if (kind == by_exception && (state.syndrome >> 26 & 0x3f) == exception_class_svc) return UserExit::call;
  state.fault_address = has_fault_address(state.syndrome) ? read_far() : 0;
  return UserExit::fault;
}

void handle_user_interrupt(UserState&) {
  TrapFrame frame{};
  handle_interrupts(frame);
}

nucleus::Fault user_fault(const UserState& state) {
  return {fault_kind(state.syndrome), {state.fault_address}, state.syndrome};
}

void write_back_instructions(void* memory, std::size_t size) {
  std::uint64_t cache_type;
  asm volatile("mrs %0, ctr_el0" : "=r"(cache_type));
  const std::size_t line = std::size_t{4} << (cache_type >> 16 & 0xf);
  const auto start = reinterpret_cast<std::uintptr_t>(memory);
  for (std::uintptr_t at = start; at < start + size; at += line)
    asm volatile("dc cvau, %0" : : "r"(at) : "memory");
  asm volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}

}  // namespace arch
