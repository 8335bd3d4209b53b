// SPDX-License-Identifier: ISC

#include "resources.h"

#include <platform/description/description.h>

namespace nucleus::aml {
namespace {

/// A field of a descriptor; 0 beyond its end.
template <typename T>
T load(Bytes from, std::size_t offset) {
  T value{};
  if (offset <= from.size() && from.size() - offset >= sizeof value)
    __builtin_memcpy(&value, from.data() + offset, sizeof value);
  return value;
}

// The first byte: bit 7 tells large descriptors from small ones, whose length is in the low three bits.
enum Small : std::uint8_t { irq = 0x04, io_port = 0x08, fixed_io_port = 0x09, end_tag = 0x0f };
enum Large : std::uint8_t {
  memory_32 = 0x85,
  fixed_memory_32 = 0x86,
  dword_space = 0x87,
  word_space = 0x88,
  extended_interrupt = 0x89,
  qword_space = 0x8a,
  extended_space = 0x8b,
};

/// Flags of a line: bits of a small and of a large descriptor.
std::uint32_t flags_of_small(std::uint8_t flags) {
  return line_flags((flags & 1) == 0, (flags & 8) != 0);
}
std::uint32_t flags_of_large(std::uint8_t flags) {
  return line_flags((flags & 2) == 0, (flags & 4) != 0);
}

Resource range_of(const AddressRange& range) {
  if (range.size == 0 || range.size - 1 > ~range.first) return {};
  return {.kind = Resource::Kind::range, .range = range};
}

Resource read_irq(Bytes item) {
  constexpr std::uint8_t edge_and_high = 1;
  const auto mask = load<std::uint16_t>(item, 1);
  const std::uint8_t flags = item.size() >= 4 ? load<std::uint8_t>(item, 3) : edge_and_high;
  Resource resource{.kind = Resource::Kind::interrupts};
  InterruptChoice& choice = resource.interrupts;
  choice = {.isa = true, .flags = flags_of_small(flags), .raw_flags = flags};
  for (std::uint32_t line = 0; line < 16; ++line) {
    if ((mask >> line & 1) != 0) choice.lines[choice.count++] = line;
  }
  return resource;
}

Resource read_extended_interrupt(Bytes item) {
  constexpr std::size_t first_line = 5;
  const auto flags = load<std::uint8_t>(item, 3);
  const std::size_t count = load<std::uint8_t>(item, 4);
  Resource resource{.kind = Resource::Kind::interrupts};
  InterruptChoice& choice = resource.interrupts;
  choice = {.flags = flags_of_large(flags), .raw_flags = flags};
  for (std::size_t i = 0; i < count && choice.count < InterruptChoice::most; ++i) {
    const std::size_t at = first_line + 4 * i;
    if (at + 4 > item.size()) break;
    choice.lines[choice.count++] = load<std::uint32_t>(item, at);
  }
  return resource;
}

/// Address spaces of 2, 4 or 8 bytes a number: granularity, first, last, translation, length.
template <typename T>
Resource read_space(Bytes item, std::size_t numbers) {
  enum GeneralFlag : std::uint8_t { consumed = 1 };
  constexpr std::uint8_t prefetchable = 3;
  if (item.size() < numbers + 5 * sizeof(T)) return {};
  const auto type = load<std::uint8_t>(item, 3);
  if (type > 2) return {};
  const std::uint64_t last = load<T>(item, numbers + 2 * sizeof(T));
  AddressRange range{.kind = static_cast<AddressRange::Kind>(type),
                     .produced = (load<std::uint8_t>(item, 4) & consumed) == 0,
                     .prefetchable = type == 0 && (load<std::uint8_t>(item, 5) >> 1 & 3) == prefetchable,
                     .first = load<T>(item, numbers + sizeof(T)),
                     .size = load<T>(item, numbers + 4 * sizeof(T)),
                     .translation = load<T>(item, numbers + 3 * sizeof(T))};
  // The length says how much is used; it cannot be more than what there is.
  if (last < range.first || range.size - 1 > last - range.first) return {};
  return range_of(range);
}

Resource read_large(std::uint8_t type, Bytes item) {
  switch (type) {
    case memory_32:
      return range_of({.first = load<std::uint32_t>(item, 4), .size = load<std::uint32_t>(item, 16)});
    case fixed_memory_32:
      return range_of({.first = load<std::uint32_t>(item, 4), .size = load<std::uint32_t>(item, 8)});
    case word_space:
      return read_space<std::uint16_t>(item, 6);
    case dword_space:
      return read_space<std::uint32_t>(item, 6);
    case qword_space:
      return read_space<std::uint64_t>(item, 6);
    case extended_space:
      return read_space<std::uint64_t>(item, 8);
    case extended_interrupt:
      return read_extended_interrupt(item);
    default:
      return {};
  }
}

Resource read_small(std::uint8_t type, Bytes item) {
  constexpr auto ports = AddressRange::Kind::ports;
  switch (type) {
    case irq:
      return read_irq(item);
    case io_port:
      return range_of(
          {.kind = ports, .first = load<std::uint16_t>(item, 2), .size = load<std::uint8_t>(item, 7)});
    case fixed_io_port:
      return range_of(
          {.kind = ports, .first = load<std::uint16_t>(item, 1), .size = load<std::uint8_t>(item, 3)});
    default:
      return {};
  }
}

}  // namespace

std::optional<Resource> ResourceReader::next() {
  constexpr std::uint8_t is_large = 0x80;
  if (rest_.empty()) {
    malformed_ = true;  // an end tag should have come before
    return {};
  }
  const auto head = load<std::uint8_t>(rest_, 0);
  const bool large = (head & is_large) != 0;
  const std::size_t size =
      large ? std::size_t{3} + load<std::uint16_t>(rest_, 1) : std::size_t{1} + (head & 7);
  if (size > rest_.size() || (large && rest_.size() < 3)) {
    malformed_ = true;
    return {};
  }
  const Bytes item = rest_.first(size);
  if (!large && head >> 3 == end_tag) return {};
  rest_ = rest_.subspan(size);
  return large ? read_large(head, item) : read_small(head >> 3, item);
}

std::optional<InterruptChoice> find_interrupts(Bytes list) {
  ResourceReader reader{list};
  while (const auto resource = reader.next()) {
    if (resource->kind == Resource::Kind::interrupts) return resource->interrupts;
  }
  return {};
}

ChosenInterrupt choose(const InterruptChoice& choice, std::uint32_t line) {
  ChosenInterrupt chosen;
  const auto put = [&](std::uint32_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      chosen.bytes[chosen.size++] = static_cast<std::byte>(value >> (8 * i));
  };
  if (choice.isa) {
    put(irq << 3 | 3, 1);
    put(1u << (line & 15), 2);
    put(choice.raw_flags, 1);
  } else {
    put(extended_interrupt, 1);
    put(6, 2);
    put(choice.raw_flags, 1);
    put(1, 1);
    put(line, 4);
  }
  put(end_tag << 3 | 1, 1);
  put(0, 1);  // a checksum of 0 is right for every list
  return chosen;
}

}  // namespace nucleus::aml
