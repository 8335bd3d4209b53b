// SPDX-License-Identifier: ISC
#pragma once

// The variables of a test's header: texts that may name each other.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bactrian {

class OcamltestEnvironment {
 public:
  void set(const std::string& name, const std::string& value) { values_[name] = value; }
  void set_default(const std::string& name, const std::string& value) { values_.try_emplace(name, value); }
  /// Adds behind what the variable stands for now.
  void append(const std::string& name, const std::string& value) { set(name, get(name) + value); }
  /// Says that a program is not to have it.
  void unset(const std::string& name) { values_[name].reset(); }

  bool has(const std::string& name) const { return values_.contains(name); }
  /// The value with $NAME, ${NAME} and $(NAME) replaced (by nothing where NAME is unknown); empty when unset.
  std::string get(const std::string& name) const;
  std::vector<std::string> words(const std::string& name) const;
  int number(const std::string& name) const;  ///< 0 where it is none

  /// `include NAME` and `with NAME`: the libraries and folders that the name stands for. False: not known.
  bool include(const std::string& name);

 private:
  std::string expand(std::string_view text, std::vector<std::string>& within) const;
  void use_library(const std::string& library, const std::string& folder);

  std::map<std::string, std::optional<std::string>> values_;
};

}  // namespace bactrian
