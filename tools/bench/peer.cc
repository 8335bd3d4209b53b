// SPDX-License-Identifier: ISC
#include "bench/peer.h"

#include <charconv>

#include "bench/cpio.h"
#include "build/components.h"
#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {
namespace {

Result<void> build_init(Arch arch, const fs::path& source, const fs::path& folder) {
  TRY(run_checked({.argv = {cross_tool(arch, "g++"), "-std=c++20", "-O2", "-static", "-s", "-o",
                            (folder / "init").string(), source.string()},
                   .out = Stream::pipe,
                   .err = Stream::pipe},
                  "building the peer's init"));
  return {};
}

}  // namespace

Result<Peer> Peer::provide(Arch arch) {
  Cache cache = TRY(Cache::open());
  Peer peer;
  peer.arch_ = arch;
  const fs::path kernel = TRY(provide_component({"linux", std::string(arch_name(arch))}));
  peer.kernel_ = kernel / "vmlinuz";
  peer.version_ = std::string(trim(TRY(read_file(kernel / "version"))));
  const fs::path source = project_root() / "bench" / "peer" / "init.cc";
  KeyBuilder key;
  TRY(key.add_file("init", source));
  const auto make = [&](const fs::path& folder) { return build_init(arch, source, folder); };
  peer.init_ = TRY(cache.provide("peer", "init-" + std::string(arch_name(arch)), key.key(), make)) / "init";
  return peer;
}

Result<GuestRun> Peer::start(const std::string& archive, std::string_view awaited, unsigned cpus,
                             uint64_t memory, std::chrono::seconds timeout) const {
  TempFolder scratch = TRY(TempFolder::create("bactrian-peer"));
  const fs::path initramfs = scratch.path() / "initramfs";
  TRY(write_file(initramfs, archive));
  const std::string console = arch_ == Arch::aarch64 ? "ttyAMA0" : "ttyS0";
  Machine machine{.arch = arch_,
                  .cpus = cpus,
                  .memory = memory,
                  .kernel = kernel_,
                  .bundle = initramfs,
                  .extra = fair_arguments(arch_)};
  machine.extra.push_back("-append");
  machine.extra.push_back("console=" + console + " quiet panic=-1");
  return run_guest(qemu_command(machine), Line::plain, timeout, awaited);
}

Result<std::map<std::string, PeerOutput>> Peer::run(const std::vector<PeerProgram>& programs, unsigned cpus,
                                                    uint64_t memory, std::chrono::seconds timeout) const {
  CpioWriter archive;
  archive.add_program("init", TRY(read_file(init_)));
  archive.add_folder("dev");
  archive.add_folder("programs");
  std::string plan;
  for (const PeerProgram& program : programs) {
    archive.add_program("programs/" + program.label, TRY(read_file(program.executable)));
    plan += program.label + " /programs/" + program.label;
    for (const std::string& arg : program.args) plan += " " + arg;
    plan += "\n";
  }
  archive.add_file("plan", plan);
  return split_peer_output(TRY(start(archive.finish(), {}, cpus, memory, timeout)).out);
}

Result<GuestRun> Peer::boot(const fs::path& executable, std::string_view awaited, uint64_t memory,
                            std::chrono::seconds timeout) const {
  CpioWriter archive;
  archive.add_program("init", TRY(read_file(executable)));
  return start(archive.finish(), awaited, 1, memory, timeout);
}

std::map<std::string, PeerOutput> split_peer_output(const std::string& console) {
  std::map<std::string, PeerOutput> outputs;
  constexpr std::string_view begin = "\n@@begin ", end = "\n@@end ";
  size_t at = 0;
  while ((at = console.find(begin, at)) != std::string::npos) {
    size_t line_end = console.find('\n', at + begin.size());
    if (line_end == std::string::npos) break;
    std::string label = console.substr(at + begin.size(), line_end - at - begin.size());
    PeerOutput& output = outputs[label];
    std::string closing = std::string(end) + label + " ";
    size_t stop = console.find(closing, line_end);
    output.out = console.substr(line_end + 1, stop == std::string::npos ? stop : stop - line_end - 1);
    if (stop == std::string::npos) break;
    std::from_chars(console.data() + stop + closing.size(), console.data() + console.size(), output.status);
    at = stop;
  }
  return outputs;
}

}  // namespace bactrian
