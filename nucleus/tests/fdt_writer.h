// SPDX-License-Identifier: ISC
#pragma once

// Writes flattened devicetrees for tests: begin/prop/end calls in order, then finish().

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

class FdtWriter {
 public:
  FdtWriter& begin(std::string_view name) {
    word(1);
    text(structure_, name);
    return *this;
  }
  FdtWriter& end() {
    word(2);
    return *this;
  }
  FdtWriter& bytes(std::string_view name, const std::vector<std::uint8_t>& value) {
    word(3);
    word(static_cast<std::uint32_t>(value.size()));
    word(static_cast<std::uint32_t>(strings_.size()));
    strings_.insert(strings_.end(), name.begin(), name.end());
    strings_.push_back(0);
    structure_.insert(structure_.end(), value.begin(), value.end());
    pad(structure_);
    return *this;
  }
  FdtWriter& cells(std::string_view name, std::initializer_list<std::uint32_t> values) {
    std::vector<std::uint8_t> value;
    for (std::uint32_t cell : values) append(value, cell);
    return bytes(name, value);
  }
  /// Strings separated by '|' become a list.
  FdtWriter& strings(std::string_view name, std::string_view values) {
    std::vector<std::uint8_t> value(values.begin(), values.end());
    for (auto& byte : value) {
      if (byte == '|') byte = 0;
    }
    value.push_back(0);
    return bytes(name, value);
  }
  FdtWriter& flag(std::string_view name) { return bytes(name, {}); }
  FdtWriter& reserve(std::uint64_t start, std::uint64_t size) {
    for (std::uint64_t value : {start, size}) {
      append(reservations_, static_cast<std::uint32_t>(value >> 32));
      append(reservations_, static_cast<std::uint32_t>(value));
    }
    return *this;
  }
  FdtWriter& word(std::uint32_t value) {
    append(structure_, value);
    return *this;
  }
  std::vector<std::uint8_t> finish() {
    word(9);
    reserve(0, 0);
    std::vector<std::uint8_t> blob;
    const std::uint32_t reservations_at = 40;
    const auto structure_at = reservations_at + static_cast<std::uint32_t>(reservations_.size());
    const auto strings_at = structure_at + static_cast<std::uint32_t>(structure_.size());
    const auto total = strings_at + static_cast<std::uint32_t>(strings_.size());
    for (std::uint32_t value :
         {0xd00dfeedu, total, structure_at, strings_at, reservations_at, 17u, 16u, 0u,
          static_cast<std::uint32_t>(strings_.size()), static_cast<std::uint32_t>(structure_.size())})
      append(blob, value);
    for (const auto* part : {&reservations_, &structure_, &strings_})
      blob.insert(blob.end(), part->begin(), part->end());
    return blob;
  }

 private:
  static void append(std::vector<std::uint8_t>& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  static void pad(std::vector<std::uint8_t>& to) {
    while (to.size() % 4 != 0) to.push_back(0);
  }
  static void text(std::vector<std::uint8_t>& to, std::string_view value) {
    to.insert(to.end(), value.begin(), value.end());
    to.push_back(0);
    pad(to);
  }
  std::vector<std::uint8_t> reservations_, structure_, strings_;
};
