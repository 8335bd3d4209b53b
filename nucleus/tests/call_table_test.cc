// SPDX-License-Identifier: ISC

#include <syscall/call_table.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace nucleus {
namespace {

struct Numbers {
  int x86_64;
  int generic;
  bool operator==(const Numbers&) const = default;
};

int number_of(const std::string& text) {
  return text == "—" ? no_number : std::stoi(text);
}

/// The cells of "| a | b | c |".
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::size_t start = 2;
  for (std::size_t end; (end = line.find(" |", start)) != std::string::npos; start = end + 3) {
    cells.push_back(line.substr(start, end - start));
  }
  return cells;
}

/// The rows of the tables of docs/system-calls.md.
std::map<std::string, Numbers> documented() {
  const auto page = std::filesystem::path{__FILE__}.parent_path() / "../../docs/system-calls.md";
  std::ifstream file{page};
  EXPECT_TRUE(file) << page;
  std::map<std::string, Numbers> calls;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const auto cells = cells_of(line);
    EXPECT_EQ(cells.size(), 4u) << line;
    const std::string name = cells[0].substr(1, cells[0].size() - 2);
    EXPECT_TRUE(calls.emplace(name, Numbers{number_of(cells[1]), number_of(cells[2])}).second) << name;
  }
  return calls;
}

TEST(CallTable, IsWhatIsDocumented) {
  std::map<std::string, Numbers> served;
  for (const Call& call : call_table()) served[call.name] = {call.x86_64, call.generic};
  const auto pages = documented();
  for (const auto& [name, numbers] : served) {
    ASSERT_TRUE(pages.contains(name)) << name << " is not in docs/system-calls.md";
    EXPECT_EQ(pages.at(name), numbers) << name;
  }
  for (const auto& [name, numbers] : pages)
    EXPECT_TRUE(served.contains(name)) << name << " is documented but not served";
}

TEST(CallTable, HasEachNumberOnce) {
  for (const auto column : {abi::CallNumbers::x86_64, abi::CallNumbers::generic}) {
    std::set<int> seen;
    for (const Call& call : call_table()) {
      if (call.number(column) == no_number) continue;
      EXPECT_TRUE(seen.insert(call.number(column)).second) << call.name;
    }
  }
}

TEST(CallTable, FindsCallsByNumber) {
  for (const Call& call : call_table()) {
    if (call.x86_64 != no_number) {
      EXPECT_EQ(find_call(call.x86_64), &call);
      EXPECT_EQ(refused_call_name(call.x86_64), nullptr) << call.name;
    }
  }
  for (const long number : {-1L, 56L, 57L, 511L, 512L, 1L << 40, -(1L << 40)})
    EXPECT_EQ(find_call(number), nullptr);
  EXPECT_STREQ(refused_call_name(57), "fork");
  EXPECT_EQ(refused_call_name(-1), nullptr);
}

}  // namespace
}  // namespace nucleus
