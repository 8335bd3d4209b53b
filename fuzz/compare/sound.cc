// SPDX-License-Identifier: ISC

// Runs a comparison on the files of a folder, each of which is what a machine has and must be accepted.
//
//   NAME_sound FOLDER

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "compared.h"
#include "entry.h"

int main(int, char** argv) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    if (compared != ++files) {
      std::fprintf(stderr, "%s: not accepted\n", entry.path().c_str());
      return 1;
    }
  }
  std::printf("%zu trees\n", files);
  return files == 0 ? 1 : 0;
}
