// SPDX-License-Identifier: ISC
#include "test/ocaml_run.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

#include "build/components.h"
#include "support/cache.h"
#include "support/hash.h"
#include "support/root.h"
#include "support/text.h"
#include "test/compare.h"
#include "test/invoke.h"

namespace bactrian {
namespace {

constexpr unsigned timeout_s = 900;  // a hang detector: the longest take two minutes on an idle machine

/// Tests that use domains get processors for them, and memory for their minor heaps.
Result<bool> uses_domains(const OcamltestProgram& program) {
  for (const std::string& file : program.data) {
    fs::path source = program.folder / file;
    std::error_code code;
    if (source.extension() != ".ml" || !fs::exists(source, code)) continue;
    if (TRY(read_file(source)).find("Domain.") != std::string::npos) return true;
  }
  return false;
}

/// Tests that open the file of their own program find it in their working folder.
Result<bool> reads_itself(const OcamlCase& test) {
  std::string text = TRY(read_file(test.source));
  return text.find("executable_name") != std::string::npos || text.find("Sys.argv.(0)") != std::string::npos;
}

/// What a test's sources say, all together.
Result<std::string> sources_of(const OcamlCase& test, const OcamltestProgram& program) {
  std::string text = TRY(read_file(test.source));
  for (const std::string& file : program.data) {
    const fs::path source = program.folder / file;
    std::error_code code;
    if (source.extension() == ".ml" && fs::exists(source, code)) text += TRY(read_file(source));
  }
  return text;
}

/// A process may run other programs: for tests that do, some are there, all Debian's static busybox.
Result<void> add_commands(const OcamlCase& test, const OcamltestProgram& program, Invocation& invocation) {
  const std::string text = TRY(sources_of(test, program));
  const auto says = [&text](std::string_view word) { return text.find(word) != std::string::npos; };
  if (!says("Sys.command") && !says("open_process") && !says("create_process") && !says("system") &&
      !says("exec"))
    return {};
  const fs::path busybox = TRY(provide_component({"busybox", std::string(arch_name(test.arch))})) / "busybox";
  for (const char* name : {"sh", "cat", "cmp", "cp", "echo", "kill", "sleep"})
    invocation.files.push_back(busybox.string() + ":/bin/" + name);
  return {};
}

/// Lets the image of the tender run the program, which then is a file of its.
Result<void> put_under_tender(const fs::path& name, Invocation& invocation) {
  invocation.files.push_back(invocation.program.string() + ":/" + name.string());
  invocation.args.insert(invocation.args.begin(), "/" + name.string());
  invocation.program = TRY(tender(invocation.arch));
  invocation.target = Target::bare;
  return {};
}

Result<Invocation> invocation_of(const OcamlCase& test, const OcamltestProgram& program,
                                 const BuiltImage& image, OcamlRun how) {
  bool domains = TRY(uses_domains(program));
  Invocation invocation{.program = image.elf,
                        .arch = image.arch,
                        .target = image.target,
                        .cpus = domains ? std::clamp(std::thread::hardware_concurrency(), 2U, 4U) : 1U,
                        .memory = domains ? "1G" : "512M",
                        .args = {},
                        .merge = true,
                        .timeout_s = timeout_s};
  // The folder of the build is the program's working folder, wherever it runs.
  for (std::string argument : program.arguments) {
    if (argument.starts_with(program.folder.string() + "/"))
      argument.replace(0, program.folder.string().size(), ".");
    invocation.args.push_back(std::move(argument));
  }
  for (const auto& [name, value] : program.environment) invocation.env.push_back(name + "=" + value);
  for (const std::string& file : program.data) {
    std::error_code code;
    fs::path host = program.folder / file;
    if (fs::exists(host, code)) invocation.files.push_back(host.string() + ":/" + file);
  }
  if (how == OcamlRun::as_process) {
    TRY(add_commands(test, program, invocation));
    TRY(put_under_tender(fs::path(program.file).filename(), invocation));
  } else if (TRY(reads_itself(test))) {
    invocation.files.push_back(image.elf.string());
  }
  if (!program.stdin_file.empty()) invocation.input = TRY(read_file(program.stdin_file));
  return invocation;
}

/// The script NAME.ACTION beside a test, or empty.
fs::path hook(const OcamlCase& test, const char* action) {
  fs::path file = test.source;
  file.replace_extension(action);
  std::error_code code;
  return fs::exists(file, code) ? file : fs::path();
}

/// A program for scripts: runs the machine with the program's own arguments, and behind them those that it is
/// given.
Result<void> write_launcher(const fs::path& file, const Invocation& invocation) {
  std::error_code code;
  std::vector<std::string> words = {fs::read_symlink("/proc/self/exe", code)};
  Invocation without = invocation;
  without.args.clear();
  std::vector<std::string> arguments = run_arguments(without);
  arguments.pop_back();  // the image, which stands behind what we add
  words.insert(words.end(), arguments.begin(), arguments.end());
  TRY(write_file(file, "#!/bin/sh\nexec " + shell_command(words) +
                           " ${OCAMLRUNPARAM+--env \"OCAMLRUNPARAM=$OCAMLRUNPARAM\"} " +
                           shell_word(invocation.program.string()) + " -- " + shell_command(invocation.args) +
                           " \"$@\"\n"));
  if (chmod(file.c_str(), 0755) != 0) return system_error("cannot set the mode", errno, file);
  return {};
}

struct HookResult {
  int status = 0;
  std::string output;
};

/// Carries out a script with the variables that ocamltest gives it.
Result<HookResult> run_hook(const fs::path& script, const OcamlCase& test, const OcamltestProgram& program,
                            const Invocation& invocation, const fs::path& folder) {
  fs::path launcher = folder / (test.source.stem().string() + ".opt");
  fs::path output = launcher.string() + ".output";
  TRY(write_launcher(launcher, invocation));
  Command command{.argv = {"sh", script},
                  .folder = folder,
                  .env = {{"program", launcher},
                          {"output", output},
                          {"reference", program.reference},
                          {"test_source_directory", test.source.parent_path()},
                          {"test_build_directory", program.folder},
                          {"ocamltest_response", folder / "response"},
                          {"os_type", "Unix"},
                          {"SORT", "sort"},
                          {"TEST_PASS", "0"},
                          {"TEST_FAIL", "1"},
                          {"TEST_SKIP", "125"}},
                  .out = Stream::pipe,
                  .err_to_out = true};
  for (const auto& [name, value] : program.environment) command.env.emplace_back(name, value);
  Finished finished = TRY(run(command, std::chrono::seconds(2 * timeout_s)));
  std::error_code code;
  return HookResult{.status = finished.status,
                    .output = fs::exists(output, code) ? TRY(read_file(output)) : finished.out};
}

/// Without what the header says to skip at the start.
std::string_view behind_header(std::string_view text, const OcamltestProgram& program) {
  for (unsigned line = 0; line < program.skip_lines; ++line) {
    size_t end = text.find('\n');
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  text.remove_prefix(std::min<size_t>(program.skip_bytes, text.size()));
  return text;
}

/// As ocamltest: where all lines of the output end with CR LF and the reference's do not, they count as
/// lines.
std::string normalised(std::string_view output, std::string_view reference) {
  std::string result;
  size_t first_end = reference.find('\n');
  if (first_end != std::string_view::npos && first_end > 0 && reference[first_end - 1] == '\r')
    return std::string(output);
  for (size_t at = 0; at < output.size();) {
    size_t end = output.find('\n', at);
    if (end == std::string_view::npos) return result + std::string(output.substr(at));
    if (end == at || output[end - 1] != '\r') return std::string(output);
    result += std::string(output.substr(at, end - 1 - at)) + "\n";
    at = end + 1;
  }
  return result;
}

}  // namespace

Result<std::string> expected_output(const OcamltestProgram& program) {
  std::error_code code;
  if (!fs::exists(program.reference, code)) return std::string();
  return read_file(program.reference);
}

Result<fs::path> tender(Arch arch) {
  static std::mutex mutex;
  static std::map<Arch, fs::path> made;
  const std::lock_guard<std::mutex> lock(mutex);
  if (const auto found = made.find(arch); found != made.end()) return found->second;
  const fs::path folder =
      cache_root() / "tests" / ("tender-" + sha256(project_root().string()).substr(0, 16));
  std::error_code code;
  fs::create_directories(folder, code);
  const fs::path image = folder / std::string(arch_name(arch));
  const Finished finished =
      TRY(invoke_build({.program = project_root() / "examples" / "process", .arch = arch}, image));
  if (finished.status != 0)
    return Error{.message = "examples/process does not build", .remedy = tail(finished.err, 5)};
  made.emplace(arch, image);
  return image;
}

Result<std::string> run_shared(const BuiltImage& image, OcamlRun how) {
  Invocation invocation{.program = image.elf,
                        .arch = image.arch,
                        .target = image.target,
                        .memory = "512M",
                        .merge = true,
                        .timeout_s = timeout_s};
  if (how == OcamlRun::as_process) TRY(put_under_tender("program", invocation));
  return TRY(invoke(invocation)).out;
}

Result<std::string> run_and_judge(const OcamlCase& test, const OcamltestProgram& program,
                                  const BuiltImage& image, OcamlRun how,
                                  const std::vector<std::string>& files) {
  Invocation invocation = TRY(invocation_of(test, program, image, how));
  invocation.files.insert(invocation.files.end(), files.begin(), files.end());
  std::string why, output;
  fs::path run_script = hook(test, ".run"), check_script = hook(test, ".check-program-output");
  TempFolder folder = TRY(TempFolder::create("bactrian-ocamltest"));
  if (!run_script.empty()) {
    HookResult done = TRY(run_hook(run_script, test, program, invocation, folder.path()));
    output = done.output;
    if (done.status != 0) why = "the script ended with " + std::to_string(done.status) + "\n";
  } else {
    Finished finished = TRY(invoke(invocation));
    output = finished.out;
    if (finished.status != program.status)
      why = "status " + std::to_string(finished.status) + " for " + std::to_string(program.status) + "\n";
  }
  if (program.checked && !check_script.empty()) {
    fs::path file = folder.path() / (test.source.stem().string() + ".opt.output");
    TRY(write_file(file, output));
    HookResult done = TRY(run_hook(check_script, test, program, invocation, folder.path()));
    if (done.status != 0)
      why += "the script that checks the output ended with " + std::to_string(done.status) + "\n";
  } else if (program.checked) {
    std::string expected = TRY(expected_output(program));
    why += difference(expected, normalised(behind_header(output, program), expected));
  }
  if (!why.empty()) why += tail(output, 8);
  return why;
}

}  // namespace bactrian
