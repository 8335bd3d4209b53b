// SPDX-License-Identifier: ISC
#include "run/report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace bactrian {

namespace {

void line(const std::string& text) {
  std::fprintf(stderr, "report   | %s\n", text.c_str());
}

std::string plain(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// An object in one line: "number 57, name fork, count 3".
std::string in_one_line(const nlohmann::json& value) {
  if (!value.is_object()) return plain(value);
  std::string text;
  for (const auto& [key, member] : value.items())
    text += (text.empty() ? "" : ", ") + key + " " + plain(member);
  return text;
}

void print_member(const std::string& name, const nlohmann::json& value) {
  if (!value.is_structured()) return line(name + ": " + plain(value));
  line(name + (value.empty() ? ": none" : ":"));
  for (const auto& [key, member] : value.items()) {
    const std::string padding(key.size() < 20 ? 20 - key.size() : 1, ' ');
    line("  " + (value.is_array() ? in_one_line(member) : key + padding + plain(member)));
  }
}

}  // namespace

void print_report(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return line(std::string(text));
  for (const auto& [name, value] : json.items()) print_member(name, value);
}

}  // namespace bactrian
