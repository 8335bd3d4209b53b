// SPDX-License-Identifier: ISC
#pragma once

// User mode of AArch64: EL0. Its memory is what TTBR0 names, the lower half.

#include <arch/aarch64/user/layout.h>

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
  std::uint64_t syndrome;
  std::uint64_t fault_address;
};
static_assert(offsetof(UserState, registers.general[31]) == USER_SP);
static_assert(offsetof(UserState, registers.pc) == USER_PC);
static_assert(offsetof(UserState, registers.flags) == USER_FLAGS);
static_assert(offsetof(UserState, registers.thread_pointer) == USER_THREAD_POINTER);
static_assert(offsetof(UserState, kernel_sp) == USER_KERNEL_SP);

/// System calls: x8; x0 to x5.
inline constexpr nucleus_user_abi user_abi{.call_number = 8,
                                           .call_arguments = {0, 1, 2, 3, 4, 5},
                                           .call_result = 0,
                                           .stack_pointer = 31,
                                           .has_thread_pointer = 1,
                                           .thread_pointer = 0,
                                           .call_size = 4,
                                           .machine = 183};

inline constexpr bool user_root_holds_kernel = false;
void prepare_user_mode();
bool user_memory_is_fenced();
/// Eight bits are what every CPU has.
constexpr unsigned address_space_tags() {
  return 256;
}
void load_user_space(nucleus::PhysAddr root, unsigned tag);
void unload_user_space();
bool make_registers_sane(UserState& state);
UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp);
void handle_user_interrupt(UserState& state);
nucleus::Fault user_fault(const UserState& state);
inline void leave_user_fp() {}
inline constexpr bool can_deny_fp = true;
inline bool is_denied_fp(const UserState& state) {
  constexpr std::uint64_t exception_class_fp_access = 0x07;
  return state.syndrome >> 26 == exception_class_fp_access;
}
void write_back_instructions(void* memory, std::size_t size);
inline void flush_instructions() {
  asm volatile("isb" : : : "memory");
}

}  // namespace arch
