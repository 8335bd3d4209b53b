// SPDX-License-Identifier: ISC
#include "bench/icount.h"

#include "bench/image_places.h"
#include "bench/qemu_debug.h"
#include "support/process.h"

namespace bactrian {
namespace {

/// Where QEMU's further CPUs begin to run code of the image, with paging off.
Result<uint64_t> first_of_secondary(const ElfFile& elf) {
  // In real mode, in the page that docs/boot.md names.
  if (elf.arch() == Arch::x86_64) return 0x8000;
  return physical(elf, TRY(function_named(elf, "arch_secondary_entry")));
}

Result<uint64_t> count_between(const BareProgram& program, unsigned cpus, uint64_t from, uint64_t to,
                               std::chrono::seconds timeout) {
  TempFolder scratch = TRY(TempFolder::create("bactrian-icount"));
  fs::path gdb = scratch.path() / "gdb", qmp = scratch.path() / "qmp";
  Machine machine = program.machine(cpus, 256ULL << 20);
  machine.gdb_socket = gdb;
  for (const std::string& word : {std::string("-icount"), std::string("shift=0"), std::string("-qmp"),
                                  "unix:" + qmp.string() + ",server=on,wait=off"}) {
    machine.extra.push_back(word);
  }
  Process process = TRY(Process::start(
      {.argv = qemu_command(machine), .in = Stream::null, .out = Stream::null, .err = Stream::null}));
  auto deadline = Clock::now() + timeout;
  QemuDebugger debugger(TRY(QemuSocket::connect(gdb, process, deadline, "gdb server")));
  QemuMonitor monitor = TRY(QemuMonitor::open(TRY(QemuSocket::connect(qmp, process, deadline, "monitor"))));
  TRY(debugger.run_to(from));
  uint64_t before = TRY(monitor.instructions());
  TRY(debugger.run_to(to));
  uint64_t after = TRY(monitor.instructions());
  return after - before;
}

}  // namespace

Result<uint64_t> instructions_to_main(const BareProgram& program, const ElfFile& elf,
                                      std::chrono::seconds timeout) {
  return count_between(program, 1, first_instruction(elf), TRY(main_of(elf)), timeout);
}

Result<uint64_t> instructions_of_further_cpu(const BareProgram& program, const ElfFile& elf,
                                             std::chrono::seconds timeout) {
  return count_between(program, 2, TRY(first_of_secondary(elf)), TRY(function_named(elf, "run_secondary")),
                       timeout);
}

}  // namespace bactrian
