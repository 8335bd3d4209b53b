// SPDX-License-Identifier: ISC
#pragma once

// SeaHash 4.1 with its default seeds: the checksum of the format. It finds damage; it is no defence against
// an attacker, who can compute it too.

#include <redoxfs/services.h>

namespace redoxfs {

std::uint64_t seahash(ConstBytes data);

}  // namespace redoxfs
