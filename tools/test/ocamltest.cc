// SPDX-License-Identifier: ISC
//
// The header's language: statements ended by ';', and blocks in braces, each of which is an alternative that
// inherits what stands before it. We follow the one path that leads to a native program.

#include "test/ocamltest.h"

#include <algorithm>
#include <charconv>

#include "support/text.h"

namespace bactrian {
namespace {

/// The text of the header without nested comments; `found` tells whether there is one.
std::string header_text(std::string_view source, bool& found) {
  constexpr std::string_view opening = "(* TEST";
  size_t at = source.find(opening);
  // "(* TEST_BELOW": the header proper is at the end of the file.
  while (at != std::string_view::npos && source.substr(at + opening.size(), 1) == "_") {
    at = source.find(opening, at + 1);
  }
  found = at != std::string_view::npos;
  std::string text;
  int depth = 1;
  for (size_t i = found ? at + opening.size() : source.size(); i < source.size() && depth > 0; ++i) {
    std::string_view two = source.substr(i, 2);
    if (two == "(*") {
      ++depth, ++i;
    } else if (two == "*)") {
      --depth, ++i;
    } else if (depth == 1) {
      text += source[i];
    }
  }
  return text;
}

struct Block {
  std::vector<std::string> statements;  ///< before the blocks
  std::vector<Block> blocks;
};

Block parse_block(std::string_view text, size_t& at) {
  Block block;
  std::string statement;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) {
      statement += c;
    } else if (c == ';') {
      block.statements.emplace_back(trim(statement));
      statement.clear();
    } else if (c == '{') {
      block.blocks.push_back(parse_block(text, ++at));
    } else if (c == '}') {
      break;
    } else {
      statement += c == '\n' ? ' ' : c;
    }
  }
  return block;
}

bool holds(const Block& block, std::string_view statement) {
  return std::find(block.statements.begin(), block.statements.end(), statement) != block.statements.end() ||
         std::any_of(block.blocks.begin(), block.blocks.end(),
                     [&](const Block& inner) { return holds(inner, statement); });
}

/// The statements on the way to `native`, outermost first.
std::vector<std::string> path_to_native(const Block& block) {
  std::vector<std::string> path = block.statements;
  for (const Block& inner : block.blocks) {
    if (!holds(inner, "native")) continue;
    std::vector<std::string> rest = path_to_native(inner);
    path.insert(path.end(), rest.begin(), rest.end());
    break;
  }
  return path;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  for (std::string& word : split(text, ' ')) {
    if (!word.empty()) result.push_back(std::move(word));
  }
  return result;
}

void assign(OcamlTest& test, const std::string& name, const std::string& value) {
  if (name == "flags" && !value.starts_with("-pp ")) {  // we preprocess where the source's name says so
    for (std::string& flag : words(value)) test.flags.push_back(std::move(flag));
  } else if (name == "ocamlopt_flags") {
    for (std::string& flag : words(value)) test.native_flags.push_back(std::move(flag));
  } else if (name == "modules") {
    test.modules = words(value);
  } else if (name == "exit_status") {
    std::from_chars(value.data(), value.data() + value.size(), test.exit_status);
  } else if (name == "ocamlrunparam" || name == "set OCAMLRUNPARAM") {
    std::string_view parameter = value;
    if (parameter.starts_with(',')) parameter.remove_prefix(1);
    test.runparam = parameter;
  } else if (name == "reason" && test.not_run.empty()) {
    test.not_run = value;  // stands before `skip`
  }
}

/// Why a header with these statements has no native program, or null.
const char* no_program(const Block& root) {
  if (holds(root, "expect")) return "tests the compiler's messages (expect)";
  if (holds(root, "toplevel")) return "tests the toplevel";
  if (holds(root, "run")) return "is driven by a script with a second program";
  bool compiles = holds(root, "ocamlc.byte") || holds(root, "ocamlopt.byte");
  if (compiles && !holds(root, "native")) return "tests the compiler alone";
  return nullptr;
}

}  // namespace

OcamlTest parse_ocamltest(std::string_view source) {
  OcamlTest test;
  bool found = false;
  std::string text = header_text(source, found);
  if (!found) {
    test.not_run = "is a part of another test";
    return test;
  }
  size_t at = 0;
  Block root = parse_block(text, at);
  if (const char* why = no_program(root)) {
    test.not_run = why;
    return test;
  }
  for (const std::string& statement : path_to_native(root)) {
    if (size_t equals = statement.find('='); equals != std::string::npos) {
      bool adds = equals > 0 && statement[equals - 1] == '+';
      std::string_view value = trim(std::string_view(statement).substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
      assign(test, std::string(trim(statement.substr(0, equals - (adds ? 1 : 0)))), std::string(value));
    } else if (statement.starts_with("include ")) {
      test.includes.push_back(statement.substr(8));
    }
  }
  return test;
}

}  // namespace bactrian
