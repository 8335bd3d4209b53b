// SPDX-License-Identifier: ISC
#include "test/ocaml_program.h"

#include <algorithm>

#include "build/components.h"
#include "build/final_link.h"
#include "build/link_record.h"
#include "build/shim.h"
#include "support/hash.h"
#include "support/text.h"
#include "test/compare.h"
#include "test/ocaml_share.h"

namespace bactrian {
namespace {

/// Raise it when the same headers are carried out in another way.
constexpr const char* build_version = "2";

std::string flat(std::string name) {
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

Error not_built(const std::string& what, const std::string& output) {
  return Error{.message = "does not build: " + what + "\n" + tail(output, 10)};
}

}  // namespace

Result<OcamlBuilder> OcamlBuilder::create(const fs::path& ocaml_source, Arch arch) {
  // The tests belong to one version of OCaml: not to whatever lies in PATH.
  std::optional<fs::path> own;
  if (arch == Arch::x86_64) own = TRY(provide_component({"ocaml"}));
  Compiler compiler = TRY(choose_compiler({.arch = arch, .compiler = own}));
  OcamlBuilder builder(TRY(Cache::open()), std::move(compiler), ocaml_source, arch);
  TRY(builder.provide_libraries());
  return builder;
}

std::string OcamlBuilder::key() const {
  KeyBuilder key;
  key.add("version", build_version).add("source", ocaml_source_.filename().string());
  key.add("compiler", compiler_.key).add("arch", arch_name(arch_));
  return key.key();
}

Result<Finished> OcamlBuilder::run_tool(std::vector<std::string> argv, const fs::path& folder) const {
  auto env = recorder_environment(compiler_, "");
  env.push_back(compiler_.search_path());
  env.emplace_back("TERM", "dumb");
  return run({.argv = std::move(argv), .folder = folder, .env = env, .out = Stream::pipe, .err_to_out = true},
             std::chrono::seconds(600));
}

Result<void> OcamlBuilder::make_library(const fs::path& from, const std::string& name,
                                        const std::vector<std::string>& archive_flags,
                                        const fs::path& folder) const {
  for (const char* suffix : {".mli", ".ml"})
    TRY(write_file(folder / (name + suffix), TRY(read_file(from / (name + suffix)))));
  Finished compiled = TRY(run_tool({compiler_.ocamlopt, "-c", name + ".mli", name + ".ml"}, folder));
  if (compiled.status != 0) return not_built("the library " + name, compiled.out);
  std::vector<std::string> argv = {compiler_.ocamlopt, "-a", "-o", name + ".cmxa", name + ".cmx"};
  argv.insert(argv.end(), archive_flags.begin(), archive_flags.end());
  Finished archived = TRY(run_tool(argv, folder));
  if (archived.status != 0) return not_built("the library " + name, archived.out);
  return {};
}

Result<void> OcamlBuilder::provide_libraries() {
  const auto make = [&](const fs::path& folder) -> Result<void> {
    // Linked whole: at its end it prints what the references have, also for programs that do not name it.
    TRY(make_library(ocaml_source_ / "testsuite" / "lib", "testing", {"-linkall"}, folder));
    TRY(make_library(ocaml_source_ / "testsuite" / "lib", "lib", {}, folder));
    // Debian's packages have its C archive only.
    if (!has_library("runtime_events")) {
      TRY(make_library(ocaml_source_ / "otherlibs" / "runtime_events", "runtime_events",
                       {"-cclib", "-lcamlruntime_eventsnat"}, folder));
    }
    return {};
  };
  libraries_ = TRY(cache_.provide("ocamltest", "library-" + std::string(arch_name(arch_)), key(), make));
  return {};
}

bool OcamlBuilder::has_library(const std::string& name) const {
  std::error_code code;
  return fs::exists(fs::path(compiler_.config.standard_library()) / name / (name + ".cmxa"), code);
}

Result<OcamlBuilder::Built> OcamlBuilder::build(const OcamlCase& test) const {
  const auto programs_in = [&](const fs::path& folder) -> Result<std::vector<OcamltestProgram>> {
    return TRY(read_case(test.source, arch_, folder))->programs;
  };
  const auto make = [&](const fs::path& folder) -> Result<void> {
    std::vector<OcamltestProgram> programs = TRY(programs_in(folder));
    for (size_t i = 0; i < programs.size(); ++i) {
      for (size_t k = 0; k < programs[i].steps.size(); ++k) TRY(carry_out(programs[i].steps[k], test));
      std::error_code code;
      fs::copy_file(programs[i].folder / programs[i].file, folder / ("program." + std::to_string(i)), code);
      if (code) return not_built("no program " + programs[i].file + " was made", "");
    }
    return {};
  };
  std::string name = flat(test.name) + "-" + std::string(arch_name(arch_));
  fs::path folder = TRY(cache_.provide("ocamltest", name, key(), make));
  Built built{.programs = TRY(programs_in(folder))};
  for (size_t i = 0; i < built.programs.size(); ++i)
    built.programs[i].file = folder / ("program." + std::to_string(i));
  return built;
}

Result<void> OcamlBuilder::copy_files(const OcamltestStep& step, const OcamlCase& test) const {
  bool makes_folder = step.kind == OcamltestStep::Kind::folder;
  TRY(make_folders(step.folder));
  for (const std::string& file : step.files) {
    fs::path from = (makes_folder ? test.source.parent_path() : step.folder) / file;
    fs::path to = makes_folder ? step.folder / file : step.folder / step.target;
    std::error_code code;
    if (!makes_folder && (step.target.ends_with('/') || fs::is_directory(to, code))) to /= from.filename();
    if (!fs::exists(from, code)) continue;  // made by a later step (a parser), or by the program
    TRY(make_folders(to.parent_path()));
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing, code);
    if (code) return system_error("cannot copy the file", code.value(), from);
  }
  return {};
}

Result<void> OcamlBuilder::carry_out(const OcamltestStep& step, const OcamlCase& test) const {
  if (step.kind != OcamltestStep::Kind::compile) return copy_files(step, test);
  return compile(step);
}

/// Lexers and parsers are replaced by what is generated from them.
Result<std::vector<std::string>> OcamlBuilder::generated(const OcamltestStep& step) const {
  std::vector<std::string> sources;
  for (const std::string& source : step.sources) {
    fs::path file = source;
    bool lexer = file.extension() == ".mll", parser = file.extension() == ".mly";
    if (lexer || parser) {
      std::string tool = lexer ? "ocamllex" : "ocamlyacc";
      Finished finished = TRY(run_tool({compiler_.tool(tool), source}, step.folder));
      if (finished.status != 0) return not_built(tool + " " + source, finished.out);
      if (parser) sources.push_back(file.replace_extension(".mli"));
      sources.push_back(file.replace_extension(".ml"));
    } else {
      sources.push_back(source);
    }
  }
  return sources;
}

std::vector<std::string> OcamlBuilder::words_for_tool(const OcamltestStep& step) const {
  std::vector<std::string> words;
  for (const std::string& flag : step.flags) {
    bool ours = flag == testing_folder || (flag == "+runtime_events" && !has_library("runtime_events"));
    words.push_back(ours ? libraries_.string() : flag);
  }
  std::string suffix = step.tool == "ocamlopt" ? ".cmxa" : ".cma";
  for (const std::string& library : step.libraries) words.push_back(library + suffix);
  return words;
}

Result<void> OcamlBuilder::compile(const OcamltestStep& step) const {
  bool native = step.tool == "ocamlopt";
  std::vector<std::string> argv = {native ? compiler_.ocamlopt.string() : compiler_.tool(step.tool).string()};
  for (std::string& word : words_for_tool(step)) argv.push_back(std::move(word));
  if (native) argv.insert(argv.end(), {"-cc", recorder_command()});
  if (!step.output.empty()) argv.insert(argv.end(), {"-o", step.output});
  for (std::string& source : TRY(generated(step))) argv.push_back(std::move(source));
  Finished finished = TRY(run_tool(argv, step.folder));
  if (finished.status != step.status)
    return not_built(step.tool + " ended with " + std::to_string(finished.status), finished.out);
  return {};
}

Result<fs::path> OcamlBuilder::link_together(const std::vector<const OcamltestProgram*>& programs,
                                             const std::vector<std::string>& names) const {
  KeyBuilder content;
  content.add("key", key()).add("marks", share_marks(names));
  for (const std::string& name : names) content.add("name", name);
  const auto make = [&](const fs::path& folder) -> Result<void> {
    const OcamltestStep& first = programs.front()->steps.back();
    std::vector<std::string> argv = {compiler_.ocamlopt, "-w", "-a",       "-cc",
                                     recorder_command(), "-o", "program.0"};
    for (std::string& word :
         words_for_tool({.tool = first.tool, .flags = share_folders(first), .libraries = first.libraries}))
      argv.push_back(std::move(word));
    TRY(write_file(folder / "bactrian_marks.ml", share_marks(names)));
    argv.emplace_back("bactrian_marks.ml");
    for (size_t i = 0; i <= programs.size(); ++i) {
      // A unit of its own between any two programs: units are started in the order in which they are linked.
      std::string mark = "bactrian_mark_" + std::to_string(i) + ".ml";
      TRY(write_file(folder / mark, "let () = Bactrian_marks.next ()\n"));
      argv.push_back(mark);
      if (i == programs.size()) break;
      for (const std::string& unit : share_units(*programs[i])) argv.push_back(programs[i]->folder / unit);
    }
    Finished finished = TRY(run_tool(argv, folder));
    if (finished.status != 0) return not_built("the programs that share an image", finished.out);
    return {};
  };
  return TRY(cache_.provide("ocamltest", "together-" + std::string(arch_name(arch_)), content.key(), make)) /
         "program.0";
}

Result<BuiltImage> OcamlBuilder::image(const fs::path& record, Target target) const {
  return link_image(cache_,
                    {.name = "ocamltest",
                     .record = TRY(parse_link_record(TRY(read_file(record)))),
                     .arch = arch_,
                     .target = target},
                    compiler_);
}

}  // namespace bactrian
