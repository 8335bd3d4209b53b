// SPDX-License-Identifier: ISC
#pragma once

// The Linux peer: Debian's kernel on the same virtual machine, with an initramfs that holds the hosted builds
// of our programs and bench/peer/init.cc. Nothing else runs there.

#include <map>
#include <string>
#include <vector>

#include "bench/guest.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

struct PeerProgram {
  std::string label;
  fs::path executable;  ///< statically linked
  std::vector<std::string> args;
};

struct PeerOutput {
  std::string out;
  int status = -1;  ///< -1: it did not come to its end
};

class Peer {
 public:
  /// Gets the kernel (the tool chain's component "linux") and builds init. Errors: the kernel cannot be had.
  static Result<Peer> provide(Arch arch);

  /// The kernel's package and version, for the table.
  const std::string& version() const { return version_; }

  /// Boots, runs the programs in their order and powers off. Their outputs by label.
  Result<std::map<std::string, PeerOutput>> run(const std::vector<PeerProgram>& programs, unsigned cpus,
                                                uint64_t memory, std::chrono::seconds timeout) const;

  /// Boots with `executable` as the first and only process. The first output is that of `awaited`.
  Result<GuestRun> boot(const fs::path& executable, std::string_view awaited, uint64_t memory,
                        std::chrono::seconds timeout) const;

 private:
  Peer() = default;
  Result<GuestRun> start(const std::string& archive, std::string_view awaited, unsigned cpus, uint64_t memory,
                         std::chrono::seconds timeout) const;

  Arch arch_ = Arch::x86_64;
  fs::path kernel_, init_;
  std::string version_;
};

/// The outputs between the marks of bench/peer/init.cc.
std::map<std::string, PeerOutput> split_peer_output(const std::string& console);

}  // namespace bactrian
