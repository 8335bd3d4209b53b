// SPDX-License-Identifier: ISC

#include "runtime_parameters.h"

#include <nucleus/log.h>

#include <algorithm>

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

/// True if the value of OCAMLRUNPARAM, a list of OPTION=VALUE with commas, has option `l`.
bool has_stack_limit(std::string_view value) {
  while (!value.empty()) {
    if (value.starts_with("l=")) return true;
    const std::size_t comma = value.find(',');
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

RuntimeParameters with_stack_limit(std::span<char> environment, std::uint64_t limit_words,
                                   std::span<char> buffer) {
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
  if (has_stack_limit(value)) return {unchanged, {}};
  constexpr std::size_t room_for_number = 32;
  if (name.size() + value.size() + room_for_number > buffer.size()) return {unchanged, {}};
  const std::string_view added =
      format(buffer, "{}{}{}l={}", name, value, value.empty() ? "" : ",", limit_words);
  buffer[added.size()] = '\0';

  // The old variable is taken out by moving what follows it.
  std::size_t kept = environment.size();
  if (!variable.empty()) {
    const auto end = variable.end() - environment.begin();
    std::copy(environment.begin() + end, environment.end(), variable.begin());
    kept -= variable.size();
  }
  return {{environment.data(), kept}, {buffer.data(), added.size() + 1}};
}

}  // namespace nucleus
