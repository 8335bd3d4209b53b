// SPDX-License-Identifier: ISC
#pragma once

// What an image tells of itself, in its section `.bactrian` (not loaded): lines "KEY=VALUE".

#include <set>
#include <string>
#include <string_view>

#include "build/build.h"

namespace bactrian {

inline constexpr const char* image_note_section = ".bactrian";

struct ImageNote {
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  std::set<std::string> cpu_features;  ///< extensions that its code may use
  std::string compiler;                ///< "OCaml 5.4.1 (/usr/bin/ocamlopt)"
};

std::string format_note(const ImageNote& note);

/// Errors: no such note (an image of a newer bactrian, or damage).
Result<ImageNote> parse_note(std::string_view text);

/// The note of a built image. Errors: not ELF, damaged, or not made by bactrian.
Result<ImageNote> read_image_note(const fs::path& image);

/// Assembler text that puts the note into an object file.
std::string note_assembly(const ImageNote& note);

}  // namespace bactrian
