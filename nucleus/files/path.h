// SPDX-License-Identifier: ISC
#pragma once

// Taking a path apart: pure functions on text.

#include <string_view>

namespace nucleus {

inline constexpr std::size_t max_path = 4096;  // with the final NUL, as Linux counts

/// Removes the first component of `path`, and the slashes before and after it, and returns it. Empty at the
/// end.
inline std::string_view take_component(std::string_view& path) {
  const auto first = path.find_first_not_of('/');
  if (first == std::string_view::npos) {
    path = {};
    return {};
  }
  const auto end = path.find('/', first);
  const std::string_view component = path.substr(first, end == std::string_view::npos ? end : end - first);
  const auto next = end == std::string_view::npos ? end : path.find_first_not_of('/', end);
  path = next == std::string_view::npos ? std::string_view{} : path.substr(next);
  return component;
}

/// "a/b/" names something that must be a directory.
inline bool ends_in_slash(std::string_view path) {
  return !path.empty() && path.back() == '/';
}

inline bool is_dot(std::string_view name) {
  return name == ".";
}
inline bool is_dot_dot(std::string_view name) {
  return name == "..";
}

}  // namespace nucleus
