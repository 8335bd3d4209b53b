// SPDX-License-Identifier: ISC
#include "test/ocamltest.h"

#include <algorithm>
#include <map>
#include <set>

#include "test/ocamltest_environment.h"
#include "test/tsl.h"

namespace bactrian {

const std::string_view testing_folder = "@testing@";

namespace {

/// What ocamltest answers on a Linux machine of the architecture, with a compiler configured by default: not
/// about the machine that we run on, or a test would qualify here and not there. None: no such question.
std::optional<bool> answer(const std::string& question, Arch arch) {
  static const std::map<std::string, bool> answers = {{"pass", true},
                                                      {"skip", false},
                                                      {"fail", false},
                                                      {"dumpenv", true},
                                                      // the system
                                                      {"hasunix", true},
                                                      {"libunix", true},
                                                      {"hassysthreads", true},
                                                      {"hasstr", true},
                                                      {"multicore", true},
                                                      {"multidomain", true},
                                                      {"libwin32unix", false},
                                                      {"windows", false},
                                                      {"not-windows", true},
                                                      {"not-msvc", true},
                                                      {"target-windows", false},
                                                      {"not-target-windows", true},
                                                      {"bsd", false},
                                                      {"not-bsd", true},
                                                      {"linux", true},
                                                      {"macos", false},
                                                      {"not_macos_amd64_tsan", true},
                                                      {"has_symlink", true},
                                                      {"windows-unicode", false},
                                                      {"csharp-compiler", false},
                                                      // the processor
                                                      {"arch32", false},
                                                      {"arch64", true},
                                                      {"arch_arm", false},
                                                      {"arch_i386", false},
                                                      {"arch_power", false},
                                                      {"arch_s390x", false},
                                                      // the configuration
                                                      {"function_sections", true},
                                                      {"frame_pointers", false},
                                                      {"tsan", false},
                                                      {"no-tsan", true},
                                                      {"flat-float-array", true},
                                                      {"no-flat-float-array", false},
                                                      {"flambda", false},
                                                      {"no-flambda", true},
                                                      {"shared-libraries", true},
                                                      {"no-shared-libraries", false},
                                                      {"native-compiler", true},
                                                      {"native-dynlink", true},
                                                      {"debugger", true},
                                                      {"instrumented-runtime", false},
                                                      {"afl-instrument", false},
                                                      {"no-afl-instrument", true}};
  if (question == "arch_amd64") return arch == Arch::x86_64;
  if (question == "arch_arm64") return arch == Arch::aarch64;
  if (question == "arch_riscv") return arch == Arch::riscv64;
  auto found = answers.find(question);
  if (found == answers.end()) return std::nullopt;
  return found->second;
}

std::string_view arch_of_ocaml(Arch arch) {
  return arch == Arch::x86_64 ? "amd64" : arch == Arch::aarch64 ? "arm64" : "riscv";
}

/// On the way along one path: what is set, and what is there to run.
struct State {
  OcamltestEnvironment environment;
  std::set<std::string> exported = {};  ///< variables that the program is to have
  std::vector<std::string> data = {};
  std::string native = {};  ///< the program that ocamlopt made last; empty: ocamlc did
  std::optional<size_t> last_run = {};
};

bool is_below(const fs::path& path, const fs::path& folder) {
  return path == folder || path.string().starts_with(folder.string() + "/");
}

class Interpreter {
 public:
  explicit Interpreter(const OcamltestPlace& place) : place_(place) {}

  Ocamltest interpret(TslBlock root) {
    State state{.environment = initial()};
    size_t actions = 0;
    while (actions < root.statements.size() && root.statements[actions].kind != TslStatement::Kind::action) {
      if (!assign(state, root.statements[actions++])) return {.programs = {}, .not_run = not_run_};
    }
    root.statements.erase(root.statements.begin(), root.statements.begin() + static_cast<long>(actions));
    find_modules(state.environment);
    if (root.statements.empty() && root.blocks.empty()) root.statements.push_back({.name = "native"});
    walk(std::move(state), root);
    if (programs_.empty() && not_run_.empty()) not_run_ = "has no native program";
    return {.programs = programs_, .not_run = programs_.empty() ? not_run_ : ""};
  }

 private:
  fs::path source_folder() const { return place_.source.parent_path(); }

  OcamltestEnvironment initial() const {
    OcamltestEnvironment environment;
    fs::path plain = fs::path(place_.source).replace_extension();
    environment.set("test_file", place_.source.filename());
    environment.set("reference", plain.string() + ".reference");
    environment.set("test_source_directory", source_folder());
    environment.set("test_build_directory_prefix", place_.build_folder);
    environment.set("ocamlrunparam", "v=0");
    environment.set("os_type", "Unix");
    environment.set("arch", std::string(arch_of_ocaml(place_.arch)));
    environment.set("objext", "o");
    environment.set("libext", "a");
    environment.set("asmext", "s");
    environment.set("sharedobjext", "so");
    environment.set("dev_null", "/dev/null");
    environment.set("cpp", "gcc -E -P");
    return environment;
  }

