// SPDX-License-Identifier: ISC
//
// Each timed program measures itself, inside the guest, so that neither boot counts. Ours and Linux run by
// turns, on the same virtual machine, so that a busy host slows both alike; the best of the rounds is taken.

#include "bench/bench.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "bench/guest.h"
#include "bench/icount.h"
#include "bench/peer.h"
#include "support/process.h"
#include "support/root.h"
#include "support/signals.h"
#include "support/text.h"

namespace bactrian {
namespace {

constexpr uint64_t mebibyte = 1 << 20;
constexpr uint64_t usual_memory = 512 * mebibyte;
constexpr std::chrono::seconds hang{300};

/// A file of bench/programs and what its lines mean.
struct TimedProgram {
  std::string file;
  unsigned cpus;
  std::vector<std::pair<std::string, std::string>> lines;  ///< what it prints, and that for people
};

const std::vector<TimedProgram> timed_programs = {
    {"calls",
     1,
     {{"call_noalloc", "a call into C"},
      {"call_getpid", "a system call"},
      {"call_clock", "reading the clock"}}},
    {"binary_trees", 1, {{"binary_trees", "allocation and collection"}}},
    {"nbody", 1, {{"nbody", "floats in records"}}},
    {"spectral_norm", 1, {{"spectral_norm", "floats in arrays"}}},
    {"hash_table", 1, {{"hash_table", "memory at random"}}},
    {"effects",
     1,
     {{"effects_perform", "2,000,000 performs and continues"},
      {"effects_fiber", "300,000 fibers made and ended"}}},
    {"thread_ping_pong", 1, {{"thread_ping_pong", "20,000 switches by mutex and condition"}}},
    {"four_domains",
     4,
     {{"domains_numbers", "4 domains apart, 4 processors"}, {"domains_trees", "4 domains that allocate"}}},
};

class Bench {
 public:
  Bench(const BenchPlan& plan, const BenchProgress& progress, const fs::path& scratch)
      : plan_(plan), progress_(progress), scratch_(scratch) {}

  Result<Figures> run() {
    name_versions();
    const std::pair<const char*, Result<void> (Bench::*)()> parts[] = {
        {"boot", &Bench::boot},
        {"instructions", &Bench::instructions},
        {"size", &Bench::size},
        {"memory_hello", &Bench::memory_hello},
        {"memory_trees", &Bench::memory_trees}};
    for (const auto& [name, measure] : parts) {
      if (wanted(name)) TRY(attempt(name, (this->*measure)()));
    }
    for (const TimedProgram& program : timed_programs) {
      if (wanted(program)) TRY(attempt(program.file, timed(program)));
    }
    return std::move(figures_);
  }

 private:
  bool wanted(const std::string& name) const {
    return plan_.filters.empty() ||
           std::any_of(plan_.filters.begin(), plan_.filters.end(),
                       [&](const std::string& f) { return name.find(f) != std::string::npos; });
  }
  bool wanted(const TimedProgram& program) const {
    return wanted(program.file) || std::any_of(program.lines.begin(), program.lines.end(),
                                               [&](const auto& line) { return wanted(line.first); });
  }

  /// Only an interruption ends the whole.
  Result<void> attempt(const std::string& name, const Result<void>& result) {
    if (interrupted()) return interrupted_error();
    if (!result) figures_.failures.push_back(name + ": " + result.error().message);
    return {};
  }

  void name_versions() {
    auto first_line = [](std::vector<std::string> argv) {
      auto finished = bactrian::run({.argv = std::move(argv), .out = Stream::pipe, .err = Stream::pipe});
      return finished ? finished.value().out.substr(0, finished.value().out.find('\n')) : "unknown";
    };
    figures_.versions = {
        {"architecture", std::string(arch_name(plan_.arch))},
        {"emulator", first_line({qemu_program(plan_.arch), "--version"})},
        {"sources", first_line({"git", "-C", project_root().string(), "describe", "--always", "--dirty"})},
        {"date", first_line({"date", "--utc", "+%Y-%m-%d"})}};
  }

  Result<BuiltImage> build(const std::string& file, Target target = Target::bare) {
    progress_("building " + file);
    return build_program(
        {.program = project_root() / (file == "hello" ? "examples" : "bench/programs") / (file + ".ml"),
         .arch = plan_.arch,
         .target = target,
         .compiler = plan_.compiler});
  }

  Result<BareProgram> prepare(const std::string& file, std::vector<std::string> args = {}) {
    return BareProgram::prepare(TRY(build(file)), std::move(args), scratch_);
  }

  Result<void> boot() {
    BareProgram hello = TRY(prepare("hello"));
    double best = 0;
    for (unsigned i = 0; i < 10; ++i) {
      progress_("boot " + std::to_string(i + 1) + " of 10");
      GuestRun run = TRY(hello.boot(1, usual_memory, hang));
      if (!run.first_output) return Error{.message = "hello printed nothing"};
      double seconds = std::chrono::duration<double>(*run.first_output).count();
      best = best == 0 ? seconds : std::min(best, seconds);
    }
    figures_.figures.push_back(
        {.name = "boot", .unit = "s", .bare = best, .note = "QEMU's start to hello's first output"});
    return {};
  }

