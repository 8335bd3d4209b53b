// SPDX-License-Identifier: ISC
#pragma once

// User mode of RISC-V. Whether a trap comes from there says CpuEntry::user, which is null otherwise.

#include <arch/riscv64/user/layout.h>

#include <nucleus.h>
#include <nucleus/address.h>
#include <nucleus/arch_upcalls.h>
#include <nucleus/entry.h>

#include <cstddef>
#include <cstdint>

namespace arch {

enum class UserExit : std::uint8_t { call, fault, interrupt };
enum class UserFp : std::uint8_t { denied, permitted };

struct UserState {
  nucleus_user_registers registers;
  std::uint64_t kernel_sp;
  std::uint64_t cause;
  std::uint64_t trap_value;  // not of a call
  std::uint64_t status;      // sstatus to enter with
};
static_assert(offsetof(UserState, registers.pc) == USER_PC);
static_assert(offsetof(UserState, kernel_sp) == USER_KERNEL_SP);
static_assert(offsetof(UserState, cause) == USER_CAUSE);
static_assert(offsetof(UserState, trap_value) == USER_VALUE);
static_assert(offsetof(UserState, status) == USER_STATUS);

/// System calls: a7; a0 to a5.
inline constexpr nucleus_user_abi user_abi{.call_number = 17,
                                           .call_arguments = {10, 11, 12, 13, 14, 15},
                                           .call_result = 10,
                                           .stack_pointer = 2,
                                           .has_thread_pointer = 0,
                                           .thread_pointer = 4,
                                           .call_size = 4,
                                           .machine = 243};

inline constexpr bool user_root_holds_kernel = true;
void prepare_user_mode();
/// sstatus.SUM is never set.
constexpr bool user_memory_is_fenced() {
  return true;
}
unsigned address_space_tags();
void load_user_space(nucleus::PhysAddr root, unsigned tag);
void unload_user_space();
bool make_registers_sane(UserState& state);
UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp);
void handle_user_interrupt(UserState& state);
nucleus::Fault user_fault(const UserState& state);
inline void leave_user_fp() {}
inline constexpr bool can_deny_fp = true;
/// One that is illegal for other reasons is so again.
inline bool is_denied_fp(const UserState& state) {
  constexpr std::uint64_t illegal_instruction = 2;
  return state.cause == illegal_instruction;
}
inline void write_back_instructions(void*, std::size_t) {
  asm volatile("fence w, w" : : : "memory");
}
inline void flush_instructions() {
  asm volatile("fence.i" : : : "memory");
}

}  // namespace arch
