// SPDX-License-Identifier: ISC
#include "bench/peer.h"

#include <charconv>

#include "bench/cpio.h"
#include "support/cache.h"
#include "support/hash.h"
#include "support/process.h"
#include "support/root.h"
#include "support/text.h"

namespace bactrian {
namespace {

Error unavailable(const std::string& message) {
  return Error{
      .message = message,
      .remedy = "run `apt-get update`, or leave the Linux peer out with --filter boot, size or memory"};
}

/// The package that linux-image-cloud-amd64 stands for today, and its version.
Result<std::pair<std::string, std::string>> kernel_package() {
  Finished depends =
      TRY(run({.argv = {"apt-cache", "depends", "linux-image-cloud-amd64"}, .out = Stream::pipe}));
  std::string package;
  for (const std::string& line : split(depends.out, '\n')) {
    if (size_t at = line.find("Depends: linux-image-"); at != std::string::npos)
      package = line.substr(at + 9);
  }
  if (package.empty()) return unavailable("no package linux-image-cloud-amd64 is known to apt");
  Finished policy = TRY(run({.argv = {"apt-cache", "policy", package}, .out = Stream::pipe}));
  for (const std::string& line : split(policy.out, '\n')) {
    if (size_t at = line.find("Candidate: "); at != std::string::npos)
      return std::pair(package, line.substr(at + 11));
  }
  return unavailable("apt has no candidate of " + package);
}

Result<void> download_kernel(const std::string& package, const fs::path& folder) {
  Finished download = TRY(run({.argv = {"apt-get", "download", "-q", package},
                               .folder = folder,
                               .out = Stream::pipe,
                               .err = Stream::pipe}));
  if (download.status != 0) return unavailable("cannot download " + package);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".deb") continue;
    TRY(run_checked({.argv = {"dpkg-deb", "-x", entry.path().string(), (folder / "unpacked").string()},
                     .out = Stream::pipe,
                     .err = Stream::pipe},
                    "unpacking " + package));
    TRY(remove_tree(entry.path()));
  }
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "unpacked" / "boot", code)) {
    if (!entry.path().filename().string().starts_with("vmlinuz-")) continue;
    fs::rename(entry.path(), folder / "vmlinuz", code);
    if (code) return system_error("cannot keep the kernel", code.value(), entry.path().string());
  }
  if (!fs::exists(folder / "vmlinuz")) return unavailable("no kernel in " + package);
  return remove_tree(folder / "unpacked");
}

Result<void> build_init(const fs::path& source, const fs::path& folder) {
  TRY(run_checked({.argv = {"g++", "-std=c++20", "-O2", "-static", "-s", "-o", (folder / "init").string(),
                            source.string()},
                   .out = Stream::pipe,
                   .err = Stream::pipe},
                  "building the peer's init"));
  return {};
}

}  // namespace

Result<Peer> Peer::provide() {
  Cache cache = TRY(Cache::open());
  Peer peer;
  auto [package, version] = TRY(kernel_package());
  peer.version_ = package.substr(package.find("image-") + 6) + " (" + version + ")";
  KeyBuilder kernel_key;
  kernel_key.add("package", package).add("version", version);
  fs::path kernel = TRY(cache.provide("peer", "linux", kernel_key.key(), [&](const fs::path& folder) {
    return download_kernel(package, folder);
  }));
  fs::path source = project_root() / "bench" / "peer" / "init.cc";
  KeyBuilder init_key;
  TRY(init_key.add_file("init", source));
  fs::path init = TRY(cache.provide("peer", "init", init_key.key(),
                                    [&](const fs::path& folder) { return build_init(source, folder); }));
  peer.kernel_ = kernel / "vmlinuz";
  peer.init_ = init / "init";
  return peer;
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
  TempFolder scratch = TRY(TempFolder::create("bactrian-peer"));
  fs::path initramfs = scratch.path() / "initramfs";
  TRY(write_file(initramfs, archive.finish()));
  Machine machine{.arch = Arch::x86_64,
                  .cpus = cpus,
                  .memory = memory,
                  .kernel = kernel_,
                  .bundle = initramfs,
                  .extra = {"-append", "console=ttyS0 quiet panic=-1"}};
  GuestRun run = TRY(run_guest(qemu_command(machine), Line::plain, timeout));
  return split_peer_output(run.out);
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
