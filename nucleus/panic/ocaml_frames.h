// SPDX-License-Identifier: ISC
#pragma once

// OCaml's frame tables: for each return address in OCaml code, the exact size of its frame. Read as data of
// unknown worth: a table that does not look like OCaml 5's is not used.

#include "memory_view.h"

#include <cstdint>

namespace nucleus {

/// What a frame table says of one return address.
struct OcamlFrame {
  bool found = false;
  bool ends_chunk = false;  // below it are frames of C, or another stack
  std::uint32_t size = 0;   // bytes; the next return address is the frame's last word
};

class OcamlFrameTables {
 public:
  /// `list` is the address of caml_frametable: addresses of tables, ended by 0. 0: the image has no OCaml.
  OcamlFrameTables(const MemoryView& memory, std::uint64_t list) : memory_{memory}, list_{list} {}

  OcamlFrame find(std::uint64_t return_address) const;

 private:
  bool find_in(std::uint64_t table, std::uint64_t return_address, OcamlFrame& frame) const;
  bool byte(std::uint64_t at, std::uint8_t& value) const;

  const MemoryView& memory_;
  std::uint64_t list_;
};

}  // namespace nucleus
