// SPDX-License-Identifier: ISC
//
// `ocamlopt -cc "bactrian __record-link"`: what runs in the C compiler's place.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "build/link_record.h"
#include "support/text.h"

namespace bactrian {

namespace {

/// ocamlopt compiles C files of its own command line with the same -cc: hand them to the real compiler, whose
/// command (with the flags that belong to it) is a text for the shell.
int compile(const std::vector<std::string>& arguments) {
  const char* compiler = std::getenv("BACTRIAN_NATIVE_CC");
  const std::string command = std::string("exec ") + (compiler != nullptr ? compiler : "cc") + " \"$@\"";
  std::vector<std::string> words = {"sh", "-c", command, "cc"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv("/bin/sh", argv.data());
  return 127;
}

Result<void> write_record(const LinkLine& line) {
  const LinkRecord record = TRY(make_link_record(line, fs::current_path()));
  TRY(write_file(line.output, serialize(record)));
  // dune expects that an executable can be executed.
  if (chmod(line.output.c_str(), 0755) != 0) return system_error("cannot set the mode", errno, line.output);
  return {};
}

}  // namespace

int record_link(const std::vector<std::string>& arguments) {
  const auto line = parse_link_line(arguments);
  if (line.ok() && line.value().compiles) return compile(arguments);
  const Result<void> done = line.ok() ? write_record(line.value()) : Result<void>(line.error());
  if (done.ok()) return 0;
  print_error(done.error());
  return done.error().status;
}

}  // namespace bactrian
