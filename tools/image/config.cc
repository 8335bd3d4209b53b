// SPDX-License-Identifier: ISC
//
// The only file that includes toml++ (it is slow to compile).

#include "image/config.h"

#define TOML_EXCEPTIONS 0
namespace {
struct ParserDefect {};
}  // namespace
// "[!" lets toml++ 3.3 fail an assertion: an error of the text, not the end of the tool.
#define TOML_ASSERT(condition) ((condition) ? void() : throw ParserDefect{})
#include <toml++/toml.h>

#include <algorithm>

#include "support/text.h"

namespace bactrian {

namespace {

constexpr uint64_t mib = 1ULL << 20;
constexpr uint64_t most_data = 1ULL << 40;

const std::vector<std::string> known_names = {"kind",      "program",      "packages", "args",
                                              "env",       "files",        "console",  "data",
                                              "data_from", "command_line", "programs"};
/// Names that a kind has not.
const std::vector<std::string> not_of_programs = {"programs"};
const std::vector<std::string> not_of_systems = {"program", "packages", "args"};

class Reader {
 public:
  Reader(const toml::table& table, const fs::path& file) : table_(table), file_(file) {}

  Result<ImageConfig> read() {
    for (const auto& [key, value] : table_) TRY(check_name(key));
    const std::string kind = TRY(text("kind", ""));
    if (kind != "program" && kind != "system") return unknown_kind(kind);
    ImageConfig config;
    config.system = kind == "system";
    for (const auto& name : config.system ? not_of_systems : not_of_programs)
      if (table_.contains(name))
        return at(table_.get(name), "an image of kind \"" + kind + "\" has no '" + name + "'",
                  config.system ? "programs of a system are in [programs]" : "that is for kind = \"system\"");
    const std::string program = TRY(text("program", ""));
    if (program.empty() && !config.system)
      return at(table_.get("program"), "an image of kind \"program\" needs a program",
                "for instance: program = \"hello.ml\"");
    if (!config.system) config.program = below(program);
    for (const auto& [guest, host] : TRY(pairs("programs")))
      TRY(add_file("programs", config.programs, guest, host));
    config.packages = TRY(texts("packages"));
    config.args = TRY(texts("args"));
    config.env = TRY(pairs("env"));
    for (const auto& [guest, host] : TRY(pairs("files"))) TRY(add_file("files", config.files, guest, host));
    config.console = TRY(console());
    config.command_line = TRY(text("command_line", ""));
    config.data_size = TRY(data_size(config.system ? "64M" : "0"));
    if (config.system && config.data_size == 0)
      return at(table_.get("data"), "a system needs a data partition", "leave 'data' out for one of 64M");
    config.data_from = TRY(data_from(config.data_size));
    return config;
  }

 private:
  Error at(const toml::node* node, std::string message, std::string remedy = "") const {
    std::string where = file_.string();
    if (node != nullptr && node->source().begin.line > 0)
      where += ":" + std::to_string(node->source().begin.line);
    return Error{.message = std::move(message), .where = where, .remedy = std::move(remedy)};
  }

  Result<void> check_name(const toml::key& key) const {
    const std::string name(key.str());
    if (std::find(known_names.begin(), known_names.end(), name) != known_names.end()) return {};
    const std::string near = nearest(name, known_names);
    return Error{.message = "unknown name '" + name + "'",
                 .where = file_.string() + ":" + std::to_string(key.source().begin.line),
                 .remedy = (near.empty() ? "" : "did you mean '" + near + "'? ") + "the names are " +
                           join(known_names, ", ")};
  }

  Error unknown_kind(const std::string& kind) const {
    const std::string remedy = "write: kind = \"program\", or \"system\"";
    if (kind.empty()) return at(table_.get("kind"), "the image has no kind", remedy);
    return at(table_.get("kind"), "there is no kind '" + kind + "'", remedy);
  }

  fs::path below(const std::string& path) const { return file_.parent_path() / path; }

  Result<std::string> text(std::string_view name, std::string otherwise) const {
    const toml::node* node = table_.get(name);
    if (node == nullptr) return otherwise;
    if (!node->is_string())
      return at(node, "'" + std::string(name) + "' is not a text", "write it in quotes");
    return std::string(node->as_string()->get());
  }

  Result<std::vector<std::string>> texts(std::string_view name) const {
    std::vector<std::string> result;
    const toml::node* node = table_.get(name);
    if (node == nullptr) return result;
    const std::string remedy = "write: " + std::string(name) + " = [\"...\", \"...\"]";
    if (!node->is_array()) return at(node, "'" + std::string(name) + "' is not a list of texts", remedy);
    for (const auto& item : *node->as_array()) {
      if (!item.is_string())
        return at(&item, "'" + std::string(name) + "' holds something that is no text", remedy);
      result.emplace_back(item.as_string()->get());
    }
    return result;
  }