  /// All sources of the program, interfaces too: known before the first action, as in ocamltest.
  void find_modules(OcamltestEnvironment& environment) const {
    std::vector<std::string> modules = environment.words("modules");
    modules.push_back(environment.get("test_file"));
    std::string all;
    for (const std::string& module : modules) {
      fs::path interface = fs::path(module).replace_extension(".mli");
      std::error_code code;
      if (fs::path(module).extension() == ".ml" && fs::exists(source_folder() / interface, code))
        all += interface.string() + " ";
      all += module + " ";
    }
    environment.set("all_modules", all);
  }

  bool refuse(const std::string& why) {
    if (not_run_.empty()) not_run_ = why;
    return false;
  }

  bool assign(State& state, const TslStatement& statement) {
    using Kind = TslStatement::Kind;
    const std::string& name = statement.name;
    if (statement.declares || name == "ocamlrunparam") state.exported.insert(name);
    switch (statement.kind) {
      case Kind::assign:
        state.environment.set(name, statement.value);
        return true;
      case Kind::append:
        state.environment.append(name, statement.value);
        return true;
      case Kind::unset:
        state.environment.unset(name);
        return true;
      case Kind::include:
        return state.environment.include(name) || refuse("includes " + name);
      case Kind::action:
        break;
    }
    return true;
  }

  void walk(State state, const TslBlock& block) {
    for (const TslStatement& statement : block.statements) {
      bool goes_on =
          statement.kind == TslStatement::Kind::action ? act(state, statement) : assign(state, statement);
      if (!goes_on) return;
    }
    for (const TslBlock& inner : block.blocks) walk(state, inner);
  }

  /// False: the path ends here.
  bool act(State& state, const TslStatement& statement) {
    for (const std::string& modifier : statement.modifiers) {
      if (!state.environment.include(modifier)) return refuse("includes " + modifier);
    }
    const std::string& name = statement.name;
    if (auto holds = answer(name, place_.arch)) {
      std::string reason = state.environment.get("reason");
      return *holds || refuse(reason.empty() ? "is skipped (" + name + ")" : reason);
    }
    if (name == "native") {
      enter(state, "ocamlopt.byte");
      compile(state, "ocamlopt", "ocamlopt_byte_exit_status");
      run(state);
      check(state);
    } else if (name == "bytecode") {
      state.native.clear();
    } else if (name.starts_with("setup-ocaml") && name.ends_with("-build-env")) {
      constexpr size_t before = std::string_view("setup-").size(),
                       behind = std::string_view("-build-env").size();
      enter(state, name.substr(before, name.size() - before - behind));
    } else if (name == "setup-simple-build-env" || name == "setup-build-env") {
      enter(state, "");
    } else if (name == "ocamlopt.byte" || name == "ocamlopt.opt") {
      compile(state, "ocamlopt",
              name == "ocamlopt.opt" ? "ocamlopt_opt_exit_status" : "ocamlopt_byte_exit_status");
    } else if (name == "ocamlc.byte" || name == "ocamlc.opt") {
      compile(state, "ocamlc", name == "ocamlc.opt" ? "ocamlc_opt_exit_status" : "ocamlc_byte_exit_status");
    } else if (name == "cd") {
      folder_ = (folder_ / state.environment.get("cwd")).lexically_normal();
    } else if (name == "copy") {
      steps_.push_back({.kind = OcamltestStep::Kind::copy,
                        .folder = folder_,
                        .files = state.environment.words("src"),
                        .target = state.environment.get("dst")});
    } else if (name == "run") {
      run(state);
    } else if (name == "check-program-output") {
      check(state);
    } else if (name == "script" && steps_.empty() && place_.answers_yes) {
      return place_.answers_yes(state.environment.get("script")) || refuse("is skipped (script)");
    } else if (name.starts_with("check-") || name.starts_with("compare-") || name == "file-exists") {
      // What the compiler prints and writes is its own matter, not the machine's.
    } else {
      return refuse(name == "script" ? "runs a shell script" : "is a test of " + name);
    }
    return true;
  }

