// SPDX-License-Identifier: ISC

// Runs the files of folders through the fuzzer's target, each as it is and with its checksums repaired.
//
//   fuzz_replay FOLDER...

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/sparse_image.h"

int main(int argc, char** argv) {
  if (argc < 2) return 125;
  using namespace redoxfs::fuzz;
  int count = 0;
  for (int i = 1; i < argc; i++)
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text(std::istreambuf_iterator<char>(file), {});
      const auto bytes = std::as_bytes(std::span(text));
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);
      SparseImage image(bytes);
      exercise(image);
      SparseImage repaired(bytes);
      repair_checksums(repaired);
      exercise(repaired);
      count++;
    }
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
