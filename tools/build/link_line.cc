// SPDX-License-Identifier: ISC
#include "build/link_line.h"

#include <algorithm>
#include <array>

#include "support/text.h"

namespace bactrian {

namespace {

/// The words of a response file: split at blanks, with the quotes and backslashes that gcc knows.
std::vector<std::string> response_words(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size() && quote != '\'') {
      word += text[++i];
      in_word = true;
    } else if (quote != '\0') {
      if (c == quote)
        quote = '\0';
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (in_word) result.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) result.push_back(word);
  return result;
}

Result<std::vector<std::string>> expand_responses(const std::vector<std::string>& arguments) {
  std::vector<std::string> result;
  for (const auto& argument : arguments) {
    if (argument.starts_with('@')) {
      for (auto& word : response_words(TRY(read_file(argument.substr(1))))) result.push_back(std::move(word));
    } else {
      result.push_back(argument);
    }
  }
  return result;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return text.ends_with(ending); });
}

class LineParser {
 public:
  LineParser(std::vector<std::string> arguments, const FindLibrary& find)
      : arguments_(std::move(arguments)), find_(find) {}

  Result<LinkLine> parse() {
    collect_folders();
    for (at_ = 0; at_ < arguments_.size(); at_++) TRY(take(arguments_[at_]));
    return line_;
  }

 private:
  /// A linker searches all -L folders for each -l, also those that come after it.
  void collect_folders() {
    for (size_t i = 0; i < arguments_.size(); i++)
      if (arguments_[i].starts_with("-L")) {
        if (arguments_[i].size() > 2)
          folders_.emplace_back(arguments_[i].substr(2));
        else if (i + 1 < arguments_.size())
          folders_.emplace_back(arguments_[i + 1]);
      }
  }

  /// The value of a flag: the rest of the argument, or the next one.
  std::string value(const std::string& argument, size_t prefix) {
    if (argument.size() > prefix) return argument.substr(prefix);
    return at_ + 1 < arguments_.size() ? arguments_[++at_] : std::string();
  }

  Result<void> take(const std::string& argument) {
    if (argument == "-c" || argument == "-S" || argument == "-E")
      line_.compiles = true;
    else if (argument.starts_with("-o"))
      line_.output = value(argument, 2);
    else if (argument.starts_with("-L"))
      value(argument, 2);
    else if (argument.starts_with("-l"))
      return take_library(value(argument, 2));
    else if (argument.starts_with("-Wl,"))
      return take_linker_flags(split(argument.substr(4), ','));
    else if (argument == "-Xlinker")
      return take_linker_flags({value(argument, 8)});
    else if (argument == "-u")
      line_.linker_flags.push_back("--undefined=" + value(argument, 2));
    else if (argument.starts_with("-"))
      line_.ignored.push_back(argument);
    else
      return take_file(argument);
    return {};
  }

  Result<void> take_library(const std::string& name) {
    if (is_part_of_libc(name)) return {};
    // Stubs in C++ that use nothing of its library need nothing. Others: the names will be missing.
    if (name == "stdc++" || name == "c++") return {};
    const fs::path path = find_(name, folders_);
    if (path.empty())
      line_.inputs.push_back({.kind = LinkInput::Kind::library, .path = name});
    else
      line_.inputs.push_back({.kind = LinkInput::Kind::archive, .path = path, .whole = whole_});
    return {};
  }

  Result<void> take_linker_flags(const std::vector<std::string>& flags) {
    for (const auto& flag : flags) {
      if (flag == "--whole-archive")
        whole_ = true;
      else if (flag == "--no-whole-archive")
        whole_ = false;
      else if (flag.starts_with("--defsym=") || flag.starts_with("--wrap=") ||
               flag.starts_with("--undefined="))
        line_.linker_flags.push_back(flag);
      else if (flag.starts_with("-l"))
        TRY(take_library(flag.substr(2)));
      else if (!flag.starts_with("-") && ends_with_any(flag, {".a", ".o"}))
        TRY(take_file(flag));
      else
        line_.ignored.push_back("-Wl," + flag);
    }
    return {};
  }

  Result<void> take_file(const std::string& file) {
    if (ends_with_any(file, {".so"}) || file.find(".so.") != std::string::npos)
      return Error{.message = "the program links a shared library, and the bare machine has none",
                   .where = file,
                   .remedy = "link its static version (lib....a)"};
    if (ends_with_any(file, {".a"}))
      line_.inputs.push_back({.kind = LinkInput::Kind::archive, .path = file, .whole = whole_});
    else
      line_.inputs.push_back({.kind = LinkInput::Kind::object, .path = file});
    return {};
  }

  std::vector<std::string> arguments_;
  const FindLibrary& find_;
  std::vector<fs::path> folders_;
  size_t at_ = 0;
  bool whole_ = false;
  LinkLine line_;
};

}  // namespace

fs::path find_static_library(const std::string& name, const std::vector<fs::path>& folders) {
  // -l:NAME is the file NAME itself.
  const std::string file = name.starts_with(':') ? name.substr(1) : "lib" + name + ".a";
  std::error_code code;
  for (const auto& folder : folders)
    if (fs::is_regular_file(folder / file, code)) return folder / file;
  return {};
}

bool is_part_of_libc(const std::string& name) {
  static constexpr std::array names = {"c",      "m",     "pthread", "dl",  "rt",    "util",
                                       "resolv", "crypt", "xnet",    "gcc", "gcc_eh"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<LinkLine> parse_link_line(const std::vector<std::string>& arguments, const FindLibrary& find) {
  return LineParser(TRY(expand_responses(arguments)), find).parse();
}

}  // namespace bactrian
