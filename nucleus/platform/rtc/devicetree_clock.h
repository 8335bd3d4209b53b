// SPDX-License-Identifier: ISC
#pragma once

// The real-time clock that a devicetree names, or else the date at which a loader started us. Read-only: the
// nucleus keeps time, it does not set clocks.

#include <platform/devicetree/machine.h>
#include <platform/mmio.h>

#include <cstdint>

namespace nucleus::platform {

/// Nanoseconds since 1970; 0 for RtcKind::none. `registers` are those of the clock, mapped.
template <typename Registers>
std::uint64_t read_wall_clock(devicetree::RtcKind kind, Registers registers) {
  switch (kind) {
    case devicetree::RtcKind::pl031:
      // Spec: [arm/pl031 "Data Register, RTCDR"]: seconds.
      return std::uint64_t{registers.read(0)} * 1'000'000'000;
    case devicetree::RtcKind::goldfish: {
      // Spec: [goldfish/rtc "TIME_LOW, TIME_HIGH"]: nanoseconds; reading the low word latches the high one.
      const std::uint64_t low = registers.read(0);
      return std::uint64_t{registers.read(4)} << 32 | low;
    }
    default:
      return 0;
  }
}

class DevicetreeClock {
 public:
  constexpr DevicetreeClock() = default;

  /// Maps the clock's registers. `loader_date_seconds`: BootInfo's. Context: memory is up.
  void attach(const devicetree::Machine& machine, std::uint64_t loader_date_seconds);
  /// 0 if there is no clock and no date.
  std::uint64_t read_ns() const;

 private:
  devicetree::RtcKind kind_ = devicetree::RtcKind::none;
  Mmio32 registers_;
  std::uint64_t start_ns_ = 0;  // of the monotonic clock, since 1970; 0: unknown
};

}  // namespace nucleus::platform
