// SPDX-License-Identifier: ISC

// Interrupts of devices as events: counted, waited for, and let through again.

#include <nucleus/arch_upcalls.h>
#include <nucleus/device_interrupts.h>
#include <nucleus/thread.h>

#include <arch/devices.h>
#include <arch/host/host_machine.h>
#include <arch/trap.h>

#include <gtest/gtest.h>

#include <atomic>

namespace {
using namespace nucleus;

void interrupt(unsigned line) {
  arch::TrapFrame frame{};
  const arch::InterruptState before = arch::save_and_disable_interrupts();
  upcall_interrupt(frame, line);
  arch::restore_interrupts(before);
}

Result<unsigned> claim(unsigned line) {
  return claim_line(line, {}, Sharing::none);
}
unsigned share(unsigned line) {
  return claim_line(line, {}, Sharing::allowed).value();
}
std::uint64_t look(unsigned event, std::uint64_t seen) {
  return wait_for_line(event, seen, Deadline::after(1000)).value();
}

TEST(DeviceInterrupts, AreCountedFromTheClaimOn) {
  interrupt(40);
  const unsigned event = claim(40).value();
  EXPECT_EQ(host::unmask_count(40), 1u);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::after(1000)).value(), 0u);
  interrupt(40);
  interrupt(41);
  interrupt(40);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::never()).value(), 2u);
  EXPECT_EQ(wait_for_line(event, 1, Deadline::never()).value(), 2u);
}

TEST(DeviceInterrupts, OfTheNucleusItselfNeedNoController) {
  const unsigned event = claim(first_soft_line + 1).value();
  EXPECT_EQ(arm_line(event, 0).value(), 0u);
  line_arrived(first_soft_line + 1);
  EXPECT_EQ(take_arrived(), std::optional{event});
  EXPECT_EQ(arm_line(event, 1).value(), 1u);
}

TEST(DeviceInterrupts, AreLetThroughByTheNextWait) {
  const unsigned event = claim(50).value();
  interrupt(50);
  EXPECT_EQ(wait_for_line(event, 0, Deadline::never()).value(), 1u);
  EXPECT_EQ(host::unmask_count(50), 1u);  // the device has not been silenced yet
  EXPECT_EQ(wait_for_line(event, 1, Deadline::after(1000)).value(), 1u);
  EXPECT_EQ(host::unmask_count(50), 2u);
  EXPECT_EQ(wait_for_line(event, 1, Deadline::after(1000)).value(), 1u);
  EXPECT_EQ(host::unmask_count(50), 2u);  // nothing has masked it since
}

TEST(DeviceInterrupts, WakeWhoWaits) {
  static unsigned event;
  static std::uint64_t seen;
  event = claim(60).value();
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
  const unsigned first = claim(80).value();
  const unsigned second = claim(81).value();
  EXPECT_EQ(take_arrived(), std::nullopt);
  interrupt(80);  // not armed
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 0).value(), 1u);  // it has come: nothing is armed
  EXPECT_EQ(host::unmask_count(80), 1u);
  interrupt(80);
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 2).value(), 2u);
  EXPECT_EQ(host::unmask_count(80), 2u);
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
  const unsigned events[] = {claim(90).value(), claim(91).value()};
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

TEST(DeviceInterrupts, OfASharedLineAreEverybodys) {
  const unsigned first = share(110);
  interrupt(110);
  EXPECT_EQ(look(first, 0), 1u);
  const unsigned second = share(110);
  EXPECT_EQ(look(second, 0), 0u);  // counts from its claim on
  interrupt(110);
  EXPECT_EQ(look(first, 1), 2u);
  EXPECT_EQ(look(second, 0), 1u);
}

TEST(DeviceInterrupts, OfASharedLineAreLetThroughByTheLastWhoWaits) {
  const unsigned first = share(111);
  const unsigned second = share(111);
  EXPECT_EQ(host::unmask_count(111), 1u);
  interrupt(111);
  EXPECT_EQ(look(first, 1), 1u);
  EXPECT_EQ(look(first, 1), 1u);   // once more does not count twice
  EXPECT_EQ(look(second, 0), 1u);  // has not dealt with it yet
  EXPECT_EQ(host::unmask_count(111), 1u);
  const unsigned third = share(111);  // owes nothing
  EXPECT_EQ(look(second, 1), 1u);
  EXPECT_EQ(host::unmask_count(111), 2u);
  interrupt(111);
  EXPECT_EQ(look(first, 2), 2u);
  EXPECT_EQ(look(second, 2), 2u);
  EXPECT_EQ(host::unmask_count(111), 2u);
  EXPECT_EQ(look(third, 1), 1u);
  EXPECT_EQ(host::unmask_count(111), 3u);
}

TEST(DeviceInterrupts, OfASharedLineWakeAllWhoWait) {
  static unsigned events[3];
  static std::atomic<unsigned> woken;
  woken = 0;
  for (unsigned& event : events) {
    event = share(112);
    auto thread = Thread::create(
        [](void* of) {
          woken += wait_for_line(*static_cast<unsigned*>(of), 0, Deadline::never()).value() == 1;
          exit_thread();
        },
        &event);
    ASSERT_TRUE(thread.ok());
    thread.value()->start();
  }
  (void)sleep_until(Deadline::after(1'000'000));
  interrupt(112);
  (void)sleep_until(Deadline::after(1'000'000));
  EXPECT_EQ(woken, 3u);
}

TEST(DeviceInterrupts, OfASharedLineAreTakenByAllWhoAreArmed) {
  const unsigned first = share(115);
  const unsigned second = share(115);
  EXPECT_EQ(arm_line(first, 0).value(), 0u);
  EXPECT_EQ(arm_line(second, 1).value(), 0u);  // not before the second one
  interrupt(115);
  EXPECT_EQ(take_arrived(), std::optional{first});
  EXPECT_EQ(take_arrived(), std::nullopt);
  EXPECT_EQ(arm_line(first, 1).value(), 1u);
  EXPECT_EQ(host::unmask_count(115), 1u);  // the other has not waited again
  EXPECT_EQ(arm_line(second, 1).value(), 1u);
  EXPECT_EQ(host::unmask_count(115), 2u);
  interrupt(115);
  EXPECT_EQ(take_arrived(), std::optional{first});
  EXPECT_EQ(take_arrived(), std::optional{second});
  EXPECT_EQ(take_arrived(), std::nullopt);
}

TEST(DeviceInterrupts, AreSharedByThoseOnlyWhoAllowIt) {
  share(113);
  EXPECT_EQ(claim(113).error(), Error::busy);
  (void)claim(114);
  EXPECT_EQ(claim_line(114, {}, Sharing::allowed).error(), Error::busy);
  EXPECT_EQ(claim(1000).error(), Error::not_supported);
  EXPECT_EQ(claim(1000).error(), Error::not_supported);  // and leaves nothing behind
}

TEST(DeviceInterrupts, AreClaimedOnceAndNotWithoutEnd) {
  EXPECT_TRUE(claim(70).ok());
  EXPECT_EQ(claim(70).error(), Error::busy);
  unsigned claimed = 0;
  while (claimed < 100 && claim(130 + claimed).ok()) ++claimed;
  EXPECT_LT(claimed, 100u);
  EXPECT_EQ(claim(99).error(), Error::too_many);
  EXPECT_EQ(wait_for_line(1000, 0, Deadline::never()).error(), Error::not_found);
}

}  // namespace
