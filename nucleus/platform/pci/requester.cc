// SPDX-License-Identifier: ISC

#include "requester.h"

#include "function.h"

namespace nucleus::pci {
namespace {

constexpr std::uint32_t bridge_header = 1;

/// Which id stands for everything behind a bridge; `id` if they keep their own.
std::uint32_t id_behind(ConfigSpace& space, const nucleus_pci_function& bridge, std::uint32_t id) {
  constexpr std::uint32_t express_to_old = 7;
  for (std::uint32_t i = 0; i < bridge.capability_count; ++i) {
    const nucleus_capability& capability = bridge.capabilities[i];
    if (capability.id != express || capability.offset >= offset::extended) continue;
    const std::uint32_t port_type = space.read(address_of(bridge), capability.offset) >> 20 & 15;
    return port_type == express_to_old ? bridge.secondary_bus << 8 : id;
  }
  return name_of(bridge);  // it is on an old bus itself
}

}  // namespace

std::uint32_t requester_id(ConfigSpace& space, const nucleus_pci& pci, const nucleus_pci_function& function) {
  std::uint32_t id = name_of(function);
  std::uint32_t bus = function.bus;
  // Each bus comes before those behind it, so one pass from the end meets all bridges on the way to the root.
  for (std::uint32_t i = pci.function_count; i-- > 0;) {
    const nucleus_pci_function& bridge = pci.functions[i];
    if (bridge.host != function.host || bridge.header_type != bridge_header || bridge.secondary_bus != bus)
      continue;
    id = id_behind(space, bridge, id);
    bus = bridge.bus;
  }
  return id;
}

}  // namespace nucleus::pci
