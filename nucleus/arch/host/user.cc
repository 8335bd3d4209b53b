// SPDX-License-Identifier: ISC

#include <arch/host/host_machine.h>
#include <arch/user.h>

namespace host {
std::function<arch::UserExit(arch::UserState&)> user_code;
unsigned space_tags = 4;
unsigned loaded_tag = 0;
std::uint64_t loaded_root = 0;
}  // namespace host

namespace arch {

unsigned address_space_tags() {
  return host::space_tags;
}
void load_user_space(nucleus::PhysAddr root, unsigned tag) {
  host::loaded_root = root.value;
  host::loaded_tag = tag;
}
void unload_user_space() {
  host::loaded_root = 0;
}
UserExit enter_user(nucleus::CpuEntry&, UserState& state, UserFp) {
  return host::user_code(state);
}
void handle_user_interrupt(UserState&) {}

}  // namespace arch
