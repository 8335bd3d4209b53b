// SPDX-License-Identifier: ISC
//
// `bactrian fs` is a program of its own, run in our place, so that it has the terminal, the signals and the
// standard streams to itself.
#include <unistd.h>

#include <cerrno>

#include "build/fs_program.h"
#include "cli/options.h"

namespace bactrian {

namespace {

Result<int> run_fs(const std::vector<std::string>& args) {
  const fs::path program = TRY(provide_fs_program());
  std::vector<char*> argv;
  std::string name = "bactrian fs";
  argv.push_back(name.data());
  std::vector<std::string> words = args;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  return system_error("cannot run the file system's tools", errno, program);
}

}  // namespace

int command_fs(const std::vector<std::string>& args) {
  const auto status = run_fs(args);
  if (!status.ok()) print_error(status.error());
  return status.ok() ? status.value() : status.error().status;
}

}  // namespace bactrian
