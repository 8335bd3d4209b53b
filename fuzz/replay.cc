// SPDX-License-Identifier: ISC

// Runs a target without libFuzzer: the files of folders, each as it is and with some hundred random changes,
// which are the same in each run.
//
//   NAME_replay FOLDER...

#include "entry.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace {

constexpr int changes_each = 300;
constexpr std::size_t changed_bytes = std::size_t{8} << 20;  // of one file, all its changes together

/// Flips, cuts, repeats, and numbers that code at an edge trips over.
void change(std::vector<std::uint8_t>& input, std::mt19937& random) {
  for (unsigned count = 1 + random() % 4; count > 0 && !input.empty(); count--) {
    const std::size_t at = random() % input.size();
    switch (random() % 5) {
      case 0:
        input[at] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case 1:
        input[at] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        input.resize(at);
        break;
      case 3: {
        const std::vector<std::uint8_t> part(
            input.begin() + static_cast<std::ptrdiff_t>(at),
            input.begin() + static_cast<std::ptrdiff_t>(std::min(input.size(), at + 1 + random() % 64)));
        input.insert(input.begin() + static_cast<std::ptrdiff_t>(random() % input.size()), part.begin(),
                     part.end());
        break;
      }
      default:
        for (std::size_t i = at; i < std::min(input.size(), at + (std::size_t{1} << random() % 4)); i++)
          input[i] = random() % 2 ? 0xff : 0;
    }
  }
}

int run_folder(const char* folder) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<std::uint8_t> whole{std::istreambuf_iterator<char>(file), {}};
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);  // the name of the one that crashes
    LLVMFuzzerTestOneInput(whole.data(), whole.size());
    std::mt19937 random(static_cast<unsigned>(whole.size()));
    std::size_t spent = 0;
    for (int i = 0; i < changes_each && spent < changed_bytes; i++, spent += whole.size()) {
      auto changed = whole;
      change(changed, random);
      LLVMFuzzerTestOneInput(changed.data(), changed.size());
    }
    count++;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  for (int i = 1; i < argc; i++)
    if (std::filesystem::is_directory(argv[i])) count += run_folder(argv[i]);
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
