// SPDX-License-Identifier: ISC
#pragma once

// What a program is made of, kept in one file: the objects themselves, and the names of the libraries beside
// the compiler. Such a file stands where the compiler would have put the executable (dune takes it for one),
// and the final link for any target starts from it.
//
// Form: the line "BACTRIAN-LINK 1 N", N bytes of JSON, then the embedded files one after another.

#include <string>
#include <string_view>
#include <vector>

#include "build/link_line.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct LinkRecord {
  struct Item {
    LinkInput input;           ///< `path` is what messages call it; where not embedded, also where it is
    bool embedded = false;     ///< the content is in the record: what the build made, which may vanish
    std::string content = {};  ///< where embedded
  };
  std::vector<Item> items;
  std::vector<std::string> linker_flags;
};

std::string serialize(const LinkRecord& record);

/// Errors: not a link record, or a damaged one.
Result<LinkRecord> parse_link_record(std::string_view bytes);

/// Makes the record of a link that runs in `folder`. Archives outside of it (libraries beside the compiler)
/// are named by their absolute path; all else is embedded. Errors: an input that cannot be read.
Result<LinkRecord> make_link_record(const LinkLine& line, const fs::path& folder);

/// The inputs as files again: embedded ones are written into `folder`, which exists.
Result<std::vector<LinkInput>> unpack(const LinkRecord& record, const fs::path& folder);

/// The record's key: what was embedded and what the libraries named by it contain now.
Result<std::string> content_key(const LinkRecord& record);

/// Whether an object or a static library of the program holds one of these names; those in the folder
/// `without` are not looked into. Errors: an input that cannot be read.
Result<bool> names_one_of(const LinkRecord& record, const std::vector<std::string_view>& names,
                          const fs::path& without);

/// The command that stands in the C compiler's place (`ocamlopt -cc`): writes the record of the link that it
/// is asked for. Compilations of C files go on to $BACTRIAN_NATIVE_CC. Returns the exit status.
int record_link(const std::vector<std::string>& arguments);

}  // namespace bactrian
