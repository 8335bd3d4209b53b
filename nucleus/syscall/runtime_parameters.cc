// SPDX-License-Identifier: ISC

#include "runtime_parameters.h"

#include <nucleus/log.h>

#include <algorithm>
#include <array>

namespace nucleus {
namespace {

/// The variable that starts with `name`, with its NUL; empty if there is none.
std::span<char> find_variable(std::span<char> environment, std::string_view name) {
  while (!environment.empty()) {
    const auto end = std::find(environment.begin(), environment.end(), '\0');
    const auto length = static_cast<std::size_t>(end - environment.begin());
    if (std::string_view{environment.data(), length}.starts_with(name)) {
      return environment.first(std::min(length + 1, environment.size()));
    }
    environment = environment.subspan(std::min(length + 1, environment.size()));
  }
  return {};
}

/// True if the value of OCAMLRUNPARAM, a list of OPTION=VALUE with commas, has the option with this letter.
bool has_option(std::string_view value, char letter) {
  while (!value.empty()) {
    if (value.size() > 1 && value[0] == letter && value[1] == '=') return true;
    const std::size_t comma = value.find(',');
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

/// A variable NAME=VALUE that grows in a buffer of known size.
class Variable {
 public:
  explicit Variable(std::span<char> buffer) : buffer_{buffer} {}

  void add(std::string_view text) {
    fits_ = fits_ && text.size() < buffer_.size() - size_;  // leaves a byte for the NUL
    if (fits_) size_ += text.copy(buffer_.data() + size_, text.size());
  }
  /// Adds LETTER=NUMBER to the list, unless the number is 0 or the list `value` has the option.
  void add_option(std::string_view value, char letter, std::uint64_t number) {
    if (number == 0 || has_option(value, letter)) return;
    std::array<char, 32> text;
    if (has_value_) add(",");
    add(format(text, "{}={}", letter, number));
    has_value_ = true;
    changed_ = true;
  }
  void add_value(std::string_view value) {
    add(value);
    has_value_ = !value.empty();
  }

  /// Whether options were added, and there was room for all.
  bool good() const { return fits_ && changed_; }
  std::string_view finish() {
    buffer_[size_] = '\0';
    return {buffer_.data(), size_ + 1};
  }

 private:
  std::span<char> buffer_;
  std::size_t size_ = 0;
  bool fits_ = true;
  bool has_value_ = false;
  bool changed_ = false;
};

}  // namespace

RuntimeParameters with_limits(std::span<char> environment, RuntimeLimits limits, std::span<char> buffer) {
  std::string_view name = "OCAMLRUNPARAM=";
  std::span<char> variable = find_variable(environment, name);
  if (variable.empty()) {
    const std::span<char> older = find_variable(environment, "CAMLRUNPARAM=");
    if (!older.empty()) {
      name = "CAMLRUNPARAM=";
      variable = older;
    }
  }
  const std::string_view unchanged{environment.data(), environment.size()};
  std::string_view value;
  if (!variable.empty()) {
    value = std::string_view{variable.data(), variable.size()}.substr(name.size());
    value = value.substr(0, value.find('\0'));
  }
  Variable added{buffer};
  added.add(name);
  added.add_value(value);
  added.add_option(value, 'l', limits.stack);
  added.add_option(value, 's', limits.minor_heap);
  if (!added.good()) return {unchanged, {}};

  // The old variable is taken out by moving what follows it.
  std::size_t kept = environment.size();
  if (!variable.empty()) {
    const auto end = variable.end() - environment.begin();
    std::copy(environment.begin() + end, environment.end(), variable.begin());
    kept -= variable.size();
  }
  return {{environment.data(), kept}, added.finish()};
}

}  // namespace nucleus
