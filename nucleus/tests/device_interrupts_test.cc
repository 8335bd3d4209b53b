// SPDX-License-Identifier: ISC

// Interrupts of devices as events: counted, waited for, and let through again.

#include <nucleus/arch_upcalls.h>
#include <nucleus/device_interrupts.h>
#include <nucleus/thread.h>

#include <arch/devices.h>
#include <arch/trap.h>

#include <gtest/gtest.h>

namespace {
using namespace nucleus;

void interrupt(unsigned line) {
  arch::TrapFrame frame{};
  const arch::InterruptState before = arch::save_and_disable_interrupts();
  upcall_interrupt(frame, line);
  arch::restore_interrupts(before);
}

TEST(DeviceInterrupts, AreCountedFromTheClaimOn) {
  interrupt(40);
  const unsigned event = claim_line(40).value();
  EXPECT_EQ(arch::unmask_count(40), 1u);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::after(1000)).value(), 0u);
  interrupt(40);
  interrupt(41);
  interrupt(40);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::never()).value(), 2u);
  EXPECT_EQ(wait_for_line(event, 1, Deadline::never()).value(), 2u);
}

TEST(DeviceInterrupts, AreLetThroughByTheNextWait) {
  const unsigned event = claim_line(50).value();
  interrupt(50);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::never()).value(), 1u);
  EXPECT_EQ(arch::unmask_count(50), 1u);  // the device has not been silenced yet
  EXPECT_EQ(wait_for_line(event, 1, Deadline::after(1000)).value(), 1u);
  EXPECT_EQ(arch::unmask_count(50), 2u);
  EXPECT_EQ(wait_for_line(event, 1, Deadline::after(1000)).value(), 1u);
  EXPECT_EQ(arch::unmask_count(50), 2u);  // nothing has masked it since
}

TEST(DeviceInterrupts, WakeWhoWaits) {
  static unsigned event;
  static std::uint64_t seen;
  event = claim_line(60).value();
  seen = 0;
  auto thread = Thread::create(
      [](void*) {
        seen = wait_for_line(event, 0, Deadline::never()).value();
        exit_thread();
      },
      nullptr);
  ASSERT_TRUE(thread.ok());
  thread.value()->start();
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(seen, 0u);
  interrupt(60);
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(seen, 1u);
}

TEST(DeviceInterrupts, ArmedOnesAreToldOnce) {
  const unsigned first = claim_line(80).value();
  const unsigned second = claim_line(81).value();
  EXPECT_EQ(take_arrived(), std::nullopt);
  interrupt(80);  // not armed
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 0).value(), 1u);  // it has come: nothing is armed
  EXPECT_EQ(arch::unmask_count(80), 1u);
  interrupt(80);
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 2).value(), 2u);
  EXPECT_EQ(arch::unmask_count(80), 2u);
  EXPECT_EQ(arm_line(second, 0).value(), 0u);
  interrupt(81);
  interrupt(80);
  interrupt(80);
  EXPECT_EQ(take_arrived(), std::optional{first});
  EXPECT_EQ(take_arrived(), std::optional{second});
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 2).value(), 4u);
  EXPECT_EQ(arm_line(1000, 0).error(), Error::not_found);
}

TEST(DeviceInterrupts, OneThreadWaitsForAllArmed) {
  static unsigned taken;
  const unsigned events[] = {claim_line(90).value(), claim_line(91).value()};
  EXPECT_EQ(wait_for_arrived(Deadline::after(1000)).error(), Error::timed_out);
  (void)arm_line(events[0], 0);
  (void)arm_line(events[1], 0);
  interrupt(90);
  EXPECT_TRUE(wait_for_arrived(Deadline::never()).ok());  // at once: it came before the wait
  EXPECT_EQ(take_arrived(), std::optional{events[0]});
  auto thread = Thread::create(
      [](void*) {
        (void)wait_for_arrived(Deadline::never());
        taken = take_arrived().value_or(1000);
        (void)wait_for_arrived(Deadline::never());
        taken = take_arrived().value_or(1000);
        exit_thread();
      },
      nullptr);
  ASSERT_TRUE(thread.ok());
  taken = 2000;
  thread.value()->start();
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(taken, 2000u);
  interrupt(91);
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(taken, events[1]);
  rouse_who_waits_for_arrived();
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(taken, 1000u);
}

TEST(DeviceInterrupts, AreClaimedOnceAndNotWithoutEnd) {
  EXPECT_TRUE(claim_line(70).ok());
  EXPECT_EQ(claim_line(70).error(), Error::busy);
  unsigned claimed = 0;
  while (claimed < 100 && claim_line(100 + claimed).ok()) ++claimed;
  EXPECT_LT(claimed, 100u);
  EXPECT_EQ(claim_line(99).error(), Error::too_many);
  EXPECT_EQ(wait_for_line(1000, 0, Deadline::never()).error(), Error::not_found);
}

}  // namespace
