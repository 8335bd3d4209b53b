// SPDX-License-Identifier: ISC
//
// The command line: flags into options. The only file that includes CLI11 (it is slow to compile).

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <iostream>

#include "cli/options.h"
#include "support/result.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {

namespace {

constexpr const char* top_help = R"(Examples:
  bactrian run examples/hello.ml                  boot a program on the bare machine (QEMU)
  bactrian run --arch aarch64 examples/hello.ml   the same on another architecture
  bactrian run --file notes.txt wc.ml -- /notes.txt
  bactrian run --target hosted prog.ml            the same program as a Linux process
  bactrian test                                   all quick tests
  bactrian fs make disk.img --from folder/        a RedoxFS image of a folder
  bactrian doctor                                 is this machine ready?

`bactrian COMMAND --help` tells more. Exit statuses: `run` ends with the program's own (0-255), or
70 after a panic, 124 after --timeout, 125 when bactrian itself could not go on, 130 after Ctrl-C.)";

constexpr const char* run_help =
    R"(PROGRAM is a .ml file, a folder with a dune project of one executable, an image made by `bactrian build`, or
a disk image made by `bactrian image`.

Examples:
  bactrian run hello.ml
  bactrian run --cpus 4 --memory 512M primes.ml -- 1000000
  bactrian run --file data.csv --file cfg.toml:/etc/cfg.toml report/ -- /data.csv
  echo 'some text' | bactrian run cat.ml > out.txt
  bactrian run --env LANG=C --timeout 60 prog.ml
  bactrian run --system examples/system.toml      boots a whole system, to its shell
  bactrian run --arch aarch64 --machine virt,gic-version=3 --cpu cortex-a72 prog.ml
  bactrian run --gdb prog.ml                      waits at the entry for a debugger)";

constexpr const char* build_help = R"(Examples:
  bactrian build hello.ml -o hello.img
  bactrian build --arch riscv64 my-project/ --json)";

constexpr const char* image_help =
    R"(CONFIG is a TOML file; docs/cli.md has its names, examples/image.toml is one.

Examples:
  bactrian image examples/image.toml -o disk.img
  bactrian image --arch riscv64 my.toml -o disk.img
  bactrian run --boot uefi disk.img               boots it as a machine's firmware does)";

constexpr const char* test_help = R"(Examples:
  bactrian test                      every quick test
  bactrian test --list               names only
  bactrian test --filter effects     those whose names hold 'effects'
  bactrian test --soak 500           500 boots for each architecture, beside other load; resumes, too
  bactrian test --full --shard 1/2   the first half of everything; an interrupted full run resumes)";

/// A CLI11 check that runs one of our parsers and stores its value.
template <typename T, typename Parse>
CLI::callback_t store(T& into, Parse parse) {
  return [&into, parse](const CLI::results_t& values) {
    for (const auto& value : values) {
      auto result = parse(value);
      if (!result.ok()) {
        const Error& error = result.error();
        throw CLI::ValidationError(error.message +
                                   (error.remedy.empty() ? "" : "\n  to fix: " + error.remedy));
      }
      into = std::move(result).value();
    }
    return true;
  };
}

