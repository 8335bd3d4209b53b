// SPDX-License-Identifier: ISC

// Our reader of flattened devicetrees against Debian's libfdt: what ours accepts, libfdt must, and it is the
// same tree to both.

#include <platform/devicetree/fdt.h>

#include <libfdt.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "compared.h"
#include "target.h"

using namespace nucleus;
using devicetree::Node;
using devicetree::Property;
using devicetree::Tree;

namespace {

[[noreturn]] void differ(const std::string& what) {
  std::fprintf(stderr, "they differ: %s\n", what.c_str());
  std::abort();
}

void compare_properties(const void* blob, int at, Node node) {
  int property = 0;
  fdt_for_each_property_offset(property, blob, at) {
    const char* name = nullptr;
    int size = 0;
    if (fdt_getprop_by_offset(blob, property, &name, &size) == nullptr) differ("a property without a value");
    // The first of that name: so both are asked.
    const void* const value = fdt_getprop(blob, at, name, &size);
    Property ours;
    if (!node.find(name, ours)) differ(std::string("no property ") + name);
    if (value == nullptr || ours.value.size() != static_cast<std::size_t>(size) ||
        std::memcmp(value, ours.value.data(), ours.value.size()) != 0)
      differ(std::string("the value of ") + name);
  }
}

void compare_nodes(const void* blob, int at, Node node) {
  int length = 0;
  const char* const name = fdt_get_name(blob, at, &length);
  if (name == nullptr || node.name() != std::string_view(name, static_cast<std::size_t>(length)))
    differ("the name of a node, '" + std::string(node.name()) + "'");
  compare_properties(blob, at, node);
  int child = fdt_first_subnode(blob, at);
  node.for_each_child([&](Node ours) {
    if (child < 0) differ("a child too many below '" + std::string(node.name()) + "'");
    compare_nodes(blob, child, ours);
    child = fdt_next_subnode(blob, child);
  });
  if (child >= 0) differ("a child is missing below '" + std::string(node.name()) + "'");
}

/// libfdt takes an entry without size for the last one; the specification wants its address to be zero, too.
void compare_reservations(const void* blob, const Tree& tree) {
  int index = 0;
  bool ended = false;
  tree.for_each_reservation([&](PhysRange range) {
    std::uint64_t address = 0, size = 0;
    ended = ended || range.size == 0;
    if (ended) return;
    if (index >= fdt_num_mem_rsv(blob) || fdt_get_mem_rsv(blob, index, &address, &size) != 0 ||
        address != range.start.value || size != range.size)
      differ("memory reservation " + std::to_string(index));
    ++index;
  });
  if (index != fdt_num_mem_rsv(blob)) differ("the number of memory reservations");
}

}  // namespace

std::size_t compared = 0;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // libfdt wants its input at a multiple of eight.
  const fuzz::ExactCopy copy({data, size});
  const void* const blob = copy.bytes().data();
  const auto ours = Tree::create({static_cast<const std::uint8_t*>(blob), size});
  const int theirs = size < devicetree::Tree::header_size ? -FDT_ERR_TRUNCATED : fdt_check_full(blob, size);
  if (ours.ok() && theirs != 0) differ(std::string("only ours accepts it; libfdt: ") + fdt_strerror(theirs));
  if (!ours.ok()) return 0;
  compare_nodes(blob, 0, ours.value().root());
  compare_reservations(blob, ours.value());
  ++compared;
  return 0;
}
