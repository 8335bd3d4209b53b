// SPDX-License-Identifier: ISC
#pragma once

// Files of the volume that the loader itself came from.

#include <nucleus/address.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace loader {

/// The whole file, in pages of its own; a zero byte follows the content. `path` starts with '/' and has '/'
/// between its parts. Fails for good, with a message, if there is no such file or it cannot be read whole.
std::span<std::byte> read_file(std::string_view path);

}  // namespace loader