class Parser {
 public:
  Parser() {
    app_.name("bactrian");
    app_.footer(top_help);
    app_.require_subcommand(1);
    app_.set_help_flag("-h,--help", "This text");
    app_.set_version_flag(
        "--version", [] { return "bactrian " + sources_version(); },
        "Say which state of the sources this is");
    app_.failure_message(CLI::FailureMessage::simple);
    add_run();
    add_build();
    add_image();
    add_test();
    add_bench();
    add_lint();
    add_doctor();
    add_clean();
    add_fs();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& help) {  // --help
      return app_.exit(help);
    } catch (const CLI::ParseError& error) {
      report(error, argc, argv);
      return static_cast<int>(ExitStatus::tool_error);
    }
    return chosen_();
  }

 private:
  CLI::App* command(const char* name, const char* summary, const char* footer, std::function<int()> action) {
    CLI::App* sub = app_.add_subcommand(name, summary);
    sub->callback([this, action = std::move(action)] { chosen_ = action; });
    sub->footer(footer);
    return sub;
  }

  static CLI::Option* add_arch(CLI::App* sub, Arch& arch) {
    return sub->add_option("--arch", store(arch, parse_arch), "x86_64 (default), aarch64 or riscv64")
        ->type_name("A");
  }

  static void add_program_options(CLI::App* sub, ProgramOptions& options) {
    add_arch(sub, options.arch);
    sub->add_option("--target", store(options.target, parse_target),
                    "bare (default): on the machine; hosted: a Linux process")
        ->type_name("T");
    sub->add_option("--compiler", options.compiler, "the ocamlopt to use (default: from PATH, else our own)")
        ->type_name("PATH");
    sub->add_option("--package", options.packages, "a package that a .ml file uses (repeatable)")
        ->type_name("NAME")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_flag("-v,--verbose", options.verbose, "show the machine's log and the commands that run");
    sub->add_flag("--debug", options.debug, "a nucleus with its checks on");
  }

  static Result<Target> parse_target(const std::string& name) {
    if (name == "bare") return Target::bare;
    if (name == "hosted") return Target::hosted;
    return Error{.message = "unknown target '" + name + "'", .remedy = "use bare or hosted"};
  }

  static Result<bool> parse_as(const std::string& name) {
    if (name == "process") return true;
    return Error{.message = "unknown kind '" + name + "'", .remedy = "use process"};
  }

  static Result<BootPath> parse_boot(const std::string& name) {
    if (name == "direct") return BootPath::direct;
    if (name == "uefi") return BootPath::uefi;
    if (name == "limine") return BootPath::limine;
    if (name == "limine-bios") return BootPath::limine_bios;
    return Error{.message = "unknown way to boot '" + name + "'",
                 .remedy = "use direct, uefi, limine or limine-bios"};
  }

  void add_run() {
    auto* sub = command("run", "Build a program and boot it", run_help, [this] {
      // positionals_at_end() hands the separator over as if it were the program's.
      if (!run_.args.empty() && run_.args.front() == "--") run_.args.erase(run_.args.begin());
      return command_run(run_);
    });
    add_program_options(sub, run_);
    sub->add_option("--machine", run_.machine, "another of QEMU's machines, with properties (its -machine)")
        ->type_name("M");
    sub->add_option("--cpu", run_.cpu, "another of QEMU's processors, with properties (its -cpu)")
        ->type_name("C");
    sub->add_option("--cpus", run_.cpus, "processors (default 1)")->check(CLI::Range(1, 64))->type_name("N");
    sub->add_option("--memory", store(run_.memory, parse_size), "memory (default 256M)")->type_name("SIZE");
    sub->add_option(
           "--file", [this](const CLI::results_t& values) { return add_files(values); },
           "put a file or folder into the image; default GUEST: /its-name")
        ->type_name("HOST[:GUEST]")
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option(
           "--env", [this](const CLI::results_t& values) { return add_env(values); },
           "set an environment variable")
        ->type_name("K=V")
        ->type_size(1)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option("--timeout", run_.timeout_s, "end the run after S seconds, with status 124")
        ->check(CLI::PositiveNumber)
        ->type_name("S");
    sub->add_option("--boot", store(run_.boot, parse_boot),
                    "for a disk image: direct (default), uefi (our loader), limine or limine-bios")
        ->type_name("HOW");
    sub->add_option("--qemu", run_.qemu, "further words for QEMU, such as '-device virtio-rng-pci'")
        ->type_name("WORDS")
        ->type_size(1)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);

    sub->add_option("--trace", run_.trace,
                    "write what fibers and the collector did there, in JSON for Perfetto")
        ->type_name("FILE");
    sub->add_option("--as", store(run_.as_process, parse_as),
                    "process: in user mode, under the program of examples/process")
        ->type_name("KIND");
    sub->add_flag("--system", run_.system,
                  "PROGRAM is the configuration of a disk image: make it and boot it");
    sub->add_option("--disk", run_.disk, "with --system: the image, made where it is missing, and kept")
        ->type_name("FILE");
    sub->add_flag("--gdb", run_.gdb, "stop at the entry and print how to attach a debugger");
    sub->add_option("PROGRAM", run_.program, "what to run")->required();
    sub->add_option("ARGS", run_.args, "the program's arguments (after --)");
    // From PROGRAM on, everything is the program's: no flag of ours hides one of its flags.
    sub->positionals_at_end();
  }

  bool add_files(const CLI::results_t& values) {
    for (const auto& value : values) {
      const size_t colon = value.rfind(':');
      const bool named = colon != std::string::npos && colon + 1 < value.size() && value[colon + 1] == '/';
      fs::path host = named ? value.substr(0, colon) : value;
      if (!host.has_filename()) host = host.parent_path();  // "folder/"
      std::string guest =
          named ? value.substr(colon + 1) : "/" + fs::absolute(host).lexically_normal().filename().string();
      std::error_code code;
      if (!fs::exists(host, code))
        throw CLI::ValidationError("--file: no such file: " + host.string() +
                                   "\n  to fix: write --file HOST[:GUEST], with an absolute GUEST");
      run_.files.emplace_back(host, guest);
    }
    return true;
  }

  bool add_env(const CLI::results_t& values) {
    for (const auto& value : values) {
      const size_t equals = value.find('=');
      if (equals == 0 || equals == std::string::npos)
        throw CLI::ValidationError("--env: '" + value + "' is not K=V\n  to fix: for instance --env LANG=C");
      run_.env.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    }
    return true;
  }

  void add_build() {
    auto* sub = command("build", "Build a program into a bootable image", build_help,
                        [this] { return command_build(build_); });
    add_program_options(sub, build_);
    sub->add_option("-o,--output", build_.output, "copy the image there")->type_name("FILE");
    sub->add_flag("--json", build_.json, "tell about the image in JSON on stdout");
    sub->add_option("PROGRAM", build_.program, "a .ml file or a folder with a dune project")->required();
  }

  void add_test() {
    auto* sub = command("test", "Run the tests", test_help, [this] { return command_test(test_); });
    sub->add_flag("--full", test_.full, "everything, hours; finished tests are remembered");
    sub->add_option("--filter", test_.filters, "only tests whose name holds X (repeatable)")
        ->type_name("X")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    sub->add_option(
           "--shard", [this](const CLI::results_t& values) { return set_shard(values.back()); },
           "only the I-th of N equal parts")
        ->type_name("I/N");
    sub->add_option("--soak", test_.soak, "nothing but N boots for each architecture, with load beside them")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N");
    sub->add_option("--jobs,-j", test_.jobs, "tests at once (default: one per processor)")->type_name("N");
    sub->add_option("--arch", store(test_.arch, parse_arch), "only tests of this architecture")
        ->type_name("A");
    sub->add_flag("--list", test_.list, "print the names, run nothing");
    sub->add_flag("--json", test_.json, "one JSON object a test on stdout");
    sub->add_flag("-v,--verbose", test_.verbose, "show the output of passing tests too");
  }

  void add_image() {
    auto* sub =
        command("image", "Make a bootable disk image", image_help, [this] { return command_image(image_); });
    add_arch(sub, image_.arch);
    sub->add_option("--compiler", image_.compiler, "the ocamlopt to use (default: from PATH, else our own)")
        ->type_name("PATH");
    sub->add_flag("-v,--verbose", image_.verbose, "show the commands that run");
    sub->add_flag("--debug", image_.debug, "a nucleus with its checks on");
    sub->add_option("-o,--output", image_.output, "the disk image")->type_name("FILE")->required();
    sub->add_option("CONFIG", image_.config, "what is on the disk")->required();
  }

  bool set_shard(const std::string& value) {
    unsigned index = 0, count = 0;
    char rest = 0;
    if (std::sscanf(value.c_str(), "%u/%u%c", &index, &count, &rest) != 2 || index < 1 || index > count)
      throw CLI::ValidationError("--shard: '" + value + "' is not I/N\n  to fix: for instance --shard 1/4");
    test_.shard = index;
    test_.shards = count;
    return true;
  }

  void add_bench() {
    auto* sub = command("bench", "Measure, as ratios to Linux on the same QEMU", "",
                        [this] { return command_bench(bench_); });
    add_program_options(sub, bench_);
    sub->add_option("--filter", bench_.filters, "only benchmarks whose name holds X (repeatable)")
        ->type_name("X");
    sub->add_option("--rounds", bench_.rounds, "how often programs are timed; the least counts (default 3)")
        ->type_name("N")
        ->check(CLI::Range(1, 100));
    sub->add_flag("--json", bench_.json, "JSON on stdout in place of the table");
    sub->add_option("-o,--output", bench_.output, "write the JSON there, too, whenever there is more of it")
        ->type_name("FILE");
    sub->add_flag("--resume", bench_.resume, "keep the figures of the same versions that FILE has");
  }

  void add_lint() {
    auto* sub =
        command("lint", "Check formatting and house rules", "", [this] { return command_lint(lint_); });
    sub->add_flag("--fix", lint_.fix, "let the formatters rewrite the files");
  }

  void add_doctor() {
    auto* sub = command("doctor", "Is this machine ready? Does this compiler fit?",
                        "Examples:\n  bactrian doctor\n  bactrian doctor --compiler ~/.opam/5.4.1",
                        [this] { return command_doctor(doctor_); });
    sub->add_option("--compiler", doctor_.compiler, "look at this OCaml")->type_name("PATH");
    sub->add_flag("--json", doctor_.json, "JSON on stdout");
  }

  void add_clean() {
    auto* sub = command("clean", "Show what the cache holds, or remove it",
                        "Examples:\n  bactrian clean\n  bactrian clean --older 7",
                        [this] { return command_clean(clean_); });
    auto* all = sub->add_flag("--all", clean_.all, "remove everything in the cache");
    sub->add_option("--older", clean_.older_days,
                    "remove programs, images and test builds made DAYS ago; not the toolchain")
        ->check(CLI::Range(1, 10'000))
        ->type_name("DAYS")
        ->excludes(all);
    sub->add_flag("--json", clean_.json, "JSON on stdout");
  }

  /// All words after "fs" are for a program of its own, its --help too.
  void add_fs() {
    CLI::App* sub = app_.add_subcommand("fs", "RedoxFS images: make, ls, get, put, check, mount, ...");
    sub->callback([this, sub] { chosen_ = [sub] { return command_fs(sub->remaining()); }; });
    sub->set_help_flag();
    sub->prefix_command();
  }

  /// A mistyped command or flag: say what is wrong, the nearest right one, and where the help is.
  void report(const CLI::ParseError& error, int argc, char** argv) {
    std::string message = error.what();
    std::string remedy;
    if (const size_t split_at = message.find("\n  to fix: "); split_at != std::string::npos) {
      remedy = message.substr(split_at + 11);
      message.resize(split_at);
    }
    std::vector<std::string> names;
    for (const auto* sub : app_.get_subcommands({})) names.push_back(sub->get_name());
    const bool known = argc > 1 && std::find(names.begin(), names.end(), argv[1]) != names.end();
    if (argc > 1 && !known) {
      const std::string near = nearest(argv[1], names);
      message = "unknown command '" + std::string(argv[1]) + "'";
      remedy =
          (near.empty() ? "" : "did you mean '" + near + "'? ") + "the commands are " + join(names, ", ");
    } else if (remedy.empty()) {
      remedy = "see `bactrian " + (known ? std::string(argv[1]) + " " : "") + "--help`";
    }
    print_error(Error{.message = message, .remedy = remedy});
  }

  CLI::App app_{"Bactrian runs OCaml 5 programs on the bare machine."};
  std::function<int()> chosen_;
  RunOptions run_;
  BuildOptions build_;
  ImageOptions image_;
  TestOptions test_;
  BenchOptions bench_;
  LintOptions lint_;
  DoctorOptions doctor_;
  CleanOptions clean_;
};

}  // namespace

int dispatch(int argc, char** argv) {
  return Parser().run(argc, argv);
}

}  // namespace bactrian
