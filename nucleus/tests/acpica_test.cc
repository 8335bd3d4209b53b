// SPDX-License-Identifier: ISC

// The operating system layer for ACPICA.

#include <acpica/interpreter.h>
#include <acpica/interpreter/services.h>
#include <acpica/mapping.h>

#include <nucleus/arch_upcalls.h>
#include <nucleus/boot_info.h>
#include <nucleus/thread.h>
#include <nucleus/time.h>
#include <nucleus/wait_queue.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>

namespace {
using namespace nucleus;

TEST(Acpica, IsNotHereWithoutItsObject) {
  const auto machine = std::make_unique<nucleus_machine>();
  machine->sources = NUCLEUS_SOURCE_ACPI;
  Description out{*machine};
  EXPECT_FALSE(acpica::interpret(out));
  EXPECT_EQ(machine->problem_count, 0u);
}

TEST(AcpicaMemory, ComesFromTheHeap) {
  void* const block = nucleus_acpi_allocate(100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
  std::memset(block, 1, 100);
  nucleus_acpi_free(block);
  nucleus_acpi_free(nullptr);
  EXPECT_EQ(nucleus_acpi_allocate(std::size_t{1} << 40), nullptr);
}

TEST(AcpicaMemory, IsNotTheNucleusOwn) {
  const PhysRange memory[] = {{{0x1000}, 0x1000}, {{0x10'0000}, 0x10'0000}};
  const auto may = [&](std::uint64_t at, std::size_t size) {
    return acpica::may_map_registers({at}, size, memory);
  };
  EXPECT_TRUE(may(0x0, 0x1000));
  EXPECT_FALSE(may(0x0, 0x1001));
  EXPECT_FALSE(may(0x1fff, 1));
  EXPECT_TRUE(may(0x2000, 0xf'e000));
  EXPECT_FALSE(may(0x2000, 0x100'0000));
  EXPECT_FALSE(may(0x18'0000, 4));
  EXPECT_TRUE(may(0xfec0'0000, 4));
  EXPECT_FALSE(may(0xfec0'0000, 0));
  EXPECT_FALSE(may(std::uint64_t{1} << 40, 4));
  EXPECT_FALSE(may((std::uint64_t{1} << 40) - 2, 4));
  EXPECT_FALSE(may(~std::uint64_t{0}, 4));
  EXPECT_FALSE(may(0xfec0'0000, ~std::size_t{0}));
}

TEST(AcpicaHardware, RefusesWhatIsNotThere) {
  std::uint32_t word = 0;
  std::uint64_t value = 0;
  EXPECT_FALSE(nucleus_acpi_read_port(0x10000, &word, 8));
  EXPECT_FALSE(nucleus_acpi_read_configuration(0, 0, 0, 0, 0, &value, 32));  // no host has been told
  EXPECT_FALSE(nucleus_acpi_read_memory(std::uint64_t{1} << 50, &value, 32));
  EXPECT_FALSE(nucleus_acpi_write_memory(0, 0, 12));
}

TEST(AcpicaLocks, AreTakenAndGivenBack) {
  void* const lock = nucleus_acpi_make_spin_lock();
  ASSERT_NE(lock, nullptr);
  EXPECT_TRUE(arch::interrupts_enabled());
  nucleus_acpi_spin_lock(lock);
  EXPECT_FALSE(arch::interrupts_enabled());
  nucleus_acpi_spin_unlock(lock);
  EXPECT_TRUE(arch::interrupts_enabled());
  nucleus_acpi_free_spin_lock(lock);
  EXPECT_NE(nucleus_acpi_thread(), 0u);
}

TEST(AcpicaSemaphore, CountsAndTimesOut) {
  EXPECT_EQ(nucleus_acpi_make_semaphore(2, 1), nullptr);
  void* const semaphore = nucleus_acpi_make_semaphore(1, 2);
  ASSERT_NE(semaphore, nullptr);
  EXPECT_TRUE(nucleus_acpi_wait_semaphore(semaphore, 1, 0));
  EXPECT_FALSE(nucleus_acpi_wait_semaphore(semaphore, 1, 0));
  EXPECT_FALSE(nucleus_acpi_wait_semaphore(semaphore, 1, 1));
  EXPECT_TRUE(nucleus_acpi_signal_semaphore(semaphore, 2));
  EXPECT_FALSE(nucleus_acpi_signal_semaphore(semaphore, 1));
  EXPECT_TRUE(nucleus_acpi_wait_semaphore(semaphore, 2, 0));
  nucleus_acpi_free_semaphore(semaphore);
}

TEST(AcpicaSemaphore, WakesWhoWaits) {
  static void* semaphore;
  static std::atomic<bool> taken;
  semaphore = nucleus_acpi_make_semaphore(0, 1);
  taken = false;
  auto thread = Thread::create(
      [](void*) {
        taken = nucleus_acpi_wait_semaphore(semaphore, 1, 0xffff) != 0;
        exit_thread();
      },
      nullptr);
  ASSERT_TRUE(thread.ok());
  thread.value()->start();
  nucleus_acpi_sleep(1);
  EXPECT_FALSE(taken);
  EXPECT_TRUE(nucleus_acpi_signal_semaphore(semaphore, 1));
  nucleus_acpi_sleep(1);
  EXPECT_TRUE(taken);
}

TEST(AcpicaTime, Passes) {
  const std::uint64_t before = nucleus_acpi_timer();
  nucleus_acpi_stall(0);  // the simulated clock stands while a CPU spins
  nucleus_acpi_sleep(1);
  EXPECT_GE(nucleus_acpi_timer() - before, 10'000u);
}

}  // namespace
