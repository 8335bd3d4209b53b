// SPDX-License-Identifier: ISC
#pragma once

// QEMU's command line for each architecture. The facts behind it are in docs/boot.md.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "build/build.h"
#include "support/files.h"
#include "support/result.h"

namespace bactrian {

/// A disk that firmware boots from, in place of a kernel that QEMU loads itself.
struct FirmwareBoot {
  fs::path firmware;  ///< find_firmware(); empty: what the board has of itself, a BIOS
  fs::path disk;
  bool keeps = false;  ///< the disk is written; otherwise what the machine writes is lost
};

struct Machine {
  Arch arch = Arch::x86_64;
  std::string board;  ///< QEMU's -machine, properties too; empty: our usual one
  std::string cpu;    ///< QEMU's -cpu, the same
  unsigned cpus = 1;
  uint64_t memory = 0;  ///< bytes
  fs::path kernel;      ///< for -kernel
  std::optional<FirmwareBoot> firmware = {};
  std::optional<fs::path> disk = {};   ///< one beside the kernel that QEMU loads; it is written
  std::optional<fs::path> bundle;      ///< for -initrd
  std::optional<fs::path> gdb_socket;  ///< wait there for a debugger before the first instruction
  std::vector<std::string> extra;      ///< further arguments (bench: -icount ...)
};

/// Adds further arguments, of which each text may have several, with spaces between.
void add_words(Machine& machine, const std::vector<std::string>& texts);

/// Where the machine's memory starts: x86_64 0, aarch64 1 GiB, riscv64 2 GiB.
uint64_t memory_base(Arch arch);

/// The emulator's name, "qemu-system-ARCH", or $BACTRIAN_QEMU where that is set.
std::string qemu_program(Arch arch);

/// The UEFI firmware of an architecture, from Debian's packages (set "firmware-ARCH"). Errors: it is not
/// there.
Result<fs::path> find_firmware(Arch arch);

/// The whole command line. The host link is QEMU's standard input and output.
std::vector<std::string> qemu_command(const Machine& machine);

/// The status the image gave to the machine's exit device, from QEMU's own exit status.
int exit_device_status(Arch arch, int qemu_status);

}  // namespace bactrian
