// SPDX-License-Identifier: ISC
#pragma once

// User mode of x86_64: ring 3, entered by iretq or sysretq, left through the trap stubs or by syscall. GS
// base is the user's there, and the per-CPU record waits for swapgs.

#include <arch/x86_64/user/layout.h>

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
  std::uint64_t vector;
  std::uint64_t error_code;
  std::uint64_t fault_address;
};
static_assert(offsetof(UserState, registers.pc) == USER_PC);
static_assert(offsetof(UserState, registers.flags) == USER_FLAGS);
static_assert(offsetof(UserState, kernel_sp) == USER_KERNEL_SP);
static_assert(offsetof(UserState, vector) == USER_VECTOR);
static_assert(offsetof(UserState, error_code) == USER_ERROR);

/// System calls: rax; rdi, rsi, rdx, r10, r8, r9.
inline constexpr nucleus_user_abi user_abi{.call_number = 0,
                                           .call_arguments = {7, 6, 2, 10, 8, 9},
                                           .call_result = 0,
                                           .stack_pointer = 4,
                                           .has_thread_pointer = 1,
                                           .thread_pointer = 0,
                                           .call_size = 2,
                                           .machine = 62};

inline constexpr bool user_root_holds_kernel = true;
void prepare_user_mode();
bool user_memory_is_fenced();
/// Process-context identifiers are not used: the emulators that this runs on forget everything all the same.
constexpr unsigned address_space_tags() {
  return 1;
}
void load_user_space(nucleus::PhysAddr root, unsigned tag);
void unload_user_space();
bool make_registers_sane(UserState& state);
UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp);
void handle_user_interrupt(UserState& state);
nucleus::Fault user_fault(const UserState& state);
/// The x87 registers may be full, which C code does not expect.
inline void leave_user_fp() {
  asm volatile("fninit");
}
inline constexpr bool can_deny_fp = true;
inline bool is_denied_fp(const UserState& state) {
  constexpr std::uint64_t device_not_available = 7;
  return state.vector == device_not_available;
}
/// Instruction fetches see all writes.
inline void write_back_instructions(void*, std::size_t) {}
inline void flush_instructions() {}

}  // namespace arch
