// SPDX-License-Identifier: ISC
#pragma once

// What each command was asked to do, and the functions that do it, one file each (COMMAND_command.cc).
//
// parse.cc fills these from the command line and is the one place that knows the flags' names; docs/cli.md
// has the same table for people. Each function returns the tool's exit status.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "build/build.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// What `run`, `build`, `bench` and `doctor` share.
struct ProgramOptions {
  Arch arch = Arch::x86_64;
  Target target = Target::bare;
  std::optional<fs::path> compiler;
  std::vector<std::string> packages;  ///< that a .ml file uses
  bool verbose = false;
  bool debug = false;
};

/// What starts the machine: QEMU itself, UEFI firmware with our loader, UEFI firmware with Limine, a BIOS
/// with Limine.
enum class BootPath { direct, uefi, limine, limine_bios };

struct RunOptions : ProgramOptions {
  fs::path program;
  std::vector<std::string> args;  ///< after PROGRAM or "--"
  std::string machine, cpu;       ///< QEMU's -machine and -cpu; empty: the usual ones
  unsigned cpus = 1;
  uint64_t memory = 256ULL << 20;                       ///< bytes
  std::vector<std::pair<fs::path, std::string>> files;  ///< host path, absolute path in the image
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<double> timeout_s;
  std::vector<std::string> qemu;  ///< words for QEMU, apart by spaces
  bool gdb = false;
  std::optional<fs::path> trace;  ///< the file for what fibers and the collector did
  bool as_process = false;        ///< in user mode, under the tender of examples/process
  BootPath boot = BootPath::direct;
  bool system = false;           ///< `program` is a configuration, of which an image is made first
  std::optional<fs::path> disk;  ///< of a system: where its image stays; default: it is gone with the run
};

struct BuildOptions : ProgramOptions {
  fs::path program;
  std::optional<fs::path> output;  ///< -o: where to copy the image; default: only in the cache
  bool json = false;
};

struct ImageOptions {
  fs::path config;
  fs::path output;
  Arch arch = Arch::x86_64;
  std::optional<fs::path> compiler;
  bool verbose = false;
  bool debug = false;
};

struct TestOptions {
  bool full = false;
  bool list = false;
  bool json = false;
  bool verbose = false;
  std::vector<std::string> filters;  ///< a test runs when its name holds one of them; empty: all
  unsigned shard = 1, shards = 1;    ///< the shard-th of shards equal parts, from 1
  unsigned jobs = 0;                 ///< at once; 0: one per processor
  unsigned soak = 0;                 ///< nothing but so many boots for each architecture
  std::optional<Arch> arch;          ///< only tests of this architecture
};

struct BenchOptions : ProgramOptions {
  std::vector<std::string> filters;
  unsigned rounds = 3;
  bool json = false;
  std::optional<fs::path> output;  ///< the JSON so far is kept there
  bool resume = false;             ///< figures that are in `output` need not be taken again
};

struct LintOptions {
  bool fix = false;  ///< let the formatters rewrite files
};

struct DoctorOptions {
  std::optional<fs::path> compiler;
  bool json = false;
};

struct CleanOptions {
  bool all = false;
  unsigned older_days = 0;  ///< remove what was made before so many days; 0: nothing
  bool json = false;
};

int command_run(const RunOptions& options);
int command_build(const BuildOptions& options);
int command_image(const ImageOptions& options);
int command_test(const TestOptions& options);
int command_bench(const BenchOptions& options);
int command_lint(const LintOptions& options);
int command_doctor(const DoctorOptions& options);
int command_clean(const CleanOptions& options);
/// `args`: all that follows "fs".
int command_fs(const std::vector<std::string>& args);

/// `run` for a disk image, in run_disk.cc. Returns the status of the run.
Result<int> run_disk(const RunOptions& options);

/// `image`, in image_command.cc.
Result<void> make_image(const ImageOptions& options);

/// Parses the command line and calls the command. Returns the tool's exit status.
int dispatch(int argc, char** argv);

}  // namespace bactrian
