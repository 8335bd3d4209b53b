// SPDX-License-Identifier: ISC
#include "build/link_errors.h"

#include <algorithm>

#include "build/archive.h"
#include "build/object_file.h"
#include "support/text.h"

namespace bactrian {

namespace {

void add_once(std::vector<std::string>& into, std::string_view text) {
  if (!text.empty() && std::find(into.begin(), into.end(), text) == into.end()) into.emplace_back(text);
}

/// The name between ` and ' after `before`; empty when the line has none.
std::string_view quoted_after(std::string_view line, std::string_view before) {
  const size_t at = line.find(before);
  if (at == std::string_view::npos) return {};
  const size_t start = line.find('`', at + before.size());
  if (start == std::string_view::npos) return {};
  const size_t end = line.find('\'', start);
  return end == std::string_view::npos ? std::string_view() : line.substr(start + 1, end - start - 1);
}

/// The file that a message is about: "ld: FILE: in function ..." or "ld: FILE:(.text+0x1): ...".
std::string_view file_of(std::string_view line) {
  const size_t prefix = line.find("ld: ");
  if (prefix == std::string_view::npos) return {};
  line.remove_prefix(prefix + 4);
  const size_t end = std::min(line.find(": in function"), line.find(":("));
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end);
}

/// The last part of the path in "/a/b/libc.a(x.o)".
std::string short_name(std::string_view file) {
  const size_t parenthesis = std::min(file.find('('), file.size());
  const size_t slash = file.substr(0, parenthesis).rfind('/');
  return std::string(slash == std::string_view::npos ? file : file.substr(slash + 1));
}

bool wants(std::string_view object, std::string_view name) {
  const auto elf = ObjectFile::parse(object);
  if (!elf.ok()) return false;
  const auto symbols = elf.value().global_symbols();
  return std::any_of(symbols.begin(), symbols.end(),
                     [&](const ObjectSymbol& symbol) { return !symbol.defined && symbol.name == name; });
}

/// What to do about a name that is missing.
std::string remedy_for(const std::string& name, const std::vector<LinkInput>& inputs) {
  std::vector<std::string> absent;
  for (const auto& input : inputs)
    if (input.kind == LinkInput::Kind::library) add_once(absent, input.path.string());
  if (!absent.empty())
    return "the program asks for " + join(absent, ", ") +
           ", of which no static library (lib....a) was found: install it (on Debian its -dev package)";
  if (name.starts_with("__cxa_") || name.starts_with("__gxx_") || name.starts_with("_Z"))
    return "this is C++'s library, which is not there: write the stubs in C, or in C++ without it (with "
           "-fno-exceptions -fno-rtti)";
  return "leave that library out, or add the name to libc/gcompat (docs/compilers.md)";
}

}  // namespace

LinkComplaints read_complaints(std::string_view messages) {
  LinkComplaints result;
  std::string file;
  for (const auto& line : split(messages, '\n')) {
    if (const auto named = file_of(line); !named.empty()) file = named;
    add_once(result.undefined, quoted_after(line, "undefined reference to "));
    add_once(result.duplicates, quoted_after(line, "multiple definition of "));
    if (line.find("relocation truncated to fit") != std::string::npos ||
        line.find("recompile with -fPIC") != std::string::npos)
      add_once(result.non_pic, short_name(file));
  }
  return result;
}

std::vector<std::string> who_wants(const std::string& name, const std::vector<LinkInput>& inputs) {
  std::vector<std::string> result;
  for (const auto& input : inputs) {
    if (input.kind == LinkInput::Kind::library) continue;
    const auto bytes = read_file(input.path);
    if (!bytes.ok()) continue;
    const std::string file = input.path.filename();
    if (!looks_like_archive(bytes.value())) {
      if (wants(bytes.value(), name)) result.push_back(file);
      continue;
    }
    const auto members = read_archive(bytes.value());
    if (!members.ok()) continue;
    for (const auto& member : members.value())
      if (wants(member.content, name)) result.push_back(file + "(" + member.name + ")");
  }
  return result;
}

Error explain_link_failure(std::string_view messages, const std::vector<LinkInput>& inputs) {
  const auto complaints = read_complaints(messages);
  if (!complaints.non_pic.empty())
    return Error{
        .message = "these objects can only run at low addresses: " + join(complaints.non_pic, ", "),
        .remedy = "compile them with -fPIC or -fPIE (the compiler was perhaps configured with -no-pie)"};
  if (!complaints.undefined.empty()) {
    constexpr size_t most = 8;
    std::string text = "the program needs what our C library does not have:";
    for (size_t i = 0; i < complaints.undefined.size() && i < most; i++) {
      const auto& name = complaints.undefined[i];
      auto wanters = who_wants(name, inputs);
      if (wanters.size() > 3) wanters.resize(3);
      text += "\n    " + name + (wanters.empty() ? "" : ", wanted by " + join(wanters, ", "));
    }
    if (complaints.undefined.size() > most)
      text += "\n    and " + std::to_string(complaints.undefined.size() - most) + " more";
    return Error{.message = text, .remedy = remedy_for(complaints.undefined.front(), inputs)};
  }
  if (!complaints.duplicates.empty())
    return Error{.message = "defined more than once: " + join(complaints.duplicates, ", "),
                 .remedy = "rename it in the C stubs of the program"};
  return Error{.message = "the final link failed:\n" + std::string(trim(messages)),
               .remedy = "run again with --verbose to see the command"};
}

}  // namespace bactrian
