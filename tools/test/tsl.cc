// SPDX-License-Identifier: ISC
#include "test/tsl.h"

#include <algorithm>

namespace bactrian {
namespace {

constexpr unsigned deepest = 32;  ///< blocks in blocks; no test has more than five

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '\'';
}

class Parser {
 public:
  /// `text` begins behind the word TEST.
  Parser(std::string_view source, size_t at, std::string_view closing)
      : source_(source), at_(at), closing_(closing) {}

  Result<TslBlock> header() {
    TslBlock block = TRY(this->block(0));
    TRY(skip_blanks());
    if (!source_.substr(at_).starts_with(closing_)) return unexpected();
    return block;
  }

 private:
  Error error(const std::string& what) const {
    auto line = 1 + std::count(source_.begin(),
                               source_.begin() + static_cast<long>(std::min(at_, source_.size())), '\n');
    return Error{.message = "the header of the test: " + what, .where = "line " + std::to_string(line)};
  }

  Error unexpected() const {
    if (at_ >= source_.size()) return error("it does not end");
    return error(std::string("unexpected '") + source_[at_] + "'");
  }

  /// Over blanks and comments, which nest.
  Result<void> skip_blanks() {
    while (at_ < source_.size()) {
      if (std::string_view(" \t\r\n\f").find(source_[at_]) != std::string_view::npos) {
        ++at_;
      } else if (source_.substr(at_, 2) == "(*") {
        TRY(skip_comment());
      } else {
        break;
      }
    }
    return {};
  }

  Result<void> skip_comment() {
    unsigned depth = 0;
    do {
      if (at_ >= source_.size()) return error("a comment in it does not end");
      std::string_view two = source_.substr(at_, 2);
      if (two == "(*") ++depth;
      if (two == "*)") --depth;
      at_ += two == "(*" || two == "*)" ? 2 : 1;
    } while (depth > 0);
    return {};
  }

  Result<std::string> name() {
    TRY(skip_blanks());
    size_t start = at_;
    while (at_ < source_.size() && is_name(source_[at_])) ++at_;
    if (start == at_) return unexpected();
    return std::string(source_.substr(start, at_ - start));
  }

  /// Whether `token` comes next; if so it is behind us.
  Result<bool> takes(std::string_view token) {
    TRY(skip_blanks());
    if (!source_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Result<void> expect(std::string_view token) {
    if (!TRY(takes(token))) return unexpected();
    return {};
  }

  /// A backslash is itself, but at the end of a line: then the end, the blanks behind it, and a backslash
  /// before the last blank are left out.
  Result<std::string> string() {
    TRY(expect("\""));
    std::string text;
    while (at_ < source_.size() && source_[at_] != '"') {
      size_t next = at_ + 1;
      while (next < source_.size() && source_[next] == '\r') ++next;
      if (source_[at_] == '\\' && next < source_.size() && source_[next] == '\n') {
        at_ = next + 1;
        while (at_ < source_.size() && (source_[at_] == ' ' || source_[at_] == '\t')) ++at_;
        if (source_.substr(at_, 2) == "\\ ") ++at_;
      } else {
        text += source_[at_++];
      }
    }
    if (at_ >= source_.size()) return error("a string in it does not end");
    ++at_;
    return text;
  }

  Result<TslStatement> statement() {
    using Kind = TslStatement::Kind;
    TslStatement result{.kind = Kind::action, .name = TRY(name())};
    if (result.name == "include" || result.name == "unset") {
      result.kind = result.name == "unset" ? Kind::unset : Kind::include;
      result.name = TRY(name());
    } else if (result.name == "set") {
      result = {.kind = Kind::assign, .name = TRY(name()), .declares = true};
      TRY(expect("="));
      result.value = TRY(string());
    } else if (TRY(takes("+="))) {
      result.kind = Kind::append;
      result.value = TRY(string());
    } else if (TRY(takes("="))) {
      result.kind = Kind::assign;
      result.value = TRY(string());
    } else if (!TRY(takes(";"))) {
      if (TRY(name()) != "with") return unexpected();
      do result.modifiers.push_back(TRY(name()));
      while (TRY(takes(",")));
    } else {
      return result;
    }
    TRY(expect(";"));
    return result;
  }

  Result<TslBlock> block(unsigned depth) {
    if (depth > deepest) return error("too many blocks in blocks");
    TslBlock result;
    TRY(skip_blanks());
    while (at_ < source_.size() && is_name(source_[at_])) {
      result.statements.push_back(TRY(statement()));
      TRY(skip_blanks());
    }
    while (TRY(takes("{"))) {
      result.blocks.push_back(TRY(block(depth + 1)));
      TRY(expect("}"));
    }
    return result;
  }

  std::string_view source_;
  size_t at_;
  std::string_view closing_;
};

/// Behind the word TEST of a comment that starts at `at`; npos when there is none.
size_t behind_test(std::string_view source, size_t at, std::string_view opening) {
  if (!source.substr(at).starts_with(opening)) return std::string_view::npos;
  at = source.find_first_not_of(" \t\f", at + opening.size());
  if (at == std::string_view::npos || !source.substr(at).starts_with("TEST")) return std::string_view::npos;
  return at + 4;
}

}  // namespace

Result<std::optional<TslBlock>> parse_tsl(std::string_view source) {
  size_t start = source.find_first_not_of(" \t\r\n\f");
  if (start == std::string_view::npos) return std::optional<TslBlock>();
  bool of_c = source.substr(start, 2) == "/*";
  std::string_view opening = of_c ? "/*" : "(*", closing = of_c ? "*/" : "*)";
  size_t at = behind_test(source, start, opening);
  if (at == std::string_view::npos) return std::optional<TslBlock>();
  if (source.substr(at).starts_with("_BELOW")) {
    size_t below = std::string_view::npos;
    // The last one: the program may speak of such comments.
    for (start = source.find(opening, at); start != std::string_view::npos;
         start = source.find(opening, start + 1)) {
      if (size_t here = behind_test(source, start, opening); here != std::string_view::npos) below = here;
    }
    if (below == std::string_view::npos)
      return Error{.message = "the header of the test: TEST_BELOW, and no TEST below", .where = "line 1"};
    at = below;
  }
  return std::optional<TslBlock>(TRY(Parser(source, at, closing).header()));
}

}  // namespace bactrian
