// SPDX-License-Identifier: ISC
#include "test/invoke.h"

namespace bactrian {
namespace {

// The build before the run has its own hang detector; it shares one machine with other builds.
constexpr std::chrono::seconds build_allowance{600};

Result<std::string> own_path() {
  std::error_code code;
  fs::path self = fs::read_symlink("/proc/self/exe", code);
  if (code) return system_error("cannot find the tool itself", code.value());
  return self.string();
}

}  // namespace

std::vector<std::string> run_arguments(const Invocation& invocation) {
  std::vector<std::string> words = {"run", "--timeout", std::to_string(invocation.timeout_s)};
  if (invocation.target == Target::hosted) {
    words.insert(words.end(), {"--target", "hosted"});
  } else {
    words.insert(words.end(), {"--arch", std::string(arch_name(invocation.arch)), "--cpus",
                               std::to_string(invocation.cpus)});
    if (!invocation.machine.empty()) words.insert(words.end(), {"--machine", invocation.machine});
    if (!invocation.cpu.empty()) words.insert(words.end(), {"--cpu", invocation.cpu});
    if (invocation.debug) words.push_back("--debug");
    if (!invocation.memory.empty()) words.insert(words.end(), {"--memory", invocation.memory});
  }
  for (const std::string& variable : invocation.env) words.insert(words.end(), {"--env", variable});
  for (const std::string& file : invocation.files) words.insert(words.end(), {"--file", file});
  words.push_back(invocation.program.string());
  if (!invocation.args.empty()) words.push_back("--");
  words.insert(words.end(), invocation.args.begin(), invocation.args.end());
  return words;
}

Result<Finished> invoke_build(const Invocation& invocation, const fs::path& output) {
  Command command{.argv = {TRY(own_path()), "build"}, .out = Stream::pipe, .err = Stream::pipe};
  if (invocation.target == Target::hosted) {
    command.argv.insert(command.argv.end(), {"--target", "hosted"});
  } else {
    command.argv.insert(command.argv.end(), {"--arch", std::string(arch_name(invocation.arch))});
  }
  if (invocation.debug) command.argv.push_back("--debug");
  if (!output.empty()) command.argv.insert(command.argv.end(), {"-o", output.string()});
  command.argv.push_back(invocation.program.string());
  return run(command, build_allowance);
}

Result<Finished> invoke(const Invocation& invocation) {
  Command command{.argv = {TRY(own_path())},
                  .in = Stream::pipe,
                  .out = Stream::pipe,
                  .err = invocation.merge ? Stream::inherit : Stream::pipe,
                  .err_to_out = invocation.merge};
  if (invocation.stdin_closed) {
    command.argv.insert(command.argv.begin(), {"sh", "-c", "exec \"$0\" \"$@\" <&-"});
  }
  std::vector<std::string> words = run_arguments(invocation);
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return run(command, std::chrono::seconds(invocation.timeout_s) + build_allowance, invocation.input);
}

}  // namespace bactrian
