// SPDX-License-Identifier: ISC

// The part of a devicetree that becomes BootInfo. Spec: [dt "/memory node"], [dt "/reserved-memory node"],
// [dt "/chosen node"]

#include "bus.h"
#include "machine.h"

#include <algorithm>

namespace nucleus::devicetree {
namespace {

/// Inserts `range`, shrunk to whole pages, sorted by address. What it shares with a neighbour is counted
/// once.
Result<> add_memory(BootInfo& boot, PhysRange range) {
  const std::uint64_t start = align_up(range.start.value, page_size);
  const std::uint64_t end = align_down(range.end().value, page_size);
  if (start < range.start.value || start >= end) return {};
  if (boot.memory_count == boot.memory.size()) return Error::too_many;

  unsigned at = boot.memory_count++;
  for (; at > 0 && boot.memory[at - 1].start.value > start; --at) boot.memory[at] = boot.memory[at - 1];
  boot.memory[at] = {{start}, end - start};
  return {};
}

void merge_memory(BootInfo& boot) {
  unsigned kept = 0;
  for (unsigned i = 0; i < boot.memory_count; ++i) {
    const PhysRange next = boot.memory[i];
    if (kept > 0 && next.start <= boot.memory[kept - 1].end()) {
      PhysRange& last = boot.memory[kept - 1];
      last.size = std::max(last.end().value, next.end().value) - last.start.value;
    } else {
      boot.memory[kept++] = next;
    }
  }
  boot.memory_count = kept;
}

Result<> add_reserved(BootInfo& boot, PhysRange range) {
  if (range.size == 0) return {};
  if (boot.reserved_count == boot.reserved.size()) return Error::too_many;
  boot.reserved[boot.reserved_count++] = range;
  return {};
}

Result<> decode_chosen(Node chosen, BootInfo& boot) {
  const std::uint64_t initrd_start = chosen.property("linux,initrd-start").number();
  const std::uint64_t initrd_end = chosen.property("linux,initrd-end").number();
  if (initrd_end > initrd_start) {
    boot.bundle = {{initrd_start}, initrd_end - initrd_start};
    TRY(add_reserved(boot, boot.bundle));
  }
  const std::string_view line = chosen.property("bootargs").string();
  const std::size_t length = std::min(line.size(), boot.command_line.size() - 1);
  std::copy_n(line.begin(), length, boot.command_line.begin());
  boot.command_line[length] = '\0';

  const Property seed = chosen.property("rng-seed");
  const std::size_t seed_size = std::min(seed.value.size(), boot.entropy.size());
  std::copy_n(seed.value.begin(), seed_size, boot.entropy.begin());
  boot.entropy_size = static_cast<unsigned>(seed_size);
  return {};
}

/// All `reg` entries of `node`, each given to `add`.
template <typename Add>
Result<> for_each_range(Node node, const Bus& bus, Add add) {
  PhysRange range;
  for (unsigned index = 0; bus.registers(node, index, range); ++index) TRY(add(range));
  return {};
}

}  // namespace

Result<> decode_boot(const Tree& tree, PhysAddr tree_at, BootInfo& boot) {
  const Bus root_bus{tree.root()};
  Result<> result;
  const auto keep_first_error = [&result](Error error) {
    if (result.ok()) result = error;
  };
  const auto memory = [&](PhysRange range) { return add_memory(boot, range); };
  const auto check = [&](Result<> step) {
    if (!step.ok()) keep_first_error(step.error());
  };

  tree.root().for_each_child([&](Node node) {
    if (!node.enabled()) return;
    if (node.property("device_type").string() == "memory") check(for_each_range(node, root_bus, memory));
    if (node.name() == "chosen") check(decode_chosen(node, boot));
  });
  check(decode_reserved(tree, tree_at, boot));
  merge_memory(boot);
  if (boot.memory_count == 0) keep_first_error(Error::malformed);
  return result;
}

Result<> decode_reserved(const Tree& tree, PhysAddr tree_at, BootInfo& boot) {
  const Bus root_bus{tree.root()};
  Result<> result;
  const auto check = [&](Result<> step) {
    if (!step.ok() && result.ok()) result = step;
  };
  const auto reserved = [&](PhysRange range) { return add_reserved(boot, range); };
  tree.root().for_each_child([&](Node node) {
    if (!node.enabled() || node.name() != "reserved-memory") return;
    const Bus bus{node, &root_bus};
    node.for_each_child([&](Node child) { check(for_each_range(child, bus, reserved)); });
  });
  tree.for_each_reservation([&](PhysRange range) { check(reserved(range)); });
  boot.devicetree = {tree_at, tree.size()};
  check(reserved(boot.devicetree));
  return result;
}

}  // namespace nucleus::devicetree
