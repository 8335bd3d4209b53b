// SPDX-License-Identifier: ISC

#include "demangle.h"

namespace nucleus {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Writer {
 public:
  explicit Writer(std::span<char> buffer) : buffer_{buffer} {}
  void add(char c) {
    if (used_ < buffer_.size()) buffer_[used_++] = c;
  }
  void add(std::string_view text) {
    for (const char c : text) add(c);
  }
  std::string_view text() const { return {buffer_.data(), used_}; }

 private:
  std::span<char> buffer_;
  std::size_t used_ = 0;
};

/// Without the "_123" that makes a name unique.
std::string_view without_stamp(std::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && is_digit(name[end - 1])) end--;
  return end > 1 && end < name.size() && name[end - 1] == '_' ? name.substr(0, end - 1) : name;
}

std::string_view demangle_ocaml(std::string_view symbol, std::span<char> buffer) {
  std::string_view name = without_stamp(symbol.substr(4));
  constexpr std::string_view dune_prefix = "Dune__exe__";
  if (name.starts_with(dune_prefix)) name.remove_prefix(dune_prefix.size());
  Writer writer{buffer};
  for (std::size_t i = 0; i < name.size(); i++) {
    const bool separates = name[i] == '_' && i + 2 < name.size() && name[i + 1] == '_' && i > 0;
    if (separates) {
      writer.add('.');
      i++;
    } else if (name[i] == '$' && i + 2 < name.size() && hex_value(name[i + 1]) >= 0 &&
               hex_value(name[i + 2]) >= 0) {
      writer.add(static_cast<char>(hex_value(name[i + 1]) * 16 + hex_value(name[i + 2])));
      i += 2;
    } else {
      writer.add(name[i]);
    }
  }
  return writer.text();
}

/// The <source-name>s of an Itanium <nested-name>: LENGTH NAME. Anything else, such as template arguments,
/// ends it.
std::string_view demangle_cxx(std::string_view symbol, std::span<char> buffer) {
  std::string_view rest = symbol.substr(2);
  if (rest.starts_with('N')) rest.remove_prefix(1);
  while (!rest.empty() && (rest.front() == 'K' || rest.front() == 'V' || rest.front() == 'r'))
    rest.remove_prefix(1);
  Writer writer{buffer};
  bool first = true;
  while (!rest.empty() && is_digit(rest.front())) {
    std::size_t length = 0;
    while (!rest.empty() && is_digit(rest.front()) && length < 1000) {
      length = length * 10 + static_cast<std::size_t>(rest.front() - '0');
      rest.remove_prefix(1);
    }
    if (length == 0 || length > rest.size()) return symbol;
    const std::string_view part = rest.substr(0, length);
    rest.remove_prefix(length);
    if (!first) writer.add("::");
    first = false;
    writer.add(part.starts_with("_GLOBAL__N_") ? std::string_view{"(anonymous)"} : part);
  }
  return first ? symbol : writer.text();
}

}  // namespace

std::string_view demangle(std::string_view symbol, std::span<char> buffer) {
  if (symbol.starts_with("caml") && symbol.size() > 4 && is_upper(symbol[4]))
    return demangle_ocaml(symbol, buffer);
  if (symbol.starts_with("_Z")) return demangle_cxx(symbol, buffer);
  return symbol;
}

}  // namespace nucleus
