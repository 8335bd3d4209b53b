// SPDX-License-Identifier: ISC
#include "build/sexp.h"

namespace bactrian {

namespace {

constexpr std::string_view blanks = " \t\r\n\f";

class SexpParser {
 public:
  explicit SexpParser(std::string_view text) : text_(text) {}

  Result<std::vector<Sexp>> parse_all() {
    std::vector<Sexp> result;
    for (;;) {
      TRY(skip_blanks());
      if (at_end()) return result;
      result.push_back(TRY(parse_one()));
    }
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return text_[at_]; }
  bool looking_at(std::string_view expected) const { return text_.substr(at_).starts_with(expected); }
  char take() {
    if (text_[at_] == '\n') line_++;
    return text_[at_++];
  }
  static Error error(std::string message, unsigned line) {
    return Error{.message = std::move(message), .where = std::to_string(line)};
  }

  Result<void> skip_blanks() {
    while (!at_end()) {
      if (blanks.find(peek()) != std::string_view::npos) {
        take();
      } else if (peek() == ';') {
        while (!at_end() && peek() != '\n') take();
      } else if (looking_at("#|")) {
        TRY(skip_block_comment());
      } else if (looking_at("#;")) {
        at_ += 2;
        TRY(skip_blanks());
        if (at_end()) return error("nothing after '#;'", line_);
        TRY(parse_one());
      } else {
        return {};
      }
    }
    return {};
  }

  Result<void> skip_block_comment() {
    const unsigned start = line_;
    unsigned depth = 0;
    do {
      if (at_end()) return error("a comment without its end '|#'", start);
      if (looking_at("#|"))
        depth++, at_ += 2;
      else if (looking_at("|#"))
        depth--, at_ += 2;
      else
        take();
    } while (depth > 0);
    return {};
  }

  Result<Sexp> parse_one() {
    if (peek() == '(') return parse_list();
    if (peek() == ')') return error("a ')' without its '('", line_);
    if (peek() == '"') return parse_string();
    Sexp result{.line = line_};
    while (!at_end() && blanks.find(peek()) == std::string_view::npos &&
           std::string_view("()\";").find(peek()) == std::string_view::npos)
      result.atom += take();
    return result;
  }

  Result<Sexp> parse_list() {
    Sexp result{.is_list = true, .line = line_};
    take();
    for (;;) {
      TRY(skip_blanks());
      if (at_end()) return error("a '(' without its ')'", result.line);
      if (peek() == ')') {
        take();
        return result;
      }
      result.items.push_back(TRY(parse_one()));
    }
  }

  Result<Sexp> parse_string() {
    Sexp result{.line = line_};
    take();
    if (looking_at("\\|") || looking_at("\\>")) return parse_line_string(result);
    while (!at_end() && peek() != '"') {
      if (peek() != '\\') {
        result.atom += take();
        continue;
      }
      take();
      if (at_end()) break;
      const char escaped = take();
      if (escaped == '\n') {  // a line continued: its indentation is not part of the string
        while (!at_end() && (peek() == ' ' || peek() == '\t')) take();
      } else {
        result.atom += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
      }
    }
    if (at_end()) return error("a string without its end", result.line);
    take();
    return result;
  }

  /// `"\| text` or `"\> text` up to the end of the line.
  Result<Sexp> parse_line_string(Sexp result) {
    at_ += 2;
    if (!at_end() && peek() == ' ') take();
    while (!at_end() && peek() != '\n') result.atom += take();
    return result;
  }

  std::string_view text_;
  size_t at_ = 0;
  unsigned line_ = 1;
};

}  // namespace

bool Sexp::is_field(std::string_view name) const {
  return is_list && !items.empty() && !items.front().is_list && items.front().atom == name;
}

const Sexp* Sexp::field(std::string_view name) const {
  for (const Sexp& item : items)
    if (item.is_field(name)) return &item;
  return nullptr;
}

std::vector<std::string> Sexp::arguments() const {
  std::vector<std::string> result;
  for (size_t i = 1; i < items.size(); i++)
    if (!items[i].is_list) result.push_back(items[i].atom);
  return result;
}

Result<std::vector<Sexp>> parse_sexps(std::string_view text) {
  return SexpParser(text).parse_all();
}

}  // namespace bactrian
