// SPDX-License-Identifier: ISC
#pragma once

// User mode of the simulated machine: what a user does is a function of the test.

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
  nucleus::Fault fault;
};

inline constexpr nucleus_user_abi user_abi{.call_number = 0,
                                           .call_arguments = {1, 2, 3, 4, 5, 6},
                                           .call_result = 0,
                                           .stack_pointer = 7,
                                           .has_thread_pointer = 1,
                                           .thread_pointer = 0,
                                           .call_size = 4,
                                           .machine = 0};

inline constexpr bool user_root_holds_kernel = true;
inline void prepare_user_mode() {}
inline bool user_memory_is_fenced() {
  return true;
}
unsigned address_space_tags();
void load_user_space(nucleus::PhysAddr root, unsigned tag);
void unload_user_space();
inline bool make_registers_sane(UserState& state) {
  return state.registers.pc < NUCLEUS_USER_END;
}
UserExit enter_user(nucleus::CpuEntry& cpu, UserState& state, UserFp fp);
void handle_user_interrupt(UserState& state);
inline nucleus::Fault user_fault(const UserState& state) {
  return state.fault;
}
inline void leave_user_fp() {}
inline constexpr bool can_deny_fp = false;
inline bool is_denied_fp(const UserState&) {
  return false;
}
inline void write_back_instructions(void*, std::size_t) {}
inline void flush_instructions() {}

}  // namespace arch
