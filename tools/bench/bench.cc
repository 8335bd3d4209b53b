// SPDX-License-Identifier: ISC
//
// Each timed program measures itself, inside the guest, so that neither boot counts. Ours and Linux run by
// turns, on the same virtual machine, so that a busy host slows both alike; the best of the rounds is taken.

#include "bench/bench.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "bench/boot_paths.h"
#include "bench/guest.h"
#include "bench/icount.h"
#include "bench/image_places.h"
#include "bench/peer.h"
#include "bench/programs.h"
#include "bench/samples.h"
#include "build/components.h"
#include "run/limine.h"
#include "support/process.h"
#include "support/root.h"
#include "support/signals.h"
#include "support/text.h"

namespace bactrian {
namespace {

constexpr uint64_t mebibyte = 1 << 20;
constexpr uint64_t usual_memory = 512 * mebibyte;
constexpr std::chrono::seconds hang{300};
constexpr unsigned boots = 10;

std::string last_line(std::string_view log) {
  while (log.ends_with('\n')) log.remove_suffix(1);
  if (log.empty()) return "";
  size_t start = log.rfind('\n');
  return ": " + std::string(log.substr(start == std::string_view::npos ? 0 : start + 1));
}

/// A timed program with both of its builds and what they have printed so far.
struct Contest {
  const TimedProgram& program;
  BareProgram bare;
  fs::path hosted;
  Samples ours = {}, theirs = {};
  bool failed = false;
};

class Bench {
 public:
  Bench(const BenchPlan& plan, const BenchEvents& events, const fs::path& scratch)
      : plan_(plan), events_(events), scratch_(scratch) {}

