// SPDX-License-Identifier: ISC

#include "symbols.h"

namespace nucleus {
namespace {

struct Line {
  std::uint64_t address = 0;
  std::string_view name;
  bool valid = false;
};

Line parse(std::string_view text) {
  Line line;
  std::size_t at = 0;
  for (; at < text.size() && at < 16; at++) {
    const char c = text[at];
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) break;
    line.address = line.address << 4 | static_cast<unsigned>(digit);
  }
  if (at == 0 || at + 1 >= text.size() || text[at] != ' ') return line;
  line.name = text.substr(at + 1);
  line.valid = true;
  return line;
}

constinit SymbolTable the_symbols;

}  // namespace

Symbol SymbolTable::find(std::uint64_t address) const {
  // By bytes: `low` is the start of a line that begins at or before the address, `high` the start of one
  // after it.
  std::size_t low = 0;
  std::size_t high = lines_.size();
  Line best;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::size_t before = lines_.substr(0, middle).rfind('\n');
    const std::size_t start = before == std::string_view::npos || before < low ? low : before + 1;
    const std::size_t end = lines_.find('\n', middle);
    const std::size_t next = end == std::string_view::npos ? lines_.size() : end + 1;
    const Line line =
        parse(lines_.substr(start, (end == std::string_view::npos ? lines_.size() : end) - start));
    if (line.valid && line.address > address) {
      high = start;
    } else {
      if (line.valid) best = line;
      low = next;
    }
  }
  if (!best.valid) return {};
  return {best.name, best.address, address - best.address};
}

void set_program_symbols(std::string_view lines) {
  the_symbols = SymbolTable{lines};
}
const SymbolTable& program_symbols() {
  return the_symbols;
}

}  // namespace nucleus
