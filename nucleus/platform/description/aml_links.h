// SPDX-License-Identifier: ISC
#pragma once

// Link devices: between pins of PCI slots and interrupt lines, routed by firmware or by us.
// Spec: [acpi "PCI Interrupt Link Device"]

#include "aml.h"

#include <platform/aml/resources.h>

#include <array>

namespace nucleus::description {

/// One of the choice's lines. The old PC's may arrive elsewhere.
nucleus_line line_of_number(const nucleus_machine& machine, const aml::InterruptChoice& choice,
                            std::uint32_t number);

class AmlLinks {
 public:
  AmlLinks(AmlSource& source, AmlRooms& rooms, Description& out)
      : source_{source}, rooms_{rooms}, out_{out} {}

  /// The line that the link `name`, seen from the scope `path`, leads to; routes it if it leads nowhere.
  nucleus_line line_of(const char* path, std::string_view name);

 private:
  static constexpr unsigned most = 64;

  struct Link {
    std::array<char, AmlSource::longest_path> path{};
    nucleus_line line{NUCLEUS_NO_LINE, 0};
  };

  nucleus_line route(const char* link);
  std::optional<aml::InterruptChoice> ask(const char* link, const char* name);
  std::uint32_t least_used(const aml::InterruptChoice& choice) const;
  unsigned uses_of(std::uint32_t number) const;
  nucleus_line line_of_number(const aml::InterruptChoice& choice, std::uint32_t number) const {
    return description::line_of_number(out_.machine(), choice, number);
  }

  AmlSource& source_;
  AmlRooms& rooms_;
  Description& out_;
  std::array<Link, most> links_{};
  unsigned count_ = 0;
};

}  // namespace nucleus::description
