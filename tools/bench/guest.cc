// SPDX-License-Identifier: ISC
#include "bench/guest.h"

#include <poll.h>
#include <unistd.h>

#include "run/bundle.h"
#include "run/image.h"
#include "run/link.h"
#include "support/process.h"
#include "support/signals.h"

namespace bactrian {
namespace {

constexpr std::chrono::milliseconds grace{1000};

int milliseconds_left(Clock::time_point deadline) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count()) + 1;
}

}  // namespace

std::vector<std::string> fair_arguments(Arch arch) {
  // The last -cpu counts.
  if (arch == Arch::aarch64) return {"-cpu", "max,pauth-impdef=on"};
  return {};
}

Result<GuestRun> run_guest(const std::vector<std::string>& command, Line line, std::chrono::seconds timeout,
                           std::string_view awaited) {
  GuestRun run;
  auto start = Clock::now();
  bool over = false;
  auto output = [&](std::string_view bytes) {
    const size_t before = run.out.size();
    run.out += bytes;
    // What is awaited may come in pieces.
    const size_t from = before > awaited.size() ? before - awaited.size() : 0;
    if (!run.first_output && !bytes.empty() && run.out.find(awaited, from) != std::string::npos)
      run.first_output = Clock::now() - start;
  };
  LinkDecoder decoder({.noise = [&](std::string_view bytes) { run.log += bytes; },
                       .text =
                           [&](FrameType type, std::string_view bytes) {
                             if (type == FrameType::out) {
                               output(bytes);
                             } else {
                               run.log += bytes;
                             }
                           },
                       .hello = [](const GuestHello&) {},
                       .exit =
                           [&](const GuestExit& exit) {
                             run.status = exit.host_status();
                             over = true;
                           }});
  Process process =
      TRY(Process::start({.argv = command, .in = Stream::null, .out = Stream::pipe, .err = Stream::null}));
  auto deadline = start + timeout;
  while (!over) {
    pollfd waits[] = {{process.out().get(), POLLIN, 0}, {interrupt_fd(), POLLIN, 0}};
    if (poll(waits, 2, milliseconds_left(deadline)) == 0) {
      run.timed_out = true;
      break;
    }
    if (interrupted()) return interrupted_error();
    char buffer[65536];
    ssize_t count = read(process.out().get(), buffer, sizeof buffer);
    if (count <= 0) break;
    std::string_view bytes(buffer, static_cast<size_t>(count));
    if (line == Line::link) {
      decoder.feed(bytes);
    } else {
      output(bytes);
    }
  }
  if (line == Line::link) decoder.finish();
  if (!run.timed_out && process.wait(Clock::now() + grace)) return run;
  process.end(grace);
  return run;
}

Result<BareProgram> BareProgram::prepare(const BuiltImage& image, const std::string& label,
                                         std::vector<std::string> args, const fs::path& scratch) {
  ElfFile elf = TRY(ElfFile::open(image.elf));
  const fs::path folder = scratch / label;
  TRY(make_folders(folder));
  Bootable bootable = TRY(prepare_image(elf, image.elf, folder));
  BareProgram program;
  program.arch_ = image.arch;
  program.kernel_ = bootable.kernel;
  program.bundle_ = folder / "bundle";
  args.insert(args.begin(), image.elf.stem().string());
  // Symbols are for panics; without them the bundle is small, which the least memory is about.
  uint64_t size =
      TRY(write_bundle({.args = std::move(args), .env = {}, .files = {}, .symbols = {}}, program.bundle_));
  program.least_memory_ = bootable.memory_needed + size;
  return program;
}

Machine BareProgram::machine(unsigned cpus, uint64_t memory) const {
  return Machine{.arch = arch_,
                 .cpus = cpus,
                 .memory = memory,
                 .kernel = kernel_,
                 .bundle = bundle_,
                 .extra = fair_arguments(arch_)};
}

}  // namespace bactrian
