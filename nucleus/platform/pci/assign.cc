// SPDX-License-Identifier: ISC

// Spec: [pci/bridge "Memory Base Register and Memory Limit Register"]

#include "assign.h"

#include "function.h"

#include <nucleus/address.h>

#include <algorithm>
#include <array>

namespace nucleus::pci {
namespace {

/// The kinds of windows, of hosts and of bridges. Prefetchable ones have 64 bits where the host has such.
enum Kind : unsigned { ports, memory, prefetchable, kind_count };

/// What is left of a window of the host.
struct Room {
  std::uint64_t next = 0;
  std::uint64_t end = 0;

  /// A place for `size` bytes, aligned to them; 0 if there is no room.
  std::uint64_t take(std::uint64_t size) {
    const std::uint64_t at = align_up(next, size);
    if (at < next || at >= end || end - at < size) return 0;
    next = at + size;
    return at;
  }
};

constexpr std::uint64_t bridge_granularity(unsigned kind) {
  return kind == ports ? std::uint64_t{1} << 12 : std::uint64_t{1} << 20;
}

class Assignment {
 public:
  Assignment(ConfigSpace& space, const nucleus_pci_host& host, std::span<nucleus_pci_function> functions,
             Problems problems)
      : space_{space}, functions_{functions}, problems_{problems} {
    for (std::uint32_t i = 0; i < host.window_count; ++i) take_window(host.windows[i]);
  }

  void run(std::uint32_t root_bus) {
    place_bus({.number = root_bus, .is_root = true, .reaches_high = true});
    for (nucleus_pci_function& function : functions_) {
      for (nucleus_bar& bar : function.bars) {
        if (bar.cpu_address == no_room) bar.cpu_address = 0;
      }
    }
  }

 private:
  static constexpr std::uint64_t no_room = ~std::uint64_t{0};  // the mark of a BAR that had its turn

  struct Bus {
    std::uint32_t number = 0;
    bool is_root = false;
    bool reaches_high = false;  // all bridges on the way have windows of 64 bits
  };

  void take_window(const nucleus_window& window) {
    const unsigned kind = window.kind == NUCLEUS_WINDOW_PORTS       ? ports
                          : window.kind == NUCLEUS_WINDOW_MEMORY_64 ? prefetchable
                                                                    : memory;
    // Address 0 means "no place" in a BAR.
    const std::uint64_t start = std::max(window.bus_address, bridge_granularity(kind));
    const std::uint64_t end = window.bus_address + window.size;
    if (start < end && rooms_[kind].end - rooms_[kind].next < end - start) rooms_[kind] = {start, end};
  }

  /// BARs first, the largest before others, so that little is lost between them; then what is behind bridges.
  void place_bus(const Bus& bus) {
    while (place_largest(bus)) {
    }
    for (nucleus_pci_function& function : functions_) {
      if (function.bus != bus.number) continue;
      if (function.secondary_bus != 0) place_behind(function, bus);
      answer(function);
    }
  }

  bool place_largest(const Bus& bus) {
    nucleus_pci_function* owner = nullptr;
    unsigned chosen = 0;
    for (nucleus_pci_function& function : functions_) {
      for (unsigned i = 0; function.bus == bus.number && i < std::size(function.bars); ++i) {
        const nucleus_bar& bar = function.bars[i];
        if (bar.kind == 0 || bar.bus_address != 0 || bar.cpu_address == no_room) continue;
        if (owner == nullptr || bar.size > owner->bars[chosen].size) {
          owner = &function;
          chosen = i;
        }
      }
    }
    if (owner == nullptr) return false;
    place(*owner, chosen, bus);
    return true;
  }

  void place(nucleus_pci_function& function, unsigned index, const Bus& bus) {
    nucleus_bar& bar = function.bars[index];
    const bool wide = bar.kind == NUCLEUS_BAR_MEMORY_64;
    // Behind a bridge only the prefetchable window reaches above 4 GiB.
    const bool may_be_high = wide && (bus.is_root || (bar.prefetchable != 0 && bus.reaches_high));
    std::uint64_t at = 0;
    if (bar.kind == NUCLEUS_BAR_PORTS) {
      at = rooms_[ports].take(bar.size);
    } else {
      if (may_be_high) at = rooms_[prefetchable].take(bar.size);
      if (at == 0) at = rooms_[memory].take(bar.size);
    }
    if (at == 0) {
      problems_.add("PCI {:x}: no place for BAR {} of {:x} bytes", name_of(function), index, bar.size);
      bar.cpu_address = no_room;
      return;
    }
    bar.bus_address = at;
    const std::uint32_t offset = offset::bars + 4 * index;
    space_.write(address_of(function), offset, static_cast<std::uint32_t>(at));
    if (wide) space_.write(address_of(function), offset + 4, static_cast<std::uint32_t>(at >> 32));
  }

