// SPDX-License-Identifier: ISC

#include "value.h"

namespace nucleus::aml {
namespace {

template <typename T>
bool take(Bytes& from, T& value) {
  if (from.size() < sizeof value) return false;
  __builtin_memcpy(&value, from.data(), sizeof value);
  from = from.subspan(sizeof value);
  return true;
}

bool take_head(Bytes& from, Value& value) {
  std::uint8_t tag = 0;
  std::uint32_t size = 0;
  if (!take(from, tag) || tag > static_cast<std::uint8_t>(Kind::reference)) return false;
  value = {.kind = static_cast<Kind>(tag)};
  switch (value.kind) {
    case Kind::other:
      return true;
    case Kind::integer:
      return take(from, value.number);
    case Kind::package:
      return take(from, value.count);
    default:
      if (!take(from, size) || size > from.size()) return false;
      value.bytes = from.first(size);
      from = from.subspan(size);
      return true;
  }
}

}  // namespace

std::optional<Value> Reader::next() {
  Bytes rest = rest_;
  Value value;
  if (!take_head(rest, value)) {
    rest_ = {};
    return {};
  }
  if (value.is(Kind::package)) {
    // Elements of elements count, too. Each takes a byte, so a count that is too large ends soon.
    const Bytes start = rest;
    for (std::uint64_t left = value.count; left > 0; --left) {
      Value inner;
      if (!take_head(rest, inner)) {
        rest_ = {};
        return {};
      }
      if (inner.is(Kind::package)) left += inner.count;
    }
    value.bytes = start.first(start.size() - rest.size());
  }
  rest_ = rest;
  return value;
}

std::optional<Value> read_value(Bytes bytes) {
  Reader reader{bytes};
  return reader.next();
}

std::optional<std::uint64_t> integer_at(const Value& package, unsigned index) {
  Reader reader{package};
  for (unsigned i = 0; const auto element = reader.next(); ++i) {
    if (i != index) continue;
    if (!element->is(Kind::integer)) return {};
    return element->number;
  }
  return {};
}

}  // namespace nucleus::aml