  /// The members of a table of texts, by name.
  Result<std::vector<std::pair<std::string, std::string>>> pairs(std::string_view name) const {
    std::vector<std::pair<std::string, std::string>> result;
    const toml::node* node = table_.get(name);
    if (node == nullptr) return result;
    const std::string remedy = "write: [" + std::string(name) + "] and below it lines NAME = \"VALUE\"";
    if (!node->is_table()) return at(node, "'" + std::string(name) + "' is not a table", remedy);
    for (const auto& [key, value] : *node->as_table()) {
      if (!value.is_string()) return at(&value, "'" + std::string(key.str()) + "' is not a text", remedy);
      result.emplace_back(key.str(), value.as_string()->get());
    }
    return result;
  }

  using Placed = std::vector<std::pair<fs::path, std::string>>;
  Result<void> add_file(std::string_view table, Placed& to, const std::string& guest,
                        const std::string& host) const {
    const toml::node* node = table_.get(table)->as_table()->get(guest);
    const fs::path path = below(host);
    std::error_code code;
    if (!guest.starts_with('/'))
      return at(node, "'" + guest + "' is not an absolute path",
                "write: \"/data/notes.txt\" = \"notes.txt\"");
    if (!fs::exists(path, code))
      return at(node, "there is no such file: " + path.string(),
                "paths are relative to the folder of " + file_.string());
    to.emplace_back(path, guest);
    return {};
  }

  Result<LinkMode> console() const {
    const std::string name = TRY(text("console", "host-link"));
    if (name == "host-link") return LinkMode::serial;
    if (name == "text") return LinkMode::none;
    return at(table_.get("console"), "there is no console '" + name + "'",
              "use \"host-link\" (for `bactrian run`) or \"text\" (for a terminal on the serial line)");
  }

  Result<uint64_t> data_size(const char* otherwise) const {
    const toml::node* node = table_.get("data");
    const std::string written = TRY(text("data", otherwise));
    const auto size = parse_size(written);
    if (!size.ok() || size.value() % mib != 0 || size.value() > most_data || size.value() == mib)
      return at(node, "'" + written + "' is no size of a data partition",
                "give whole MiB, at least two: for instance \"16M\"");
    return size.value();
  }

  Result<fs::path> data_from(uint64_t size) const {
    const toml::node* node = table_.get("data_from");
    const std::string written = TRY(text("data_from", ""));
    if (node == nullptr) return fs::path();
    std::error_code code;
    if (written.empty() || !fs::exists(below(written), code))
      return at(node, "there is no such folder or archive: " + below(written).string(),
                "paths are relative to the folder of " + file_.string());
    if (size == 0)
      return at(node, "'data_from' is for a data partition, and there is none",
                "give its size, for instance: data = \"16M\"");
    return below(written);
  }

  const toml::table& table_;
  const fs::path& file_;
};

/// Behind the quoted text that starts at `at`, or `text.npos` if it does not end.
size_t behind_quoted(std::string_view text, size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool many_lines = text.substr(at, 3) == three;
  const std::string end = many_lines ? three : three.substr(0, 1);
  for (at += end.size(); at < text.size(); at++) {
    if (text.substr(at, end.size()) == end) return at + end.size();
    if (text[at] == '\n' && !many_lines) break;
    if (text[at] == '\\' && quote == '"') at++;
  }
  return text.npos;
}

/// The line, from 1, of the first character beyond ASCII outside of quotes and comments, or 0. TOML 1.0 has
/// no such names, and toml++ 3.3 runs into undefined behaviour on some. Behind what is no TOML nothing is
/// found.
size_t line_of_stray_character(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x80)
      return 1 +
             static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
    if (c == '#')
      at = std::min(text.find('\n', at), text.size());
    else if (c == '"' || c == '\'')
      at = std::min(behind_quoted(text, at), text.size());
    else
      at++;
  }
  return 0;
}

/// The line, from 1, at which the parser stumbles over itself.
size_t line_of_defect(std::string_view text) {
  size_t line = 1;
  for (size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1), line++) {
    try {
      (void)toml::parse(text.substr(0, end));
    } catch (const ParserDefect&) {
      break;
    }
  }
  return line;
}

}  // namespace

Result<ImageConfig> parse_image_config(std::string_view text, const fs::path& file) {
  if (const size_t line = line_of_stray_character(text))
    return Error{.message = "not TOML: a character that is not ASCII, outside of quotes",
                 .where = file.string() + ":" + std::to_string(line),
                 .remedy = "put the name or text into quotes"};
  const auto not_toml = [&](std::string_view why, size_t line) {
    return Error{.message = "not TOML: " + std::string(why),
                 .where = file.string() + ":" + std::to_string(line),
                 .remedy = "examples/image.toml is a valid one"};
  };
  try {
    const toml::parse_result parsed = toml::parse(text, file.string());
    if (!parsed) return not_toml(parsed.error().description(), parsed.error().source().begin.line);
    return Reader(parsed.table(), file).read();
  } catch (const ParserDefect&) {
    return not_toml("something is missing, or too much", line_of_defect(text));
  }
}

Result<ImageConfig> read_image_config(const fs::path& file) {
  return parse_image_config(TRY(read_file(file)), file);
}

}  // namespace bactrian