  void place_behind(const nucleus_pci_function& bridge, const Bus& above) {
    constexpr std::uint32_t window_of_64_bits = 1;
    const std::uint32_t window = space_.read(address_of(bridge), offset::prefetch_window);
    std::array<std::uint64_t, kind_count> starts{};
    for (unsigned kind = 0; kind < kind_count; ++kind) {
      rooms_[kind].next = align_up(rooms_[kind].next, bridge_granularity(kind));
      starts[kind] = rooms_[kind].next;
    }
    place_bus({.number = bridge.secondary_bus,
               .reaches_high = above.reaches_high && (window & 0xf) == window_of_64_bits});
    for (unsigned kind = 0; kind < kind_count; ++kind)
      rooms_[kind].next = align_up(rooms_[kind].next, bridge_granularity(kind));
    open(bridge, starts);
  }

  /// The bridge's windows; one in which nothing is has its limit below its base.
  void open(const nucleus_pci_function& bridge, const std::array<std::uint64_t, kind_count>& starts) {
    const Address at = address_of(bridge);
    const auto limit = [&](unsigned kind) { return rooms_[kind].next - 1; };
    const auto is_empty = [&](unsigned kind) { return rooms_[kind].next == starts[kind]; };

    std::uint32_t value = 0x00f0;
    if (!is_empty(ports))
      value = static_cast<std::uint32_t>((starts[ports] >> 8 & 0xf0) | (limit(ports) & 0xf000));
    // The upper half is the secondary status, whose bits a zero leaves alone.
    space_.write(at, offset::port_window, value);
    if (!is_empty(ports))
      space_.write(at, offset::port_window_high,
                   static_cast<std::uint32_t>((starts[ports] >> 16 & 0xffff) | (limit(ports) & 0xffff'0000)));

    const auto memory_register = [&](unsigned kind) {
      if (is_empty(kind)) return std::uint32_t{0x0000'fff0};
      return static_cast<std::uint32_t>((starts[kind] >> 16 & 0xfff0) | (limit(kind) & 0xfff0'0000));
    };
    space_.write(at, offset::memory_window, memory_register(memory));
    space_.write(at, offset::prefetch_base_high, static_cast<std::uint32_t>(starts[prefetchable] >> 32));
    space_.write(at, offset::prefetch_limit_high,
                 is_empty(prefetchable) ? 0 : static_cast<std::uint32_t>(limit(prefetchable) >> 32));
    space_.write(at, offset::prefetch_window, memory_register(prefetchable));
  }

  /// Lets a function answer to its BARs, and a bridge pass on what is for those behind it, and what they
  /// send.
  void answer(const nucleus_pci_function& function) {
    std::uint32_t wanted = 0;
    for (const nucleus_bar& bar : function.bars) {
      if (bar.bus_address == 0) continue;
      wanted |= bar.kind == NUCLEUS_BAR_PORTS ? command_ports : command_memory;
    }
    if (function.secondary_bus != 0) wanted |= command_ports | command_memory | command_bus_master;
    if (wanted == 0) return;
    const std::uint32_t before = space_.read(address_of(function), offset::command) & command_mask;
    space_.write(address_of(function), offset::command, before | wanted);
  }

  ConfigSpace& space_;
  std::span<nucleus_pci_function> functions_;
  Problems problems_;
  std::array<Room, kind_count> rooms_{};
};

bool has_place(const nucleus_pci_function& function) {
  return std::ranges::any_of(function.bars, [](const nucleus_bar& bar) { return bar.bus_address != 0; });
}

bool is_of_window(const nucleus_bar& bar, const nucleus_window& window) {
  const bool same_space = (bar.kind == NUCLEUS_BAR_PORTS) == (window.kind == NUCLEUS_WINDOW_PORTS);
  return same_space && bar.bus_address >= window.bus_address &&
         bar.bus_address - window.bus_address < window.size &&
         bar.size <= window.size - (bar.bus_address - window.bus_address);
}

}  // namespace

void assign_addresses(ConfigSpace& space, const nucleus_pci_host& host,
                      std::span<nucleus_pci_function> functions, Problems problems) {
  if (host.window_count == 0 || std::ranges::any_of(functions, has_place)) return;
  Assignment{space, host, functions, problems}.run(host.first_bus);
}

void find_cpu_addresses(const nucleus_pci_host& host, std::span<nucleus_pci_function> functions) {
  for (nucleus_pci_function& function : functions) {
    for (nucleus_bar& bar : function.bars) {
      if (bar.bus_address == 0) continue;
      // Where nobody tells windows (a PC) the bus' addresses are the CPU's.
      if (host.window_count == 0) bar.cpu_address = bar.bus_address;
      for (std::uint32_t i = 0; i < host.window_count; ++i) {
        const nucleus_window& window = host.windows[i];
        if (is_of_window(bar, window))
          bar.cpu_address = window.cpu_address + (bar.bus_address - window.bus_address);
      }
    }
  }
}

}  // namespace nucleus::pci
