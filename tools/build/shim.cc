// SPDX-License-Identifier: ISC
#include "build/shim.h"

#include <sys/stat.h>

#include <algorithm>

#include "support/hash.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr const char* takeover =
    R"(# Made by bactrian. Everything is passed on; one final link is recorded for the bare machine.
previous= ours= links=yes
for argument do
  case $previous:$argument in
    -w:* | -warn-error:* | -ccopt:* | -cclib:* | -open:*) ;; # a value: "-w -a" turns all warnings off
    *:-c | *:-a | *:-i | *:-shared | *:-pack | *:-output-obj | *:-output-complete-obj | *:-stop-after) links= ;;
  esac
  [ "$previous" = -o ] && [ "$argument" = "$BACTRIAN_EXECUTABLE" ] && ours=yes
  previous=$argument
done
if [ "$ours" ] && [ "$links" ]; then set -- "$@" -cc "$BACTRIAN_RECORDER"; fi
)";

bool is_compiler_program(const std::string& name) {
  return name.starts_with("ocaml") || name.find("-ocaml") != std::string::npos;
}

Result<void> write_script(const fs::path& file, const std::string& text) {
  TRY(write_file(file, text));
  if (chmod(file.c_str(), 0755) != 0) return system_error("cannot set the mode", errno, file);
  return {};
}

}  // namespace

std::string shim_script(const std::string& program, const fs::path& real) {
  const bool takes_over =
      program == "ocamlopt" || program == "ocamlopt.opt" || program.ends_with("-ocamlopt");
  return std::string("#!/bin/sh\n") + (takes_over ? takeover : "") + "exec " + shell_word(real.string()) +
         " \"$@\"\n";
}

Result<fs::path> provide_shim(const Cache& cache, const Compiler& compiler) {
  std::vector<std::string> programs;
  std::error_code code;
  for (fs::directory_iterator entry(compiler.folder(), code), end; !code && entry != end;
       entry.increment(code))
    if (is_compiler_program(entry->path().filename())) programs.push_back(entry->path().filename());
  std::sort(programs.begin(), programs.end());
  KeyBuilder key;
  key.add("folder", compiler.folder().string())
      .add("programs", join(programs, " "))
      .add("takeover", takeover);
  const auto make = [&](const fs::path& folder) -> Result<void> {
    for (const auto& program : programs)
      TRY(write_script(folder / "bin" / program, shim_script(program, compiler.folder() / program)));
    const fs::path library = compiler.folder().parent_path() / "lib";
    std::error_code failed;
    if (fs::is_directory(library, failed)) fs::create_directory_symlink(library, folder / "lib", failed);
    return {};
  };
  return cache.provide("shim", "ocaml-" + compiler.config.version(), key.key(), make);
}

std::string recorder_command() {
  std::error_code code;
  return shell_word(fs::read_symlink("/proc/self/exe", code).string()) + " __record-link";
}

std::vector<std::pair<std::string, std::string>> recorder_environment(const Compiler& compiler,
                                                                      const std::string& executable) {
  return {{"BACTRIAN_EXECUTABLE", executable},
          {"BACTRIAN_RECORDER", recorder_command()},
          {"BACTRIAN_NATIVE_CC", compiler.config.field("native_c_compiler")}};
}

}  // namespace bactrian
