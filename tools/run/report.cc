// SPDX-License-Identifier: ISC
#include "run/report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace bactrian {

static std::string plain(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void print_report(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    std::fprintf(stderr, "report   | %.*s\n", static_cast<int>(text.size()), text.data());
    return;
  }
  for (const auto& [name, value] : json.items()) {
    if (!value.is_object()) {
      std::fprintf(stderr, "report   | %s: %s\n", name.c_str(), plain(value).c_str());
      continue;
    }
    std::fprintf(stderr, "report   | %s:%s\n", name.c_str(), value.empty() ? " none" : "");
    for (const auto& [key, member] : value.items())
      std::fprintf(stderr, "report   |   %-28s %s\n", key.c_str(), plain(member).c_str());
  }
}

}  // namespace bactrian
