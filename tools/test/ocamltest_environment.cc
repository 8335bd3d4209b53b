// SPDX-License-Identifier: ISC
#include "test/ocamltest_environment.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "test/ocamltest.h"

namespace bactrian {
namespace {

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The name behind a '$' at `at`, which moves behind it; empty when there is none.
std::string_view reference(std::string_view text, size_t& at) {
  size_t start = at;
  char opening = at < text.size() ? text[at] : '\0';
  if (opening == '{' || opening == '(') {
    size_t end = text.find(opening == '{' ? '}' : ')', start);
    if (end == std::string_view::npos) return {};
    at = end + 1;
    return text.substr(start + 1, end - start - 1);
  }
  while (at < text.size() && is_name(text[at])) ++at;
  return text.substr(start, at - start);
}

}  // namespace

std::string OcamltestEnvironment::expand(std::string_view text, std::vector<std::string>& within) const {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    char c = text[at++];
    if (c == '\\' && at < text.size() && text[at] == '$') {
      result += text[at++];
    } else if (c != '$') {
      result += c;
    } else if (std::string name(reference(text, at)); name.empty()) {
      result += c;
    } else if (auto found = values_.find(name);
               found != values_.end() && found->second &&
               std::find(within.begin(), within.end(), name) == within.end()) {
      within.push_back(name);
      result += expand(*found->second, within);
      within.pop_back();
    }
  }
  return result;
}

std::string OcamltestEnvironment::get(const std::string& name) const {
  auto found = values_.find(name);
  if (found == values_.end() || !found->second) return {};
  std::vector<std::string> within = {name};
  return expand(*found->second, within);
}

std::vector<std::string> OcamltestEnvironment::words(const std::string& name) const {
  return ocamltest_words(get(name));
}

int OcamltestEnvironment::number(const std::string& name) const {
  std::string text = get(name);
  int value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() ? value : 0;
}

void OcamltestEnvironment::use_library(const std::string& library, const std::string& folder) {
  append("libraries", " " + library + " ");
  append("directories", " " + folder + " ");
}

bool OcamltestEnvironment::include(const std::string& name) {
  if (name == "unix" || name == "str" || name == "dynlink" || name == "runtime_events") {
    use_library(name, "+" + name);
  } else if (name == "systhreads") {
    use_library("unix", "+unix");
    use_library("threads", "+threads");
  } else if (name == "testing") {
    use_library(name, std::string(testing_folder));
  } else if (name == "tool-ocaml-lib") {
    append("directories", " " + std::string(testing_folder) + " ");
    append("binary_modules", " lib ");
  } else if (name.starts_with("ocaml")) {  // ocamlcommon, ocamloptcomp, ...
    use_library(name, "+compiler-libs");
  } else if (name == "config") {
    append("directories", " +compiler-libs ");
  } else if (name == "principal") {
    append("flags", " -principal ");
    set("compiler_directory_suffix", ".principal");
  } else {
    return false;
  }
  return true;
}

}  // namespace bactrian
