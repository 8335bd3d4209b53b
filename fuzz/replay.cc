// SPDX-License-Identifier: ISC

// Runs a target without libFuzzer: the files of folders, each as it is and with random changes, which are the
// same in each run.
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

constexpr std::size_t all_changes = 5000;                    // shared by all files
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

void run_file(const std::filesystem::path& path, std::size_t changes) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> whole{std::istreambuf_iterator<char>(file), {}};
  std::printf("%s\n", path.filename().c_str());
  std::fflush(stdout);  // the name of the one that crashes
  LLVMFuzzerTestOneInput(whole.data(), whole.size());
  std::mt19937 random(static_cast<unsigned>(whole.size()));
  for (std::size_t i = 0; i < changes && i * whole.size() < changed_bytes; i++) {
    auto changed = whole;
    change(changed, random);
    LLVMFuzzerTestOneInput(changed.data(), changed.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; i++)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) run_file(file, std::max<std::size_t>(1, all_changes / files.size()));
  std::printf("%zu inputs\n", files.size());
  return files.empty() ? 1 : 0;
}
