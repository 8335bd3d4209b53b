// SPDX-License-Identifier: ISC
#pragma once

// Values of AML as the interpreter writes them down (platform/aml/value.h), and lists of resources.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace testing_aml {

using Data = std::vector<std::byte>;

inline Data operator+(Data a, const Data& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

template <typename T>
Data raw(T value) {
  Data bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline Data tag(std::uint8_t value) {
  return {std::byte{value}};
}

inline Data integer(std::uint64_t value) {
  return tag(1) + raw(value);
}

inline Data content(std::uint8_t kind, std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return tag(kind) + raw(static_cast<std::uint32_t>(text.size())) + Data(bytes, bytes + text.size());
}
inline Data string(std::string_view text) {
  return content(2, text);
}
inline Data reference(std::string_view path) {
  return content(5, path);
}
inline Data buffer(const Data& bytes) {
  return tag(3) + raw(static_cast<std::uint32_t>(bytes.size())) + bytes;
}
inline Data package(std::initializer_list<Data> elements) {
  Data made = tag(4) + raw(static_cast<std::uint32_t>(elements.size()));
  for (const Data& element : elements) made = made + element;
  return made;
}

// Descriptors of resources.

inline Data end_tag() {
  return tag(0x79) + tag(0);
}
inline Data irq(std::uint16_t mask, std::uint8_t flags) {
  return tag(0x23) + raw(mask) + tag(flags);
}
inline Data interrupts(std::uint8_t flags, std::initializer_list<std::uint32_t> lines) {
  Data made = tag(0x89) + raw(static_cast<std::uint16_t>(2 + 4 * lines.size())) + tag(flags) +
              tag(static_cast<std::uint8_t>(lines.size()));
  for (const std::uint32_t line : lines) made = made + raw(line);
  return made;
}
/// type: 0 memory, 1 ports, 2 buses; T: two, four or eight bytes a number.
template <typename T>
Data space(std::uint8_t type, T first, T last, T translation, T size, std::uint8_t general = 0x0c,
           std::uint8_t specific = 0) {
  const std::uint8_t kind = sizeof(T) == 2 ? 0x88 : sizeof(T) == 4 ? 0x87 : 0x8a;
  return tag(kind) + raw(static_cast<std::uint16_t>(3 + 5 * sizeof(T))) + tag(type) + tag(general) +
         tag(specific) + raw(T{0}) + raw(first) + raw(last) + raw(translation) + raw(size);
}

/// A row of _PRT.
inline Data route(std::uint32_t device, std::uint32_t pin, const Data& source, std::uint64_t index) {
  return package({integer(std::uint64_t{device} << 16 | 0xffff), integer(pin), source, integer(index)});
}

}  // namespace testing_aml
