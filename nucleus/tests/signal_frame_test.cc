// SPDX-License-Identifier: ISC

#include "program_fixture.h"

#include <arch/linux_abi.h>
#include <nucleus/program_hooks.h>
#include <syscall/signal_delivery.h>
#include <syscall/signal_frame.h>

#include <cerrno>

namespace nucleus {
namespace {

constexpr std::uint64_t handler = 0x1234'5678;

class SignalCalls : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    stack_ = place(64 * 1024);
    frame_ = arch::TrapFrame::of_program();
    frame_.set_instruction_pointer(0x1000);
    frame_.set_stack_pointer(stack_top());
  }
  void TearDown() override {
    for (int signal = 1; signal <= signal_count; signal++) set_signal_disposition(signal, {});
    set_blocked_signals(0);
    signals_for_any_thread = 0;
    SignalState& state = current_thread().signals;
    state.pending = 0;
    state.alternate_stack_flags = 2;
    state.interrupted_call.valid = false;
    ProgramTest::TearDown();
  }

  std::uintptr_t stack_top() const { return reinterpret_cast<std::uintptr_t>(stack_) + 64 * 1024; }
  long handle(int signal, std::uint64_t flags = 0, std::uint64_t mask = 0) {
    auto* action = place<arch::linux_abi::SignalAction>();
    action->handler = handler;
    action->flags = flags;
    action->mask = mask;
    return call("rt_sigaction", signal, action, 0, 8);
  }
  const SignalFrame& built() const { return *reinterpret_cast<const SignalFrame*>(frame_.stack_pointer()); }

  char* stack_ = nullptr;
  arch::TrapFrame frame_{};
};

TEST_F(SignalCalls, EnterTheHandlerAndComeBack) {
  EXPECT_EQ(handle(10, 4, signal_bit(12)), 0);
  EXPECT_EQ(call("kill", 1, 10), 0);
  deliver_signals_at_trap_exit(frame_);
  EXPECT_EQ(frame_.instruction_pointer(), handler);
  EXPECT_EQ(frame_.stack_pointer() % 16, 0u);
  EXPECT_LT(frame_.stack_pointer(), stack_top() - arch::red_zone_size);
  EXPECT_EQ(frame_.arguments[0], 10u);
  EXPECT_EQ(built().information.signal, 10);
  EXPECT_EQ(built().information.sender.process, 1);
  EXPECT_EQ(current_thread().signals.blocked, signal_bit(10) | signal_bit(12));

  arch::TrapFrame resumed = arch::TrapFrame::of_program();
  EXPECT_EQ(restore_signal_frame(resumed, frame_.stack_pointer()).take(), 0u);
  EXPECT_EQ(resumed.instruction_pointer(), 0x1000u);
  EXPECT_EQ(resumed.stack_pointer(), stack_top());
}

TEST_F(SignalCalls, UseTheAlternateStackOnce) {
  auto* alternate = place<abi::SignalStack>();
  char* base = place(32 * 1024);
  *alternate = {reinterpret_cast<std::uint64_t>(base), 0, 0, 32 * 1024};
  EXPECT_EQ(call("sigaltstack", alternate, 0), 0);
  handle(10, SignalDisposition::flag_on_alternate_stack);
  handle(12, SignalDisposition::flag_on_alternate_stack);
  call("kill", 1, 10);
  deliver_signals_at_trap_exit(frame_);
  const std::uintptr_t first = frame_.stack_pointer();
  EXPECT_GT(first, alternate->base);
  EXPECT_LT(first, alternate->base + alternate->size);
  call("kill", 1, 12);
  deliver_signals_at_trap_exit(frame_);
  EXPECT_LT(frame_.stack_pointer(), first) << "nested, further down the same stack";
  EXPECT_GT(frame_.stack_pointer(), alternate->base);
  alternate->size = 100;
  EXPECT_EQ(call("sigaltstack", alternate, 0), -ENOMEM);
}

TEST_F(SignalCalls, WaitWhileBlocked) {
  handle(10);
  auto* mask = place<std::uint64_t>();
  *mask = signal_bit(10);
  EXPECT_EQ(call("rt_sigprocmask", 0, mask, 0, 8), 0);
  call("tkill", current_thread().id(), 10);
  deliver_signals_at_trap_exit(frame_);
  EXPECT_EQ(frame_.instruction_pointer(), 0x1000u);
  EXPECT_EQ(call("rt_sigpending", mask, 8), 0);
  EXPECT_EQ(*mask, signal_bit(10));
  EXPECT_EQ(call("rt_sigtimedwait", mask, 0, 0, 8), 10);
  EXPECT_EQ(call("rt_sigpending", mask, 8), 0);
  EXPECT_EQ(*mask, 0u);
}

TEST_F(SignalCalls, DropWhatIsIgnored) {
  call("kill", 1, signal_number::child);
  EXPECT_FALSE(current_thread().signals.deliverable());
  handle(signal_number::child);
  call("kill", 1, signal_number::child);
  EXPECT_TRUE(current_thread().signals.deliverable());
  set_signal_disposition(signal_number::child, {.handler = SignalDisposition::ignore});
  EXPECT_FALSE(current_thread().signals.deliverable());
}

TEST_F(SignalCalls, ResetAndNoDefer) {
  handle(10, SignalDisposition::flag_reset | SignalDisposition::flag_no_defer);
  call("kill", 1, 10);
  deliver_signals_at_trap_exit(frame_);
  EXPECT_EQ(current_thread().signals.blocked, 0u);
  EXPECT_FALSE(signal_disposition(10).has_handler());
}

TEST_F(SignalCalls, TurnFaultsIntoSignals) {
  handle(signal_number::segment, 4);
  program_fault(frame_, {.kind = FaultKind::write, .address = {0x40}, .raw_code = 6}, false);
  EXPECT_EQ(frame_.instruction_pointer(), handler);
  EXPECT_EQ(built().information.signal, signal_number::segment);
  EXPECT_EQ(built().information.code, 1);
  EXPECT_EQ(built().information.address, 0x40u);
  EXPECT_EQ(built().context.fault_address, 0x40u);
}

TEST_F(SignalCalls, RefuseBadArguments) {
  EXPECT_EQ(handle(0), -EINVAL);
  EXPECT_EQ(handle(65), -EINVAL);
  EXPECT_EQ(handle(signal_number::kill), -EINVAL);
  EXPECT_EQ(call("kill", 2, 10), -ESRCH);
  EXPECT_EQ(call("kill", 1, 65), -EINVAL);
  EXPECT_EQ(call("kill", 1, 0), 0);
  EXPECT_EQ(call("tkill", 9999, 10), -ESRCH);
  EXPECT_EQ(call("rt_sigprocmask", 7, place(8), 0, 8), -EINVAL);
  EXPECT_EQ(call("rt_sigprocmask", 0, place(8), 0, 4), -EINVAL);
}

TEST_F(SignalCalls, RestoreOnlyWhatIsAFrame) {
  arch::TrapFrame resumed = arch::TrapFrame::of_program();
  EXPECT_EQ(restore_signal_frame(resumed, 3).error(), Error::malformed);
  EXPECT_EQ(restore_signal_frame(resumed, 0x10).error(), Error::bad_address);
  char* garbage = place(4096);
  EXPECT_EQ(restore_signal_frame(resumed, reinterpret_cast<std::uintptr_t>(garbage)).error(),
            Error::malformed);
}

}  // namespace
}  // namespace nucleus
