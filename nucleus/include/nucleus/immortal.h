// SPDX-License-Identifier: ISC
#pragma once

// Immortal<T>: a global that is initialised by constants and never destroyed, whatever T's destructor does.

namespace nucleus {

template <typename T>
union Immortal {
  constexpr Immortal() : value{} {}
  ~Immortal() {}
  T value;
};

}  // namespace nucleus
