// SPDX-License-Identifier: ISC

#include "routing.h"

namespace nucleus::aml {

std::optional<PinRoute> read_route(const Value& row) {
  constexpr std::uint64_t pins = 4;
  constexpr std::uint64_t devices = 32;
  Reader reader{row};
  const auto address = reader.next();
  const auto pin = reader.next();
  const auto source = reader.next();
  const auto index = reader.next();
  if (!index || !address->is(Kind::integer) || !pin->is(Kind::integer)) return {};
  if (pin->number >= pins || address->number >> 16 >= devices) return {};
  PinRoute route{.device = static_cast<std::uint32_t>(address->number >> 16),
                 .pin = static_cast<std::uint32_t>(pin->number) + 1};
  // Of a link device there is but one resource that is an interrupt; its index is always 0 in the field.
  if (source->is(Kind::reference) || (source->is(Kind::string) && !source->bytes.empty())) {
    route.link = source->text();
    return route;
  }
  if (!index->is(Kind::integer) || index->number > UINT32_MAX - 1) return {};
  route.line = static_cast<std::uint32_t>(index->number);
  return route;
}

}  // namespace nucleus::aml
