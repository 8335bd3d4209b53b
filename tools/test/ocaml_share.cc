// SPDX-License-Identifier: ISC
#include "test/ocaml_share.h"

#include <algorithm>
#include <array>

#include "support/text.h"

namespace bactrian {
namespace {

/// No program of the tests prints this.
constexpr std::string_view mark = "\x01<next>\n";

/// Words of programs that end early, leave something behind or ask about the program as a whole.
constexpr std::array private_words = {"exit",
                                      "Thread",
                                      "Domain",
                                      "Unix",
                                      "Gc",
                                      "Printexc",
                                      "stdin",
                                      "read_line",
                                      "read_int",
                                      "Scanf.scanf",
                                      "argv",
                                      "getenv",
                                      "chdir",
                                      "signal",
                                      "Callback",
                                      "Memprof",
                                      "Runtime_events",
                                      "self_init",
                                      "executable_name",
                                      "set_binary_mode",
                                      "open_out",
                                      "temp_file",
                                      "Weak",
                                      "Ephemeron",
                                      "Dynlink",
                                      "Stack_overflow",
                                      "Out_of_memory",
                                      "set_formatter",
                                      "set_margin",
                                      "Dynlink",
                                      "Sys.readdir"};

/// Flags of the linker, or of objects that link in another way.
constexpr std::array private_flags = {
    "-linkall", "-cclib",    "-ccopt",  "-output-obj",      "-output-complete-obj",
    "-pack",    "-for-pack", "-shared", "-runtime-variant", "-o"};

bool is_plain(const OcamltestProgram& program) {
  return program.steps.size() == 2 && program.steps[0].kind == OcamltestStep::Kind::folder &&
         program.steps[1].kind == OcamltestStep::Kind::compile && program.steps[1].tool == "ocamlopt" &&
         program.arguments.empty() && program.environment.empty() && program.stdin_file.empty() &&
         program.status == 0 && program.checked && program.skip_lines == 0 && program.skip_bytes == 0 &&
         program.stdout_file.empty() && program.stderr_file.empty();
}

bool flags_are_plain(const OcamltestStep& step) {
  for (size_t i = 0; i < step.flags.size(); ++i) {
    if (step.flags[i] == "-I" && ++i < step.flags.size()) continue;
    for (const char* flag : private_flags)
      if (step.flags[i] == flag) return false;
  }
  return std::all_of(step.sources.begin(), step.sources.end(), [](const std::string& source) {
    return source.ends_with(".ml") || source.ends_with(".mli");
  });
}

}  // namespace

Result<bool> may_share(const OcamlCase& test) {
  auto read = TRY(read_case(test.source, test.arch, "/"));
  if (!read || read->programs.size() != 1 || !is_plain(read->programs[0])) return false;
  const OcamltestStep& step = read->programs[0].steps[1];
  // The tests' own library prints something at the end of the image.
  if (!flags_are_plain(step) || share_kind(read->programs[0]).find("testing") != std::string::npos)
    return false;
  fs::path folder = test.source.parent_path();
  for (const char* hook : {".run", ".check-program-output"})
    if (std::error_code code; fs::exists(fs::path(test.source).replace_extension(hook), code)) return false;
  for (const std::string& source : step.sources) {
    std::string text = TRY(read_file(folder / source));
    for (const char* word : private_words)
      if (text.find(word) != std::string::npos) return false;
  }
  return true;
}

std::vector<std::string> share_units(const OcamltestProgram& program) {
  std::vector<std::string> units;
  for (const std::string& source : program.steps.back().sources)
    if (source.ends_with(".ml")) units.push_back(fs::path(source).replace_extension(".cmx"));
  return units;
}

std::vector<std::string> share_folders(const OcamltestStep& step) {
  std::vector<std::string> folders;
  for (size_t i = 0; i + 1 < step.flags.size(); ++i)
    if (step.flags[i] == "-I") folders.insert(folders.end(), {"-I", step.flags[i + 1]});
  return folders;
}

std::string share_kind(const OcamltestProgram& program) {
  return join(program.steps.back().libraries, " ");
}

std::string share_marks(const std::vector<std::string>& names) {
  // The names stand there for a person who looks at the program.
  std::string text = "(* " + join(names, " ") + " *)\n";
  text += "let state = Random.get_state ()\n";
  text += "let next () =\n";
  text += "  flush_all ();\n  Format.print_flush ();\n  Format.pp_print_flush Format.err_formatter ();\n";
  text += "  Random.set_state (Random.State.copy state);\n";
  text += "  print_string \"\\001<next>\\n\";\n  flush stdout\n";
  return text;
}

std::vector<SharedOutput> split_shared(size_t count, std::string_view out) {
  std::vector<SharedOutput> outputs(count);
  size_t at = out.find(mark);
  for (SharedOutput& output : outputs) {
    if (at == std::string_view::npos) break;
    at += mark.size();
    output.begun = true;
    size_t end = out.find(mark, at);
    output.ended = end != std::string_view::npos;
    output.out = out.substr(at, output.ended ? end - at : std::string_view::npos);
    at = end;
  }
  return outputs;
}

}  // namespace bactrian