  Result<Figures> run() {
    name_versions();
    if (comparable(figures_, plan_.earlier)) figures_.figures = plan_.earlier.figures;
    const std::pair<const char*, Result<void> (Bench::*)()> parts[] = {
        {"boot", &Bench::boot},
        {"instructions", &Bench::instructions},
        {"instructions_cpu", &Bench::instructions_cpu},
        {"size", &Bench::size},
        {"memory_hello", &Bench::memory_hello},
        {"memory_trees", &Bench::memory_trees},
        {"discovery", &Bench::discovery},
        {"pci_scan", &Bench::discovery},
        {"disk_virtio", &Bench::disks},
        {"disk_nvme", &Bench::disks},
        {"interrupt_fiber", &Bench::interrupts},
        {"image_time", &Bench::disk_image},
        {"image_size", &Bench::disk_image},
        {"kernel_direct", &Bench::boot_directly},
        {"main_direct", &Bench::boot_directly},
        {"kernel_uefi", &Bench::boot_by_own_loader},
        {"main_uefi", &Bench::boot_by_own_loader},
        {"kernel_limine", &Bench::boot_by_limine},
        {"main_limine", &Bench::boot_by_limine},
        {"kernel_bios", &Bench::boot_by_bios},
        {"main_bios", &Bench::boot_by_bios}};
    std::vector<std::string> names;
    for (const auto& [name, measure] : parts) names.push_back(name);
    for (const TimedProgram& program : timed_programs()) {
      for (const TimedProgram::Row& row : program.rows) names.push_back(row.name);
    }
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return chosen(name); })) {
      return Error{.message = "no figure's name holds '" + join(plan_.filters, "' or '") + "'",
                   .remedy = "the figures are " + join(names, ", ")};
    }
    for (const auto& [name, measure] : parts) {
      if (wanted(name)) TRY(attempt(name, (this->*measure)()));
    }
    for (unsigned cpus : {1u, 2u, 4u}) TRY(contests(cpus));
    TRY(events_.keep(figures_));
    return std::move(figures_);
  }

 private:
  bool wanted(const std::string& name) const {
    const Figure* known = figures_.find(name);
    if (known != nullptr && (known->rounds == 0 || known->rounds >= plan_.rounds)) return false;
    return chosen(name);
  }
  bool chosen(const std::string& name) const {
    return plan_.filters.empty() ||
           std::any_of(plan_.filters.begin(), plan_.filters.end(),
                       [&](const std::string& f) { return name.find(f) != std::string::npos; });
  }
  bool wanted(const TimedProgram& program) const {
    return std::any_of(program.rows.begin(), program.rows.end(),
                       [&](const TimedProgram::Row& row) { return wanted(row.name); });
  }

  /// Only an interruption ends the whole.
  Result<void> attempt(const std::string& name, const Result<void>& result) {
    if (interrupted()) return interrupted_error();
    if (!result) add_failure(name + ": " + result.error().message);
    return events_.keep(figures_);
  }

  void name_versions() {
    figures_.versions = {{"architecture", std::string(arch_name(plan_.arch))},
                         {"emulator", first_line_of({qemu_program(plan_.arch), "--version"})},
                         {"sources", sources_version()},
                         {"date", first_line_of({"date", "--utc", "+%Y-%m-%d %H:%M"})}};
  }

  Result<BuiltImage> build(const fs::path& source, Target target) {
    events_.progress("building " + source.filename().string());
    return build_program(
        {.program = source, .arch = plan_.arch, .target = target, .compiler = plan_.compiler});
  }
  Result<BuiltImage> build_hello(Target target) {
    return build(project_root() / "examples" / "hello.ml", target);
  }

  Result<BareProgram> prepare_hello() {
    return BareProgram::prepare(TRY(build_hello(Target::bare)), "hello", {}, scratch_);
  }

  Result<const Peer*> peer() {
    if (!peer_) {
      events_.progress("getting the Linux kernel");
      peer_ = TRY(Peer::provide(plan_.arch));
      figures_.versions.emplace_back("Linux", peer_->version());
    }
    return &*peer_;
  }

  Result<void> boot() {
    BareProgram hello = TRY(prepare_hello());
    const fs::path hosted = TRY(build_hello(Target::hosted)).elf;
    const Peer* linux_peer = TRY(peer());
    std::optional<double> ours, theirs;
    const auto note_first = [](std::optional<double>& best, const GuestRun& run) -> Result<void> {
      if (!run.first_output) return Error{.message = "hello printed nothing" + last_line(run.log)};
      const double seconds = std::chrono::duration<double>(*run.first_output).count();
      best = best ? std::min(*best, seconds) : seconds;
      return {};
    };
    for (unsigned i = 1; i <= boots; ++i) {
      events_.progress("boot " + std::to_string(i) + " of " + std::to_string(boots));
      TRY(note_first(ours, TRY(hello.boot(1, usual_memory, hang))));
      // Linux takes seconds, and so fewer boots are within a percent.
      if (i <= plan_.rounds)
        TRY(note_first(theirs, TRY(linux_peer->boot(hosted, "Hello", usual_memory, hang))));
    }
    figures_.set({.name = "boot",
                  .unit = "s",
                  .bare = *ours,
                  .linux_peer = theirs,
                  .note = "QEMU's start to hello's first output",
                  .rounds = plan_.rounds});
    return {};
  }

  Result<void> instructions() {
    return count("instructions", instructions_to_main, "from the image's entry to `main`");
  }
  Result<void> instructions_cpu() {
    return count("instructions_cpu", instructions_of_further_cpu,
                 "of each further CPU, until it can run threads");
  }

  Result<void> count(const std::string& name, decltype(instructions_to_main) measure,
                     const std::string& note) {
    BareProgram hello = TRY(prepare_hello());
    ElfFile elf = TRY(ElfFile::open(TRY(build_hello(Target::bare)).elf));
    events_.progress("counting instructions");
    figures_.set({.name = name,
                  .unit = "instructions",
                  .bare = static_cast<double>(TRY(measure(hello, elf, hang))),
                  .note = note});
    return {};
  }

  Result<void> size() {
    const fs::path stripped = scratch_ / "stripped";
    // .eh_frame is not loaded: only a debugger reads it.
    TRY(run_checked({.argv = {cross_tool(plan_.arch, "strip"), "--remove-section=.eh_frame", "-o",
                              stripped.string(), TRY(build_hello(Target::bare)).elf.string()},
                     .err = Stream::pipe},
                    "stripping the image"));
    std::error_code code;
    const double bytes = static_cast<double>(fs::file_size(stripped, code));
    if (code) return system_error("cannot measure the image", code.value());
    figures_.set({.name = "size", .unit = "KiB", .bare = bytes / 1024, .note = "hello, stripped"});
    return {};
  }

  Result<void> memory_hello() {
    return least_memory("memory_hello", "hello", TRY(prepare_hello()), 256 * 1024, 64 * mebibyte);
  }
  Result<void> memory_trees() {
    const fs::path source = project_root() / "bench" / "programs" / "binary_trees.ml";
    BareProgram trees =
        TRY(BareProgram::prepare(TRY(build(source, Target::bare)), "trees-18", {"18"}, scratch_));
    return least_memory("memory_trees", "binary trees of depth 18", trees, 2 * mebibyte, 1024 * mebibyte);
  }

  /// What the machine interface takes: both rows, from the same boots.
  Result<void> discovery() {
    constexpr unsigned functions = 32;
    constexpr double us = 1e6;
    const fs::path source = project_root() / "bench" / "programs" / "discovery";
    const BareProgram program = TRY(BareProgram::prepare(TRY(build(source, Target::bare)), "discovery",
                                                         {std::to_string(functions)}, scratch_));
    Machine machine = program.machine(1, usual_memory);
    for (unsigned i = 1; i <= functions - functions_of_board(plan_.arch); ++i) {
      char slot[32];
      std::snprintf(slot, sizeof slot, "pci-testdev,addr=%x", i);
      machine.extra.insert(machine.extra.end(), {"-device", slot});
    }
    Samples samples;
    for (unsigned i = 0; i < boots; ++i) {
      events_.progress("discovering the machine");
      const GuestRun run = TRY(run_guest(qemu_command(machine), Line::link, hang));
      if (run.status != 0) return Error{.message = "it failed on the bare machine" + last_line(run.log)};
      samples.add(run.out);
    }
    const auto set = [&](const std::string& name, const std::string& note) {
      if (const auto least = samples.least(name))
        figures_.set({.name = name, .unit = "us", .bare = *least * us, .note = note, .rounds = plan_.rounds});
    };
    set("discovery", "reading firmware's tables into the machine description");
    set("pci_scan", "finding and placing the functions of a bus with 32");
    return {};
  }

  /// Disks of 256 MiB whose file has nothing in it, so that they cost their drivers and emulators alone.
  Result<void> disks() {
    if (std::exchange(disks_done_, true)) return {};
    constexpr double us = 1e6;
    const fs::path source = project_root() / "bench" / "programs" / "disks";
    const BareProgram program =
        TRY(BareProgram::prepare(TRY(build(source, Target::bare)), "disks", {"2000"}, scratch_));
    const fs::path file = scratch_ / "disk";
    TRY(write_file(file, ""));
    std::error_code code;
    fs::resize_file(file, 256 * mebibyte, code);
    if (code) return system_error("cannot make a disk", code.value(), file);
    Machine machine = program.machine(1, usual_memory);
    const std::string drive = "file=" + file.string() + ",format=raw,if=none,snapshot=on,id=";
    machine.extra.insert(machine.extra.end(),
                         {"-drive", drive + "virtio", "-device", "virtio-blk-pci,drive=virtio,addr=6",  //
                          "-drive", drive + "nvme", "-device", "nvme,drive=nvme,serial=1,addr=7"});
    Samples samples;
    for (unsigned i = 0; i < plan_.rounds; ++i) {
      events_.progress("reading disks");
      const GuestRun run = TRY(run_guest(qemu_command(machine), Line::link, hang));
      if (run.status != 0) return Error{.message = "it failed on the bare machine" + last_line(run.log)};
      samples.add(run.out);
    }
    const auto set = [&](const std::string& name, const std::string& note) {
      for (const std::string disk : {"virtio", "nvme"})
        if (const auto least = samples.least(disk + name))
          figures_.set({.name = "disk_" + disk + name,
                        .unit = "us",
                        .bare = *least * us,
                        .note = disk + ": " + note,
                        .rounds = plan_.rounds});
    };
    set("_random_1", "a random read of 4 KiB");
    set("_random_32", "the same with 32 fibers that read, for each");
    set("_sequential", "a read of 1 MiB");
    return {};
  }
  bool disks_done_ = false;

  /// QEMU's edu raises them; Linux has no driver for it.
  Result<void> interrupts() {
    constexpr double us = 1e6;
    const fs::path source = project_root() / "bench" / "programs" / "interrupts";
    const BareProgram program =
        TRY(BareProgram::prepare(TRY(build(source, Target::bare)), "interrupts", {"2000"}, scratch_));
    Machine machine = program.machine(1, usual_memory);
    machine.extra.insert(machine.extra.end(), {"-device", "edu"});
    Samples samples;
    for (unsigned i = 0; i < plan_.rounds; ++i) {
      events_.progress("interrupting");
      const GuestRun run = TRY(run_guest(qemu_command(machine), Line::link, hang));
      if (run.status != 0) return Error{.message = "it failed on the bare machine" + last_line(run.log)};
      samples.add(run.out);
    }
    if (const auto least = samples.least("interrupt_fiber"))
      figures_.set({.name = "interrupt_fiber",
                    .unit = "us",
                    .bare = *least * us,
                    .note = "from a device that interrupts to the fiber that awaits it",
                    .rounds = plan_.rounds});
    return {};
  }

  Result<const MadeDisk*> hello_disk() {
    if (!disk_) {
      const BuiltImage hello = TRY(build_hello(Target::bare));
      events_.progress("making a disk image");
      disk_ = TRY(make_bench_disk(hello, scratch_));
    }
    return &*disk_;
  }

  Result<void> disk_image() {
    double seconds = TRY(hello_disk())->seconds;
    for (unsigned i = 1; i < plan_.rounds; ++i) {
      disk_.reset();
      seconds = std::min(seconds, TRY(hello_disk())->seconds);
    }
    figures_.set({.name = "image_time",
                  .unit = "s",
                  .bare = seconds,
                  .note = "a disk image made of hello, which is built",
                  .rounds = plan_.rounds});
    const double used = static_cast<double>(TRY(hello_disk())->used) / mebibyte;
    figures_.set(
        {.name = "image_size",
         .unit = "MiB",
         .bare = used,
         .note = "what it takes of the host's disk; the file has " + format_size(TRY(hello_disk())->size)});
    return {};
  }

  /// Both rows of a way to boot.
  Result<void> boot_path(const std::string& name, const std::string& how, const Machine& machine,
                         uint64_t kernel) {
    const ElfFile elf = TRY(ElfFile::open(TRY(build_hello(Target::bare)).elf));
    std::optional<BootTimes> least;
    for (unsigned i = 0; i < plan_.rounds; ++i) {
      events_.progress("booting by " + how);
      const BootTimes times = TRY(time_boot(machine, kernel, TRY(main_of(elf)), hang));
      least = least ? BootTimes{std::min(least->to_kernel, times.to_kernel),
                                std::min(least->to_main, times.to_main)}
                    : times;
    }
    figures_.set({.name = "kernel_" + name,
                  .unit = "s",
                  .bare = least->to_kernel,
                  .note = "from the machine's start to the kernel, by " + how,
                  .rounds = plan_.rounds});
    figures_.set({.name = "main_" + name,
                  .unit = "s",
                  .bare = least->to_main,
                  .note = "from there to `main`",
                  .rounds = plan_.rounds});
    return {};
  }

  Result<void> boot_directly() {
    const ElfFile elf = TRY(ElfFile::open(TRY(build_hello(Target::bare)).elf));
    const BareProgram hello = TRY(prepare_hello());
    return boot_path("direct", "QEMU's own loader", hello.machine(1, usual_memory), first_instruction(elf));
  }

  Result<void> boot_from_disk(const std::string& name, const std::string& how, const FirmwareBoot& boot) {
    const ElfFile elf = TRY(ElfFile::open(TRY(build_hello(Target::bare)).elf));
    const Machine machine{.arch = plan_.arch, .cpus = 1, .memory = usual_memory, .firmware = boot};
    return boot_path(name, how, machine, TRY(loader_entry(elf)));
  }

  Result<void> boot_by_own_loader() {
    const MadeDisk* disk = TRY(hello_disk());
    return boot_from_disk("uefi", "UEFI firmware and our loader",
                          {.firmware = TRY(find_firmware(plan_.arch)), .disk = disk->disk.file});
  }

  /// Limine is in no package: without it there are no rows, and it is no failure.
  Result<void> boot_by_limine() {
    if (std::getenv("LIMINE_DIR") == nullptr) return {};
    const MadeDisk* disk = TRY(hello_disk());
    const TempFolder folder = TRY(TempFolder::create("bactrian-limine"));
    return boot_from_disk("limine", "UEFI firmware and Limine",
                          {.firmware = TRY(find_firmware(plan_.arch)),
                           .disk = TRY(disk_with_uefi_limine(disk->disk, folder.path()))});
  }

  Result<void> boot_by_bios() {
    if (std::getenv("LIMINE_DIR") == nullptr || plan_.arch != Arch::x86_64) return {};
    const MadeDisk* disk = TRY(hello_disk());
    const TempFolder folder = TRY(TempFolder::create("bactrian-limine"));
    return boot_from_disk("bios", "a BIOS and Limine",
                          {.disk = TRY(disk_with_bios_limine(disk->disk, folder.path()))});
  }

  /// PCI functions that the usual board has by itself.
  static unsigned functions_of_board(Arch arch) { return arch == Arch::x86_64 ? 4 : 1; }

  Result<void> least_memory(const std::string& name, const std::string& what, const BareProgram& program,
                            uint64_t step, uint64_t most) {
    const auto works = [&](uint64_t steps) -> Result<bool> {
      events_.progress(what + " in " + format_size(steps * step));
      return TRY(program.boot(1, steps * step, hang)).status == 0;
    };
    const uint64_t steps = TRY(least_that_works(program.least_memory() / step, most / step, works));
    figures_.set({.name = name,
                  .unit = "MiB",
                  .bare = static_cast<double>(steps * step) / mebibyte,
                  .note = "the least --memory for " + what});
    return {};
  }

  /// The programs for a machine with so many CPUs: the bare images one after another, then Linux with all.
  Result<void> contests(unsigned cpus) {
    std::vector<Contest> all;
    for (const TimedProgram& program : timed_programs()) {
      if (program.cpus != cpus || !wanted(program)) continue;
      const Result<void> added = add_contest(program, all);
      TRY(attempt(program.label(), added));
    }
    for (unsigned round = 1; round <= plan_.rounds; ++round) {
      const std::string of = " (" + std::to_string(round) + " of " + std::to_string(plan_.rounds) + ")";
      for (Contest& contest : all) {
        if (contest.failed) continue;
        events_.progress(contest.program.label() + of);
        settle(contest, run_bare(contest));
      }
      const auto still_in = std::count_if(all.begin(), all.end(), [](const Contest& c) { return !c.failed; });
      if (still_in == 0) break;
      events_.progress("Linux with " + std::to_string(cpus) + (cpus == 1 ? " CPU" : " CPUs") + of);
      TRY(attempt("Linux with " + std::to_string(cpus), run_peer(all, cpus)));
      for (const Contest& contest : all) {
        if (!contest.failed) set_rows(contest, round);
      }
      TRY(events_.keep(figures_));
    }
    return {};
  }

  Result<void> add_contest(const TimedProgram& program, std::vector<Contest>& all) {
    BareProgram bare = TRY(BareProgram::prepare(TRY(build(program.source(), Target::bare)), program.label(),
                                                program.args, scratch_));
    const fs::path hosted = TRY(build(program.source(), Target::hosted)).elf;
    all.push_back({.program = program, .bare = std::move(bare), .hosted = hosted});
    return {};
  }

  void settle(Contest& contest, const Result<void>& result) {
    if (result) return;
    contest.failed = true;
    add_failure(contest.program.label() + ": " + result.error().message);
  }

  /// Once, though it happens in each round.
  void add_failure(const std::string& failure) {
    std::vector<std::string>& all = figures_.failures;
    if (std::find(all.begin(), all.end(), failure) == all.end()) all.push_back(failure);
  }

  Result<void> run_bare(Contest& contest) {
    GuestRun run = TRY(contest.bare.boot(contest.program.cpus, usual_memory, hang));
    if (run.status != 0) return Error{.message = "it failed on the bare machine" + last_line(run.log)};
    contest.ours.add(run.out);
    return {};
  }

  Result<void> run_peer(std::vector<Contest>& all, unsigned cpus) {
    std::vector<PeerProgram> programs;
    for (const Contest& contest : all) {
      if (!contest.failed)
        programs.push_back({contest.program.label(), contest.hosted, contest.program.args});
    }
    auto outputs = TRY(TRY(peer())->run(programs, cpus, usual_memory, 2 * hang));
    for (Contest& contest : all) {
      if (contest.failed) continue;
      const PeerOutput& output = outputs[contest.program.label()];
      if (output.status == 0) {
        contest.theirs.add(output.out);
      } else {
        settle(contest, Error{.message = "it failed under Linux" + last_line(output.out)});
      }
    }
    return {};
  }

  /// The rows of what was measured so far, so that an interrupted run leaves them.
  void set_rows(const Contest& contest, unsigned rounds) {
    for (const TimedProgram::Row& row : contest.program.rows) {
      const double unit = row.scale == Scale::nanoseconds ? 1e9 : 1;
      const std::optional<double> ours = contest.ours.least(row.name),
                                  theirs = contest.theirs.least(row.name);
      if (!ours) continue;
      Figure figure{.name = row.name,
                    .unit = row.scale == Scale::nanoseconds ? "ns" : "s",
                    .bare = *ours * unit,
                    .note = row.note,
                    .rounds = rounds};
      if (theirs) figure.linux_peer = *theirs * unit;
      figures_.set(figure);
    }
  }

  const BenchPlan& plan_;
  const BenchEvents& events_;
  fs::path scratch_;
  std::optional<Peer> peer_;
  std::optional<MadeDisk> disk_;
  Figures figures_;
};

}  // namespace

Result<Figures> run_bench(const BenchPlan& plan, const BenchEvents& events) {
  TempFolder scratch = TRY(TempFolder::create("bactrian-bench"));
  return Bench(plan, events, scratch.path()).run();
}

}  // namespace bactrian
