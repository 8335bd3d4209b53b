// SPDX-License-Identifier: ISC
#pragma once

// How long the ways into an image take: by QEMU's own loader, by firmware and our loader, by Limine.

#include <chrono>
#include <string>
#include <vector>

#include "bench/guest.h"
#include "build/build.h"
#include "image/disk.h"
#include "run/elf.h"
#include "support/result.h"

namespace bactrian {

struct BootTimes {
  double to_kernel = 0;  ///< seconds from the machine's first instruction to the kernel's
  double to_main = 0;    ///< from there to the program's `main`
};

/// Boots a machine once, stopped at `kernel` and at `main`. Errors: it does not come there in time.
Result<BootTimes> time_boot(Machine machine, uint64_t kernel, uint64_t main, std::chrono::seconds timeout);

struct MadeDisk {
  Disk disk;
  double seconds = 0;  ///< that it took, the program being built
  uint64_t size = 0;   ///< bytes of the file
  uint64_t used = 0;   ///< bytes that it takes on the host's disk
};

/// A disk image of a program, without a data partition, in `scratch`.
Result<MadeDisk> make_bench_disk(const BuiltImage& image, const fs::path& scratch);

}  // namespace bactrian
