// SPDX-License-Identifier: ISC
#pragma once

// A test that is the program: makes system calls with arguments in program memory.

#include <files/file_system.h>
#include <nucleus/address_space.h>
#include <nucleus/entry.h>
#include <nucleus/time.h>
#include <syscall/call_table.h>
#include <syscall/descriptors.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

namespace nucleus {

class ProgramTest : public testing::Test {
 protected:
  static constexpr std::uint64_t arena_size = 1 << 20;

  void SetUp() override {
    set_file_system(FileSystem::create([] { return std::int64_t{5'000'000'000}; }).take());
    arena_ = program_memory::map({}, arena_size, access_read_write, Placement::anywhere).take();
    ASSERT_TRUE(check_writable(arena_, arena_size).ok());
  }
  void TearDown() override {
    for (int i = 0; i < DescriptorTable::max_descriptors; i++) {
      auto file = descriptors().with([&](DescriptorTable& table) { return table.remove(i); });
      if (!file.ok()) continue;
    }
    ASSERT_TRUE(program_memory::unmap(arena_, arena_size).ok());
    delete &file_system_without_lock();
  }

  /// Makes a call by its name; returns what the libc would see.
  template <typename... Words>
  long call(std::string_view name, Words... words) {
    for (const Call& each : call_table()) {
      if (each.name != name) continue;
      long arguments[6] = {as_word(words)...};
      return nucleus_enter_syscall(each.x86_64, arguments[0], arguments[1], arguments[2], arguments[3],
                                   arguments[4], arguments[5])
          .value;
    }
    ADD_FAILURE() << "no call " << name;
    return 0;
  }

  /// Bytes in program memory that live until the test ends.
  template <typename T = char>
  T* place(std::size_t count = 1) {
    used_ = align_up(used_, 16);
    auto* at = (arena_ + used_).as<T>();
    used_ += count * sizeof(T);
    EXPECT_LE(used_, arena_size);
    std::memset(static_cast<void*>(at), 0, count * sizeof(T));
    return at;
  }
  const char* text(std::string_view source) {
    char* at = place(source.size() + 1);
    std::memcpy(at, source.data(), source.size());
    return at;
  }

  long open(std::string_view path, int flags, int mode = 0644) {
    return call("open", text(path), flags, mode);
  }
  long write(long descriptor, std::string_view data) {
    return call("write", descriptor, text(data), data.size());
  }
  std::string read(long descriptor, std::size_t size) {
    char* at = place(size + 1);
    const long count = call("read", descriptor, at, size);
    return count < 0 ? "error " + std::to_string(-count) : std::string(at, static_cast<std::size_t>(count));
  }

 private:
  static long as_word(long value) { return value; }
  static long as_word(int value) { return value; }
  static long as_word(unsigned long value) { return static_cast<long>(value); }
  static long as_word(const void* value) { return reinterpret_cast<long>(value); }

  VirtAddr arena_{};
  std::uint64_t used_ = 0;
};

}  // namespace nucleus
