// SPDX-License-Identifier: ISC
#pragma once

// One I/O APIC: 24 or so interrupt lines, each sent to a CPU as a vector.  Spec: [intel/82093aa]

#include <cstdint>

namespace arch::x86_64 {

enum class Polarity : std::uint8_t { active_high, active_low };
enum class Trigger : std::uint8_t { edge, level };

class IoApic {
 public:
  constexpr IoApic() = default;
  /// `registers`: mapped; `first_line`: its first global interrupt number. Masks all lines.
  IoApic(volatile std::uint32_t* registers, unsigned first_line);

  bool has_line(unsigned line) const { return line - first_line_ < line_count_; }
  /// Sends `line` to the CPU with `apic_id` as `vector`, unmasked.
  void route(unsigned line, std::uint8_t vector, std::uint32_t apic_id, Polarity polarity,
             Trigger trigger) const;
  /// Leaves the route as it is.
  void set_masked(unsigned line, bool on) const;

 private:
  std::uint32_t read(unsigned index) const;
  void write(unsigned index, std::uint32_t value) const;

  volatile std::uint32_t* registers_ = nullptr;
  unsigned first_line_ = 0;
  unsigned line_count_ = 0;
};

}  // namespace arch::x86_64
