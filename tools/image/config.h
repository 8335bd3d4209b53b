// SPDX-License-Identifier: ISC
#pragma once

// The configuration of a disk image, in TOML. docs/cli.md describes it for people.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "run/bundle.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct ImageConfig {
  bool system = false;                ///< of kind "system": the kernel program of kernel/
  fs::path program;                   ///< a .ml file, a folder, or a built image; of a system: none
  std::vector<std::string> packages;  ///< that a .ml file uses
  std::vector<std::string> args;      ///< after the program's name
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::pair<fs::path, std::string>> files;     ///< host path, absolute path in the image; of a
                                                           ///< system: on the data partition
  std::vector<std::pair<fs::path, std::string>> programs;  ///< of a system: a program, absolute path there
  LinkMode console = LinkMode::serial;  ///< what stands on the serial line: the host link, or text
  std::string command_line;             ///< for the kernel
  uint64_t data_size = 0;               ///< bytes of the data partition; 0: none
  fs::path data_from;                   ///< the folder or archive that it holds; empty: nothing
};

/// Reads a configuration; paths in it are relative to its folder. Errors, each with file and line: not TOML,
/// an unknown name (the nearest known one is suggested), a value of another type, a kind that there is not.
Result<ImageConfig> read_image_config(const fs::path& file);

/// The same of a text; `file` names it in errors, and paths are relative to its folder.
Result<ImageConfig> parse_image_config(std::string_view text, const fs::path& file);

}  // namespace bactrian
