// SPDX-License-Identifier: ISC

// Who and where the program is: process 1 of user 0, on a machine called bactrian.

#include "calls.h"

#include <files/descriptor_table.h>

#include <syscall/abi/common.h>

#include <nucleus/entropy.h>
#include <nucleus/frames.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>

#include <arch/context.h>
#include <arch/linux_abi.h>

#include <cstring>

namespace nucleus::call {

Result<long> get_process_id(const Arguments&) {
  return 1L;
}
Result<long> get_parent_id(const Arguments&) {
  return 0L;
}

Result<long> get_group_of_process(const Arguments& arguments) {
  if (arguments.integer(0) != 0 && arguments.integer(0) != 1) return Error::no_such_thread;
  return 1L;
}

Result<long> get_user_id(const Arguments&) {
  return 0L;
}
Result<long> get_groups(const Arguments&) {
  return 0L;
}

Result<long> set_user_id(const Arguments& arguments) {
  if (arguments.integer(0) != 0) return Error::not_permitted;
  return 0L;
}

namespace {

template <std::size_t N, std::size_t M>
void set_name(char (&field)[N], const char (&text)[M]) {
  static_assert(M <= N);
  std::memcpy(field, text, M);
}

}  // namespace

Result<long> get_system_names(const Arguments& arguments) {
  abi::SystemNames names{};
  set_name(names.system, "Bactrian");
  set_name(names.node, "bactrian");
  set_name(names.release, "0.1");
  set_name(names.version, "nucleus");
  set_name(names.machine, arch::linux_abi::machine);
  set_name(names.domain, "(none)");
  TRY(store_to_program(arguments.address(0), names));
  return 0L;
}

Result<long> get_system_information(const Arguments& arguments) {
  const FrameCounters memory = frame_counters();
  abi::SystemInformation information{};
  information.uptime_s = static_cast<std::int64_t>(monotonic_ns() / ns_per_s);
  information.total_memory = memory.total;
  information.free_memory = memory.free;
  information.unit = page_size;
  information.processes = static_cast<std::uint16_t>(program_thread_count());
  TRY(store_to_program(arguments.address(0), information));
  return 0L;
}

// Limits are told; none can be changed.

namespace {

Result<abi::ResourceLimit> limit_of(int resource) {
  constexpr std::uint64_t unlimited = ~std::uint64_t{0};
  constexpr int core = 4;
  constexpr int stack = 3;
  constexpr int descriptors = 7;
  constexpr int count = 16;
  switch (resource) {
    case core:
      return abi::ResourceLimit{0, 0};
    case stack:
      return abi::ResourceLimit{std::uint64_t{8} << 20, unlimited};
    case descriptors:
      return abi::ResourceLimit{DescriptorTable::max_descriptors, DescriptorTable::max_descriptors};
    default:
      if (resource < 0 || resource >= count) return Error::invalid_argument;
      return abi::ResourceLimit{unlimited, unlimited};
  }
}

}  // namespace

Result<long> get_resource_limit(const Arguments& arguments) {
  TRY(store_to_program(arguments.address(1), TRY(limit_of(arguments.integer(0)))));
  return 0L;
}

Result<long> set_resource_limit(const Arguments& arguments) {
  (void)TRY(limit_of(arguments.integer(0)));
  (void)TRY(load_from_program<abi::ResourceLimit>(arguments.address(1)));
  return 0L;
}

Result<long> change_resource_limit(const Arguments& arguments) {
  if (arguments.integer(0) != 0 && arguments.integer(0) != 1) return Error::no_such_thread;
  const auto limit = TRY(limit_of(arguments.integer(1)));
  if (!arguments.is_null(2)) (void)TRY(load_from_program<abi::ResourceLimit>(arguments.address(2)));
  TRY(store_if_wanted(arguments.address(3), limit));
  return 0L;
}

Result<long> get_random(const Arguments& arguments) {
  constexpr std::uint32_t known_flags = 7;  // NONBLOCK, RANDOM, INSECURE: all the same here
  if (arguments.flags(2) & ~known_flags) return Error::invalid_argument;
  const auto to = TRY(writable_bytes(arguments.address(0), arguments.size(1)));
  // By way of the kernel stack: the generator works under a spin lock, where program memory must not fault.
  std::uint8_t chunk[256];
  for (std::size_t done = 0; done < to.size();) {
    const std::size_t count = to.size() - done < sizeof chunk ? to.size() - done : sizeof chunk;
    random_bytes({chunk, count});
    std::memcpy(to.data() + done, chunk, count);
    done += count;
  }
  return static_cast<long>(to.size());
}

Result<long> control_process(const Arguments& arguments) {
  constexpr int set_name = 15;  // PR_SET_NAME
  constexpr int get_name = 16;  // PR_GET_NAME
  Thread& thread = current_thread();
  if (arguments.integer(0) == set_name) {
    char name[sizeof thread.name] = {};
    auto length = copy_string_from_program(name, arguments.address(1), sizeof name);
    if (!length.ok() && length.error() != Error::too_long) return length.error();
    name[sizeof name - 1] = '\0';
    std::memcpy(thread.name, name, sizeof name);
  } else if (arguments.integer(0) == get_name) {
    TRY(copy_to_program(arguments.address(1), thread.name, sizeof thread.name));
  }
  return 0L;
}

Result<long> control_architecture(const Arguments& arguments) {
  constexpr int set_fs = 0x1002;
  constexpr int get_fs = 0x1003;
  switch (arguments.integer(0)) {
    case set_fs:
      arch::set_thread_pointer(arguments.size(1));  // the scheduler keeps it with the thread
      return 0L;
    case get_fs:
      TRY(store_to_program(arguments.address(1), std::uint64_t{arch::thread_pointer()}));
      return 0L;
    default:
      return Error::invalid_argument;
  }
}

}  // namespace nucleus::call
