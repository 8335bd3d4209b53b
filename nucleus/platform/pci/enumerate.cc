// SPDX-License-Identifier: ISC

#include "enumerate.h"

#include "function.h"

#include <algorithm>
#include <array>

namespace nucleus::pci {
namespace {

class Walk {
 public:
  Walk(ConfigSpace& space, const nucleus_pci_host& host, std::uint32_t host_index,
       Vector<nucleus_pci_function>& functions, Problems problems)
      : space_{space}, host_{host}, host_index_{host_index}, functions_{functions}, problems_{problems} {}

  Result<> run() {
    highest_ = host_.first_bus;
    enter({.bus = host_.first_bus, .last = host_.last_bus});
    // One function a round: the kernel's stack has no room for bridges behind bridges behind bridges.
    while (depth_ > 0) {
      if (levels_[depth_ - 1].next == devices_per_bus * functions_per_device) {
        leave();
      } else {
        TRY(visit_next());
      }
    }
    return {};
  }

 private:
  static constexpr std::size_t no_bridge = ~std::size_t{0};

  /// A bus that is being walked.
  struct Level {
    std::uint32_t bus = 0;
    std::uint32_t last = 0;          // the highest bus number that may be given out behind it
    std::uint32_t next = 0;          // device * 8 + function
    std::size_t bridge = no_bridge;  // index of the bridge that leads here
    bool numbered = false;           // by us
  };

  void enter(Level level) {
    visited_[level.bus] = true;
    highest_ = std::max(highest_, level.bus);
    levels_[depth_++] = level;
  }

  void leave() {
    const Level& level = levels_[--depth_];
    if (!level.numbered) return;
    nucleus_pci_function& bridge = functions_[level.bridge];
    bridge.subordinate_bus = highest_;
    write_buses(bridge);
  }

  Result<> visit_next() {
    Level& level = levels_[depth_ - 1];
    const Address at{static_cast<std::uint8_t>(level.bus),
                     static_cast<std::uint8_t>(level.next / functions_per_device),
                     static_cast<std::uint8_t>(level.next % functions_per_device)};
    if ((space_.read(at, offset::ids) & 0xffff) == 0xffff) {
      // Without function 0 there are no others.
      level.next += at.function == 0 ? functions_per_device : 1;
      return {};
    }
    constexpr std::uint32_t many_functions = 1u << 23;
    const bool alone = at.function == 0 && (space_.read(at, offset::header) & many_functions) == 0;
    level.next += alone ? functions_per_device : 1;
    TRY(functions_.push({.host = host_index_, .segment = host_.segment}));
    nucleus_pci_function& function = functions_.back();
    read_function(space_, at, function, problems_);
    if (function.header_type == 1) visit_bridge(function);
    return {};
  }

  void visit_bridge(nucleus_pci_function& bridge) {
    const Level& level = levels_[depth_ - 1];
    const std::uint32_t buses = space_.read(address_of(bridge), offset::buses);
    const std::uint32_t secondary = buses >> 8 & 0xff;
    const std::uint32_t subordinate = buses >> 16 & 0xff;
    if (depth_ == max_bus_depth)
      return problems_.add("PCI {:x}: too many bridges behind one another", name_of(bridge));
    const bool set_up = secondary != 0 && subordinate >= secondary;
    if (set_up && secondary > level.bus && subordinate <= level.last && !visited_[secondary]) {
      bridge.secondary_bus = secondary;
      bridge.subordinate_bus = subordinate;
      highest_ = std::max(highest_, subordinate);
      return enter({.bus = secondary, .last = subordinate, .bridge = functions_.size() - 1});
    }
    if (set_up)
      problems_.add("PCI {:x}: the bridge cannot lead to buses {} to {}", name_of(bridge), secondary,
                    subordinate);
    if (highest_ >= level.last)
      return problems_.add("PCI {:x}: no bus number is left for the bridge", name_of(bridge));
    bridge.secondary_bus = highest_ + 1;
    bridge.subordinate_bus = level.last;
    write_buses(bridge);
    enter(
        {.bus = bridge.secondary_bus, .last = level.last, .bridge = functions_.size() - 1, .numbered = true});
  }

  void write_buses(const nucleus_pci_function& bridge) {
    constexpr std::uint32_t latency_timer = 0xff00'0000;
    const std::uint32_t kept = space_.read(address_of(bridge), offset::buses) & latency_timer;
    space_.write(address_of(bridge), offset::buses,
                 kept | bridge.subordinate_bus << 16 | bridge.secondary_bus << 8 | bridge.bus);
  }

  ConfigSpace& space_;
  const nucleus_pci_host& host_;
  const std::uint32_t host_index_;
  Vector<nucleus_pci_function>& functions_;
  Problems problems_;

  std::array<Level, max_bus_depth> levels_{};
  unsigned depth_ = 0;
  std::array<bool, 256> visited_{};
  std::uint32_t highest_ = 0;  // bus number in use
};

}  // namespace

Result<> enumerate(ConfigSpace& space, const nucleus_pci_host& host, std::uint32_t host_index,
                   Vector<nucleus_pci_function>& functions, Problems problems) {
  return Walk{space, host, host_index, functions, problems}.run();
}

const nucleus_pci_function* bridge_to(std::span<const nucleus_pci_function> functions, std::uint32_t bus) {
  for (const nucleus_pci_function& function : functions) {
    if (function.secondary_bus == bus && bus != 0) return &function;
  }
  return nullptr;
}

namespace {

/// As in nucleus_route.bridges; all ones: too many.
std::uint32_t bridges_to(std::span<const nucleus_pci_function> functions, std::uint32_t bus) {
  std::uint32_t code = 0;
  std::uint32_t count = 0;
  while (const nucleus_pci_function* const bridge = bridge_to(functions, bus)) {
    if (count == NUCLEUS_MAX_ROUTE_BRIDGES) return ~0u;
    code |= (bridge->device << 3 | bridge->function) << (8 * count++);
    bus = bridge->bus;
  }
  return count << 24 | code;
}

bool has_routes(const nucleus_pci_host& host, std::uint32_t bridges) {
  return std::ranges::any_of(std::span{host.routes}.first(host.route_count),
                             [&](const nucleus_route& route) { return route.bridges == bridges; });
}

nucleus_line find_route(const nucleus_pci_host& host, std::uint32_t bridges, const nucleus_pci_function& at,
                        std::uint32_t pin) {
  const std::uint32_t device = (at.device << 11 | at.function << 8) & host.route_device_mask;
  for (const nucleus_route& route : std::span{host.routes}.first(host.route_count)) {
    if (route.bridges == bridges && route.device == device && route.pin == (pin & host.route_pin_mask))
      return route.line;
  }
  return {NUCLEUS_NO_LINE, 0};
}

}  // namespace

void route_pins(const nucleus_pci_host& host, std::span<nucleus_pci_function> functions) {
  constexpr std::uint32_t pins = 4;
  for (nucleus_pci_function& function : functions) {
    if (function.interrupt_pin == 0) continue;
    std::uint32_t pin = function.interrupt_pin;
    const nucleus_pci_function* at = &function;
    for (;;) {
      const std::uint32_t bridges = bridges_to(functions, at->bus);
      if (has_routes(host, bridges)) {
        function.line = find_route(host, bridges, *at, pin);
        break;
      }
      // A bridge passes pins on, turned by the number of the device behind it.
      const nucleus_pci_function* const bridge = bridge_to(functions, at->bus);
      if (bridge == nullptr) break;
      pin = (pin - 1 + at->device) % pins + 1;
      at = bridge;
    }
  }
}

}  // namespace nucleus::pci