  Result<void> instructions() {
    BareProgram hello = TRY(prepare("hello"));
    progress_("counting instructions");
    ElfFile elf = TRY(ElfFile::open(TRY(build("hello")).elf));
    double count = static_cast<double>(TRY(instructions_to_main(hello, elf, hang)));
    figures_.figures.push_back({.name = "instructions",
                                .unit = "instructions",
                                .bare = count,
                                .note = "from the image's entry to `main`"});
    return {};
  }

  Result<void> size() {
    fs::path stripped = scratch_ / "stripped";
    std::string strip =
        plan_.arch == Arch::x86_64 ? "strip" : std::string(arch_name(plan_.arch)) + "-linux-gnu-strip";
    TRY(run_checked(
        {.argv = {strip, "-o", stripped.string(), TRY(build("hello")).elf.string()}, .err = Stream::pipe},
        "stripping the image"));
    std::error_code code;
    double bytes = static_cast<double>(fs::file_size(stripped, code));
    if (code) return system_error("cannot measure the image", code.value());
    figures_.figures.push_back(
        {.name = "size", .unit = "KiB", .bare = bytes / 1024, .note = "hello, stripped"});
    return {};
  }

  Result<void> memory_hello() { return least_memory("memory_hello", "hello", {}, 256 * 1024, 64 * mebibyte); }
  Result<void> memory_trees() {
    return least_memory("memory_trees", "binary_trees", {"18"}, 2 * mebibyte, 1024 * mebibyte);
  }

  /// Halves the range between what fails and what works down to `step`.
  Result<void> least_memory(const std::string& name, const std::string& file, std::vector<std::string> args,
                            uint64_t step, uint64_t enough) {
    std::string what = file;
    for (const std::string& arg : args) what += " " + arg;
    BareProgram program = TRY(prepare(file, std::move(args)));
    auto works = [&](uint64_t memory) -> Result<bool> {
      progress_(what + " in " + format_size(memory));
      return TRY(program.boot(1, memory, hang)).status == 0;
    };
    uint64_t too_little = program.least_memory() / step;
    uint64_t works_with = enough / step;
    if (!TRY(works(enough))) return Error{.message = what + " fails even in " + format_size(enough)};
    while (works_with - too_little > 1) {
      uint64_t middle = (works_with + too_little) / 2;
      (TRY(works(middle * step)) ? works_with : too_little) = middle;
    }
    figures_.figures.push_back({.name = name,
                                .unit = "MiB",
                                .bare = static_cast<double>(works_with * step) / mebibyte,
                                .note = "the least --memory for " + what});
    return {};
  }

  /// The numbers in a program's output, by name, each the least so far.
  static void keep_best(std::map<std::string, double>& best, const std::string& out) {
    for (const std::string& line : split(out, '\n')) {
      size_t space = line.find(' ');
      if (space == std::string::npos) continue;
      double value = 0;
      if (std::from_chars(line.data() + space + 1, line.data() + line.size(), value).ec != std::errc())
        continue;
      auto [entry, fresh] = best.emplace(line.substr(0, space), value);
      if (!fresh) entry->second = std::min(entry->second, value);
    }
  }

  Result<void> timed(const TimedProgram& program) {
    BareProgram bare = TRY(prepare(program.file));
    std::map<std::string, double> ours, theirs;
    bool compare = plan_.arch == Arch::x86_64;
    fs::path hosted = compare ? TRY(build(program.file, Target::hosted)).elf : fs::path();
    for (unsigned round = 1; round <= plan_.rounds; ++round) {
      std::string of = " (" + std::to_string(round) + " of " + std::to_string(plan_.rounds) + ")";
      progress_(program.file + of);
      GuestRun run = TRY(bare.boot(program.cpus, usual_memory, hang));
      if (run.status != 0) return Error{.message = "it failed on the bare machine" + last_line(run.log)};
      keep_best(ours, run.out);
      if (!compare) continue;
      progress_(program.file + " under Linux" + of);
      auto outputs = TRY(TRY(peer())->run({{program.file, hosted, {}}}, program.cpus, usual_memory, hang));
      if (outputs[program.file].status != 0) return Error{.message = "it failed under Linux"};
      keep_best(theirs, outputs[program.file].out);
    }
    for (const auto& [name, note] : program.lines) {
      bool call = name.starts_with("call_");
      Figure figure{
          .name = name, .unit = call ? "ns" : "s", .bare = ours[name] * (call ? 1e9 : 1), .note = note};
      if (compare) figure.linux_peer = theirs[name] * (call ? 1e9 : 1);
      figures_.figures.push_back(figure);
    }
    return {};
  }

  static std::string last_line(std::string_view log) {
    while (log.ends_with('\n')) log.remove_suffix(1);
    if (log.empty()) return "";
    size_t start = log.rfind('\n');
    return ": " + std::string(log.substr(start == std::string_view::npos ? 0 : start + 1));
  }

  Result<const Peer*> peer() {
    if (!peer_) {
      progress_("getting the Linux kernel");
      peer_ = TRY(Peer::provide());
      figures_.versions.emplace_back("Linux", peer_->version());
    }
    return &*peer_;
  }

  const BenchPlan& plan_;
  const BenchProgress& progress_;
  fs::path scratch_;
  std::optional<Peer> peer_;
  Figures figures_;
};

}  // namespace

Result<Figures> run_bench(const BenchPlan& plan, const BenchProgress& progress) {
  TempFolder scratch = TRY(TempFolder::create("bactrian-bench"));
  return Bench(plan, progress, scratch.path()).run();
}

}  // namespace bactrian
