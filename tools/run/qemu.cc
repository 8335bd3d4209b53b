// SPDX-License-Identifier: ISC
#include "run/qemu.h"

#include <cstdlib>

namespace bactrian {

namespace {

/// What differs between the architectures.
struct Usual {
  const char* board;
  const char* cpu;
  std::vector<std::string> more;
};

Usual usual_machine(Arch arch) {
  switch (arch) {
    case Arch::x86_64:
      // q35 rather than microvm: it has the PM timer, HPET and ACPI power-off that the nucleus uses, and
      // its firmware costs only some 40 ms.
      return {"q35", "max", {"-device", "isa-debug-exit,iobase=0xf4,iosize=4"}};
    case Arch::aarch64:
      return {"virt", "max", {"-semihosting-config", "enable=on,target=native"}};
    case Arch::riscv64:
      // QEMU 7.2 has no `max` here; rv64 has the same extensions on 7.2 and on 10.
      return {"virt", "rv64", {}};
  }
  return {};
}

std::vector<std::string> machine_arguments(const Machine& machine) {
  const Usual usual = usual_machine(machine.arch);
  std::vector<std::string> words = {"-machine", machine.board.empty() ? usual.board : machine.board,  //
                                    "-cpu", machine.cpu.empty() ? usual.cpu : machine.cpu};
  words.insert(words.end(), usual.more.begin(), usual.more.end());
  return words;
}

}  // namespace

uint64_t memory_base(Arch arch) {
  switch (arch) {
    case Arch::x86_64:
      return 0;
    case Arch::aarch64:
      return 0x40000000;
    case Arch::riscv64:
      return 0x80000000;
  }
  return 0;
}

std::string qemu_program(Arch arch) {
  const char* other = std::getenv("BACTRIAN_QEMU");
  if (other != nullptr && *other != '\0') return other;
  return "qemu-system-" + std::string(arch_name(arch));
}

std::vector<std::string> qemu_command(const Machine& machine) {
  std::vector<std::string> argv = {qemu_program(machine.arch)};
  const auto add = [&argv](std::vector<std::string> more) {
    argv.insert(argv.end(), more.begin(), more.end());
  };
  add({"-no-user-config", "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot"});
  // Never an accelerator found by chance: /dev/kvm may exist and be unusable.
  add({"-accel", "tcg"});
  add(machine_arguments(machine));
  add({"-smp", std::to_string(machine.cpus)});
  add({"-m", "size=" + std::to_string((machine.memory + 1023) / 1024) + "K"});
  // signal=off: Ctrl-C is ours to handle, and byte 3 on the line is data.
  add({"-chardev", "stdio,id=link,signal=off", "-serial", "chardev:link"});
  add({"-kernel", machine.kernel.string()});
  if (machine.bundle) add({"-initrd", machine.bundle->string()});
  if (machine.gdb_socket) add({"-S", "-gdb", "unix:" + machine.gdb_socket->string() + ",server=on,wait=off"});
  add(machine.extra);
  return argv;
}

int exit_device_status(Arch arch, int qemu_status) {
  // isa-debug-exit turns v into 2v + 1, so that 0 stays QEMU's own.
  if (arch == Arch::x86_64 && qemu_status % 2 == 1) return qemu_status / 2;
  return qemu_status;
}

}  // namespace bactrian
