// SPDX-License-Identifier: ISC
#pragma once

// Content keys: what a thing was made from, as 16 hexadecimal digits of SHA-256.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// Collects the inputs of a cache entry. Every part is hashed with its label and length, so that no two
/// different lists of inputs run together. The order of the calls counts.
class KeyBuilder {
 public:
  KeyBuilder();
  ~KeyBuilder();
  KeyBuilder(const KeyBuilder&) = delete;
  KeyBuilder& operator=(const KeyBuilder&) = delete;

  KeyBuilder& add(std::string_view label, std::string_view text);
  /// The file's content, under `label` (not its path: a key must not depend on where a checkout lies).
  Result<void> add_file(std::string_view label, const fs::path& path);
  /// All regular files below `folder` whose names end with one of `suffixes` (all files when empty), in the
  /// order of their names, each with its path relative to `folder`. Names that start with '.' or "_build"
  /// are left out.
  Result<void> add_tree(const fs::path& folder, const std::vector<std::string>& suffixes = {});

  /// The key of what was added so far: 16 hexadecimal digits.
  std::string key() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bactrian
