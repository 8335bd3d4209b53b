// SPDX-License-Identifier: ISC
#pragma once

// The boot bundle: what a program is given at boot, as one ustar archive that QEMU hands over as initrd.
//
//   bactrian/args     the arguments, each ended by a NUL      bactrian/env   "K=V", each ended by a NUL
//   bactrian/seed     64 random bytes                         bactrian/config   lines "key=value"
//   bactrian/symbols  lines "HEXADDR NAME", by address        root/...       the image's `/`

#include <string>
#include <utility>
#include <vector>

#include "run/elf.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

enum class LinkMode { none, serial };

/// Whether chance and time go into the bundle: the seed, and the times of files. Without them (for what is
/// kept and given away) the same content makes the same bytes, and the entropy is to come from the machine.
enum class BundleContent { fresh, reproducible };

struct BundleSpec {
  std::vector<std::string> args;  ///< argv, from the program's name on
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::pair<fs::path, std::string>> files;  ///< host path, absolute path in the image
  LinkMode link = LinkMode::serial;
  bool verbose = false;
  std::vector<ElfSymbol> symbols;
  BundleContent content = BundleContent::fresh;
};

/// The link of a bundle that write_bundle() made. Errors: cannot be read.
Result<LinkMode> read_bundle_link(const fs::path& file);

/// Sets one more variable in the environment of a bundle that write_bundle() made. Errors:
/// append_to_member()'s.
Result<void> add_to_environment(const fs::path& bundle, const std::string& name, const std::string& value);

/// Writes the bundle into `file`. Returns its size in bytes. Errors: TarWriter's; a path in the image that
/// is not absolute or climbs out by "..".
Result<uint64_t> write_bundle(const BundleSpec& spec, const fs::path& file);

}  // namespace bactrian
