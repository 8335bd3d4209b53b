// SPDX-License-Identifier: ISC
#pragma once

// What AML evaluates to, as the interpreter writes it down (nucleus/acpica): a tag, then an integer of 8
// bytes, or a length of 4 and bytes, or a count of 4 and a package's elements. Decoded here, checked, without
// an allocation: whatever the bytes are, nothing outside of them is read.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace nucleus::aml {

using Bytes = std::span<const std::byte>;

enum class Kind : std::uint8_t {
  other = 0,  // something that nobody here wants
  integer,
  string,
  buffer,
  package,
  reference,  // to a named object: its absolute path
};

/// A value within the bytes that it was read from.
struct Value {
  Kind kind = Kind::other;
  std::uint64_t number = 0;  // integer
  std::uint32_t count = 0;   // package: how many elements
  Bytes bytes;               // string, buffer, reference: the content; package: the elements

  bool is(Kind wanted) const { return kind == wanted; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

/// Reads values one after another.
class Reader {
 public:
  explicit Reader(Bytes bytes) : rest_{bytes} {}
  /// The elements of a package.
  explicit Reader(const Value& package) : rest_{package.is(Kind::package) ? package.bytes : Bytes{}} {}

  /// Nothing: that was the last, or the bytes are no values.
  std::optional<Value> next();

 private:
  Bytes rest_;
};

/// The one value that the bytes are. Nothing: they are not one.
std::optional<Value> read_value(Bytes bytes);

/// Element `index` of a package, if it is an integer.
std::optional<std::uint64_t> integer_at(const Value& package, unsigned index);

}  // namespace nucleus::aml
