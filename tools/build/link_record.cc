// SPDX-License-Identifier: ISC
#include "build/link_record.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "support/hash.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr std::string_view magic = "BACTRIAN-LINK 1 ";

const char* kind_name(LinkInput::Kind kind) {
  switch (kind) {
    case LinkInput::Kind::object:
      return "object";
    case LinkInput::Kind::archive:
      return "archive";
    case LinkInput::Kind::library:
      return "library";
  }
  return "?";
}

Error damaged() {
  return Error{.message = "the link record is damaged",
               .remedy = "remove it (`bactrian clean`) and build again"};
}

/// Whether the input is embedded: all objects (the start-up object is temporary), and the archives that the
/// build made, not those of the compiler's installation.
bool belongs_to_build(const LinkInput& input, const fs::path& folder) {
  if (input.kind == LinkInput::Kind::object) return true;
  const fs::path absolute = (folder / input.path).lexically_normal();
  return absolute.string().starts_with((folder / "").lexically_normal().string());
}

/// The part of the file after the first line, split into JSON text and the embedded bytes.
Result<std::pair<std::string_view, std::string_view>> split_record(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  if (!bytes.starts_with(magic) || end == std::string_view::npos) return damaged();
  const std::string_view number = bytes.substr(magic.size(), end - magic.size());
  size_t size = 0;
  const auto [stop, code] = std::from_chars(number.data(), number.data() + number.size(), size);
  bytes.remove_prefix(end + 1);
  if (code != std::errc() || stop != number.data() + number.size() || size > bytes.size()) return damaged();
  return std::pair(bytes.substr(0, size), bytes.substr(size));
}

}  // namespace

std::string serialize(const LinkRecord& record) {
  nlohmann::json items = nlohmann::json::array();
  std::string contents;
  for (const auto& item : record.items) {
    nlohmann::json entry = {{"kind", kind_name(item.input.kind)}, {"path", item.input.path.string()}};
    if (item.input.whole) entry["whole"] = true;
    if (item.embedded) entry["bytes"] = item.content.size();
    items.push_back(std::move(entry));
    contents += item.content;
  }
  const nlohmann::json description = {{"inputs", items}, {"linker_flags", record.linker_flags}};
  const std::string text = description.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  return std::string(magic) + std::to_string(text.size()) + "\n" + text + contents;
}

namespace {

/// May throw where the JSON has other types than ours.
Result<LinkRecord> read_description(std::string_view text, std::string_view contents) {
  const auto description = nlohmann::json::parse(text, nullptr, false);
  if (!description.is_object() || !description.contains("inputs")) return damaged();
  LinkRecord record;
  record.linker_flags = description.value("linker_flags", std::vector<std::string>());
  for (const auto& entry : description["inputs"]) {
    const std::string kind = entry.value("kind", "");
    LinkRecord::Item item;
    item.input = {.kind = kind == "object"    ? LinkInput::Kind::object
                          : kind == "archive" ? LinkInput::Kind::archive
                                              : LinkInput::Kind::library,
                  .path = entry.value("path", ""),
                  .whole = entry.value("whole", false)};
    item.embedded = entry.contains("bytes");
    if (item.embedded) {
      const size_t size = entry.value("bytes", size_t{0});
      if (size > contents.size()) return damaged();
      item.content = contents.substr(0, size);
      contents.remove_prefix(size);
    }
    record.items.push_back(std::move(item));
  }
  if (!contents.empty()) return damaged();
  return record;
}

}  // namespace

Result<LinkRecord> parse_link_record(std::string_view bytes) {
  const auto [text, contents] = TRY(split_record(bytes));
  try {
    return read_description(text, contents);
  } catch (const nlohmann::json::exception&) {
    return damaged();
  }
}

Result<LinkRecord> make_link_record(const LinkLine& line, const fs::path& folder) {
  LinkRecord record{.linker_flags = line.linker_flags};
  for (const auto& input : line.inputs) {
    LinkRecord::Item item{.input = input};
    if (input.kind != LinkInput::Kind::library && belongs_to_build(input, folder)) {
      item.embedded = true;
      item.content = TRY(read_file(folder / input.path));
      // The random part of its name would make equal programs differ.
      if (input.path.filename().string().starts_with("camlstartup")) item.input.path = "startup.o";
    } else if (input.kind != LinkInput::Kind::library) {
      item.input.path = (folder / input.path).lexically_normal();
    }
    record.items.push_back(std::move(item));
  }
  return record;
}

Result<std::vector<LinkInput>> unpack(const LinkRecord& record, const fs::path& folder) {
  std::vector<LinkInput> result;
  for (const auto& item : record.items) {
    LinkInput input = item.input;
    if (item.embedded) {
      // Numbered, for two folders of a project may have files of one name.
      input.path = folder / (std::to_string(result.size()) + "-" + item.input.path.filename().string());
      TRY(write_file(input.path, item.content));
    }
    result.push_back(std::move(input));
  }
  return result;
}

Result<std::string> content_key(const LinkRecord& record) {
  KeyBuilder key;
  for (const auto& item : record.items) {
    key.add("kind", kind_name(item.input.kind)).add("whole", item.input.whole ? "1" : "0");
    if (item.embedded)
      key.add(item.input.path.filename().string(), item.content);
    else if (item.input.kind == LinkInput::Kind::library)
      key.add("library", item.input.path.string());
    else
      TRY(key.add_file(item.input.path.filename().string(), item.input.path));
  }
  key.add("flags", join(record.linker_flags, " "));
  return key.key();
}

Result<bool> names_one_of(const LinkRecord& record, const std::vector<std::string_view>& names,
                          const fs::path& without) {
  const auto holds_one = [&](std::string_view content) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return content.find(name) != std::string_view::npos; });
  };
  for (const auto& item : record.items) {
    if (item.input.kind == LinkInput::Kind::library) continue;
    if (item.embedded) {
      if (holds_one(item.content)) return true;
    } else if (without.empty() || !item.input.path.string().starts_with(without.string())) {
      if (holds_one(TRY(read_file(item.input.path)))) return true;
    }
  }
  return false;
}

}  // namespace bactrian