  void enter(State& state, const std::string& tool) {
    OcamltestEnvironment& environment = state.environment;
    folder_ = place_.build_folder;
    if (!tool.empty()) folder_ /= tool + environment.get("compiler_directory_suffix");
    environment.set("test_build_directory", folder_);
    if (tool.starts_with("ocamlopt")) {
      std::string plain = fs::path(environment.get("test_file")).stem();
      environment.set_default("program", folder_ / (plain + ".opt"));
    }
    OcamltestStep step{.kind = OcamltestStep::Kind::folder, .folder = folder_};
    for (const char* list : {"all_modules", "readonly_files", "subdirectories"})
      for (std::string& file : environment.words(list)) step.files.push_back(std::move(file));
    if (tool.empty()) step.files.push_back(environment.get("test_file"));
    state.data = step.files;
    steps_.push_back(std::move(step));
  }

  void compile(State& state, const std::string& tool, const std::string& status_variable) {
    const OcamltestEnvironment& environment = state.environment;
    OcamltestStep step{.kind = OcamltestStep::Kind::compile, .folder = folder_, .tool = tool};
    step.status = environment.number(status_variable);
    const auto add = [&](const std::string& variable) {
      for (std::string& word : environment.words(variable)) step.flags.push_back(std::move(word));
    };
    if (std::vector<std::string> line = environment.words("commandline"); !line.empty()) {
      step.flags = line;
      steps_.push_back(std::move(step));
      return;
    }
    for (const std::string& folder : environment.words("directories")) {
      step.flags.insert(step.flags.end(), {"-I", folder});
    }
    add("flags");
    add(tool + "_flags");
    step.libraries = environment.words("libraries");
    step.sources = environment.words("module");
    bool only_compile = !step.sources.empty() || environment.get("compile_only") == "true";
    if (step.sources.empty()) {
      for (const std::string& module : environment.words("binary_modules"))
        step.sources.push_back(module + (tool == "ocamlopt" ? ".cmx" : ".cmo"));
      for (const char* list : {"ocaml_filetype_flag", "all_modules", "last_flags"})
        for (std::string& word : environment.words(list)) step.sources.push_back(std::move(word));
    }
    if (only_compile) {
      step.flags.emplace_back("-c");
    } else {
      step.output = environment.get("program");
      state.native = tool == "ocamlopt" ? step.output : "";
    }
    steps_.push_back(std::move(step));
  }

  void run(State& state) {
    const OcamltestEnvironment& environment = state.environment;
    state.last_run.reset();
    if (state.native.empty() || environment.get("program") != state.native) return;
    OcamltestProgram program{.steps = steps_for(environment.get("test_build_directory")),
                             .folder = folder_,
                             .file = state.native,
                             .arguments = environment.words("arguments"),
                             .environment = {},
                             .data = state.data,
                             .status = environment.number("exit_status"),
                             .stdout_file = environment.get("stdout"),
                             .stderr_file = environment.get("stderr")};
    for (const std::string& name : state.exported) {
      if (environment.get(name).empty()) continue;
      program.environment.emplace_back(name == "ocamlrunparam" ? "OCAMLRUNPARAM" : name,
                                       environment.get(name));
    }
    if (std::string file = environment.get("stdin"); !file.empty()) program.stdin_file = folder_ / file;
    programs_.push_back(std::move(program));
    state.last_run = programs_.size() - 1;
  }

  /// What has been done in a folder so far: the rest is of other compilers.
  std::vector<OcamltestStep> steps_for(const fs::path& build_folder) const {
    std::vector<OcamltestStep> steps;
    std::copy_if(steps_.begin(), steps_.end(), std::back_inserter(steps),
                 [&](const OcamltestStep& step) { return is_below(step.folder, build_folder); });
    return steps;
  }

  void check(State& state) {
    if (!state.last_run) return;
    OcamltestProgram& program = programs_[*state.last_run];
    program.checked = true;
    program.reference = source_folder() / state.environment.get("reference");
    program.skip_lines = static_cast<unsigned>(state.environment.number("skip_header_lines"));
    program.skip_bytes = static_cast<unsigned>(state.environment.number("skip_header_bytes"));
  }

  OcamltestPlace place_;
  // Alternatives follow one another in time: each finds the files and the folder that the one before left.
  std::vector<OcamltestStep> steps_ = {};
  fs::path folder_ = {};
  std::vector<OcamltestProgram> programs_ = {};
  std::string not_run_ = {};
};

}  // namespace

std::vector<std::string> ocamltest_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = '\0';
  for (char c : text) {
    if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote == '\0' ? c : '\0';
    } else if (quote == '\0' && (c == ' ' || c == '\n')) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

Result<std::optional<Ocamltest>> read_ocamltest(std::string_view text, const OcamltestPlace& place) {
  std::optional<TslBlock> header = TRY(parse_tsl(text));
  if (!header) return std::optional<Ocamltest>();
  return std::optional<Ocamltest>(Interpreter(place).interpret(std::move(*header)));
}

}  // namespace bactrian
