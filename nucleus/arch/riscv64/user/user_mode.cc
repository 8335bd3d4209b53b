// SPDX-License-Identifier: ISC

#include "user_mode.h"

#include <nucleus/cpu.h>
#include <nucleus/kernel_mapping.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/trap.h>

#include "../cause.h"
#include "../machine.h"

extern "C" {
void arch_user_trap();
void arch_enter_user(arch::UserState* state, nucleus::CpuEntry* cpu);
extern void (*arch_from_user)();
}

namespace arch {
namespace {

using namespace riscv64;

constexpr std::uint64_t call_size = 4;

// sstatus.  Spec: [riscv/priv "Supervisor Status Register (sstatus)"]
constexpr std::uint64_t status_user_memory = 1u << 18;
constexpr std::uint64_t status_executable_readable = 1u << 19;
constexpr std::uint64_t status_interrupts = 1u << 1;
constexpr std::uint64_t status_previous_interrupts = 1u << 5;
constexpr std::uint64_t status_came_from_kernel = 1u << 8;
constexpr std::uint64_t status_vector = 3u << 9;
constexpr std::uint64_t status_fp = 3u << 13;
constexpr std::uint64_t counter_time = 1u << 1;  // scounteren: users may read the time

constexpr unsigned tag_shift = 44;
constexpr std::uint64_t tag_mask = std::uint64_t{0xffff} << tag_shift;

// The fewest of any CPU; 0: not known yet.
constinit unsigned tags = 0;
// sstatus for user mode, without floating point. All CPUs begin with the same.
constinit std::uint64_t user_status = 0;

std::uint64_t read_status() {
  std::uint64_t value;
  asm volatile("csrr %0, sstatus" : "=r"(value));
  return value;
}

std::uint64_t read_root_register() {
  std::uint64_t value;
  asm volatile("csrr %0, satp" : "=r"(value));
  return value;
}
void write_root_register(std::uint64_t value) {
  asm volatile("csrw satp, %0" : : "r"(value) : "memory");
}

/// The bits that the register keeps.
unsigned count_tags() {
  const std::uint64_t before = read_root_register();
  write_root_register(before | tag_mask);
  const std::uint64_t kept = (read_root_register() & tag_mask) >> tag_shift;
  write_root_register(before);
  flush_tlb_all();
  return static_cast<unsigned>(kept) + 1;
}

void set_root(nucleus::PhysAddr root, unsigned tag) {
  write_root_register(satp_mode_sv39 | std::uint64_t{tag} << tag_shift | root.value >> nucleus::page_shift);
  if (tags <= 1) flush_tlb_all();
}

}  // namespace

void prepare_user_mode() {
  asm volatile("csrc sstatus, %0" : : "r"(status_user_memory | status_executable_readable));
  asm volatile("csrw scounteren, %0" : : "r"(counter_time));
  constexpr std::uint64_t not_for_users = status_interrupts | status_came_from_kernel | status_vector |
                                          status_fp | status_user_memory | status_executable_readable;
  user_status = (read_status() & ~not_for_users) | status_previous_interrupts;
  arch_from_user = arch_user_trap;
  if (tags == 0) tags = count_tags();
}

unsigned address_space_tags() {
  return tags;
}

void load_user_space(nucleus::PhysAddr root, unsigned tag) {
  set_root(root, tag);
}
void unload_user_space() {
  set_root(nucleus::kernel_page_table_root(), 0);
}

bool make_registers_sane(UserState& state) {
  return state.registers.pc < NUCLEUS_USER_END;
}

UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp) {
  state.status = user_status | (fp == UserFp::permitted ? status_fp : 0);
  arch_enter_user(&state, &cpu);
  if (fp == UserFp::denied) asm volatile("csrs sstatus, %0" : : "r"(status_fp) : "memory");
  if (is_interrupt(state.cause)) return UserExit::interrupt;
  if (state.cause != CAUSE_CALL) return UserExit::fault;
  state.registers.pc += call_size;
  return UserExit::call;
}

void handle_user_interrupt(UserState& state) {
  TrapFrame frame{};
  handle_interrupt(frame, state.cause);
}

nucleus::Fault user_fault(const UserState& state) {
  return {fault_kind(state.cause), {has_fault_address(state.cause) ? state.trap_value : 0}, state.cause};
}

}  // namespace arch
