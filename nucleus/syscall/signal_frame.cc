// SPDX-License-Identifier: ISC

#include "signal_frame.h"

#include <nucleus/address_space.h>
#include <nucleus/entry.h>

#include <type_traits>

namespace nucleus {
namespace {

constexpr std::uint64_t fp_alignment = 64;
constexpr std::uint64_t stack_alignment = 16;
constexpr std::uint32_t stack_disabled = 2;  // SS_DISABLE

static_assert(std::is_trivially_copyable_v<SignalFrame>);

}  // namespace

bool on_alternate_stack(const SignalState& state, std::uintptr_t sp) {
  return sp > state.alternate_stack && sp - state.alternate_stack <= state.alternate_stack_size;
}

SignalFramePlace place_signal_frame(std::uintptr_t sp, const SignalState& state,
                                    const SignalDisposition& disposition, FloatingPoint floating_point) {
  const bool wants_alternate = (disposition.flags & SignalDisposition::flag_on_alternate_stack) != 0 &&
                               (state.alternate_stack_flags & stack_disabled) == 0 &&
                               !on_alternate_stack(state, sp);
  SignalFramePlace place;
  place.top = wants_alternate ? state.alternate_stack + state.alternate_stack_size : sp - arch::red_zone_size;
  std::uintptr_t at = place.top;
  if (floating_point == FloatingPoint::live) {
    at = align_down(at - arch::fp_state_size(), fp_alignment);
    place.fp_state = at;
  }
  place.frame = align_down(at - sizeof(SignalFrame), stack_alignment);
  return place;
}

Result<> build_signal_frame(arch::TrapFrame& frame, const SignalState& state, const SignalDelivery& delivery,
                            FloatingPoint floating_point) {
  const SignalFramePlace place =
      place_signal_frame(frame.stack_pointer(), state, delivery.disposition, floating_point);
  // One word more: some architectures push the return address.
  const std::uintptr_t bottom = place.frame - stack_alignment;
  if (place.frame > place.top) return Error::bad_address;
  TRY(check_writable({bottom}, place.top - bottom));

  auto* built = new (reinterpret_cast<void*>(place.frame)) SignalFrame{};
  built->magic = SignalFrame::right_magic;
  built->fp_state = place.fp_state;
  built->information = delivery.information;
  built->context.save(frame);
  built->context.set_signal_mask(delivery.mask_after);
  built->context.set_fault(delivery.fault_address, delivery.fault_code);
  if (place.fp_state != 0) {
    auto* fp = reinterpret_cast<void*>(place.fp_state);
    arch::fp_init(fp);  // saving relies on a well-formed area, which the stack's old bytes are not
    arch::fp_save(fp);
    built->context.set_fp(fp);
  }

  frame.set_stack_pointer(place.frame);
  frame.set_argument(0, static_cast<std::uintptr_t>(delivery.signal));
  frame.set_argument(1, reinterpret_cast<std::uintptr_t>(&built->information));
  frame.set_argument(2, reinterpret_cast<std::uintptr_t>(&built->context));
  // The libc's restorer would only jump there, and riscv64 has none.
  frame.set_return_address(reinterpret_cast<std::uintptr_t>(&nucleus_sigreturn));
  frame.set_instruction_pointer(delivery.disposition.handler);
  return {};
}

Result<std::uint64_t> restore_signal_frame(arch::TrapFrame& frame, std::uintptr_t program_sp) {
  if (!is_aligned(program_sp, stack_alignment)) return Error::malformed;
  TRY(check_readable({program_sp}, sizeof(SignalFrame)));
  const auto& built = *reinterpret_cast<const SignalFrame*>(program_sp);
  if (built.magic != SignalFrame::right_magic) return Error::malformed;
  const std::uintptr_t fp_state = built.fp_state;
  if (fp_state != 0) {
    if (!is_aligned(fp_state, fp_alignment)) return Error::malformed;
    TRY(check_readable({fp_state}, arch::fp_state_size()));
    arch::fp_restore(reinterpret_cast<void*>(fp_state));
  }
  built.context.restore(frame);
  return built.context.signal_mask();
}

}  // namespace nucleus
