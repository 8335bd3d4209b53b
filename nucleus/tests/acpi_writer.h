// SPDX-License-Identifier: ISC
#pragma once

// Writes ACPI tables for tests.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace testing_acpi {

/// A table under construction: the header, then what is appended. finish() fills in length and checksum.
class Table {
 public:
  explicit Table(std::string_view signature) : bytes_(36) { std::memcpy(bytes_.data(), signature.data(), 4); }

  template <typename T>
  Table& set(std::size_t offset, T value) {
    if (bytes_.size() < offset + sizeof value) bytes_.resize(offset + sizeof value);
    std::memcpy(bytes_.data() + offset, &value, sizeof value);
    return *this;
  }
  Table& set_text(std::size_t offset, std::string_view text) {
    for (const char c : text) set<char>(offset++, c);
    return *this;
  }
  Table& add(std::initializer_list<unsigned> values) {
    for (unsigned value : values) bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::byte> finish() {
    set<std::uint32_t>(4, static_cast<std::uint32_t>(bytes_.size()));
    seal(bytes_, 9);
    return bytes_;
  }
  static void seal(std::vector<std::byte>& bytes, std::size_t checksum_at) {
    bytes[checksum_at] = std::byte{0};
    unsigned sum = 0;
    for (std::byte b : bytes) sum += static_cast<unsigned>(b);
    bytes[checksum_at] = static_cast<std::byte>(-sum & 0xff);
  }

 private:
  std::vector<std::byte> bytes_;
};

inline std::vector<std::byte> root_pointer(std::uint32_t rsdt, std::uint64_t xsdt) {
  std::vector<std::byte> bytes(36);
  std::memcpy(bytes.data(), "RSD PTR ", 8);
  std::memcpy(bytes.data() + 16, &rsdt, 4);
  if (xsdt != 0) bytes[15] = std::byte{2};
  std::vector<std::byte> first(bytes.begin(), bytes.begin() + 20);
  Table::seal(first, 8);
  bytes[8] = first[8];
  std::memcpy(bytes.data() + 24, &xsdt, 8);
  Table::seal(bytes, 32);
  return bytes;
}

}  // namespace testing_acpi
