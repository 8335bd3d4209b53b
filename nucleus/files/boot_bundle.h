// SPDX-License-Identifier: ISC
#pragma once

// The boot bundle: the tar archive by which arguments, environment, entropy, settings, symbols and files
// enter an image (docs/architecture.md, "The boot bundle"). Decoded completely before anything is made of it.

#include "file_tree.h"

#include <nucleus/result.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace nucleus {

/// The members under bactrian/; empty where missing. Views into the archive.
struct BootBundle {
  std::span<const std::byte> archive;
  std::string_view arguments;    // NUL-separated
  std::string_view environment;  // NUL-separated
  std::span<const std::byte> seed;
  std::string_view config;  // lines key=value
  std::string_view symbols;
  std::size_t file_count = 0;  // members under root/

  /// The value of `key` in config, or `otherwise`.
  std::string_view setting(std::string_view key, std::string_view otherwise) const;
};

/// Reads the whole archive. An empty one is an empty bundle. Errors: malformed.
Result<BootBundle> decode_boot_bundle(std::span<const std::byte> archive);

/// Makes the files of root/ in `tree`, their data left in place. A later member replaces an earlier one of
/// its name. Errors: malformed (a hard link to nothing, a file in place of a folder), out_of_memory,
/// no_space, too_long, loop.
Result<> mount_boot_bundle(const BootBundle& bundle, FileTree& tree);

}  // namespace nucleus
