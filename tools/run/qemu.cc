// SPDX-License-Identifier: ISC
#include "run/qemu.h"

#include "support/text.h"

#include <cstdlib>

namespace bactrian {

namespace {

/// What differs between the architectures.
struct Usual {
  const char* board;
  const char* cpu;
  std::vector<std::string> more;
};

Usual usual_machine(Arch arch, bool firmware) {
  switch (arch) {
    case Arch::x86_64:
      // q35 rather than microvm: it has the PM timer, HPET and ACPI power-off that the nucleus uses, and
      // its firmware costs only some 40 ms.
      return {"q35", "max", {"-device", "isa-debug-exit,iobase=0xf4,iosize=4"}};
    case Arch::aarch64:
      // The firmware hands either ACPI tables or a devicetree on, and the port wants the devicetree.
      return {firmware ? "virt,acpi=off" : "virt", "max", {"-semihosting-config", "enable=on,target=native"}};
    case Arch::riscv64:
      // QEMU 7.2 has no `max` here; rv64 has the same extensions on 7.2 and on 10.
      return {"virt", "rv64", {}};
  }
  return {};
}

std::vector<std::string> machine_arguments(const Machine& machine) {
  const Usual usual = usual_machine(machine.arch, machine.firmware.has_value());
  std::vector<std::string> words = {"-machine", machine.board.empty() ? usual.board : machine.board,  //
                                    "-cpu", machine.cpu.empty() ? usual.cpu : machine.cpu};
  words.insert(words.end(), usual.more.begin(), usual.more.end());
  return words;
}

std::string drive(const fs::path& file, bool keeps) {
  // QEMU reads two commas as one.
  std::string disk;
  for (const char c : file.string()) disk += c == ',' ? ",," : std::string(1, c);
  return "file=" + disk + ",format=raw,if=none,id=disk" + (keeps ? "" : ",snapshot=on");
}

/// How each architecture's firmware gets going, and the disk.
std::vector<std::string> firmware_arguments(Arch arch, const FirmwareBoot& boot) {
  std::vector<std::string> argv = {"-drive", drive(boot.disk, boot.keeps), "-device",
                                   "virtio-blk-pci,drive=disk,bootindex=1",
                                   // From which the firmware has its random numbers.
                                   "-device", "virtio-rng-pci"};
  // OpenSBI starts what it is given as kernel.
  if (!boot.firmware.empty())
    argv.insert(argv.end(), {arch == Arch::riscv64 ? "-kernel" : "-bios", boot.firmware.string()});
  // edk2 waits five seconds for a key otherwise.
  if (arch == Arch::aarch64) argv.insert(argv.end(), {"-boot", "menu=on,splash-time=0"});
  return argv;
}

}  // namespace

void add_words(Machine& machine, const std::vector<std::string>& texts) {
  for (const auto& text : texts)
    for (const auto& word : split(text, ' '))
      if (!word.empty()) machine.extra.push_back(word);
}

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

Result<fs::path> find_firmware(Arch arch) {
  const fs::path file = arch == Arch::x86_64    ? "/usr/share/ovmf/OVMF.fd"
                        : arch == Arch::aarch64 ? "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
                                                : "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin";
  std::error_code code;
  if (fs::exists(file, code)) return file;
  return Error{.message = "there is no UEFI firmware for " + std::string(arch_name(arch)),
               .where = file,
               .remedy = "install the packages that `tools/packages list firmware-" +
                         std::string(arch_name(arch)) + "` names"};
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
  if (machine.firmware)
    add(firmware_arguments(machine.arch, *machine.firmware));
  else
    add({"-kernel", machine.kernel.string()});
  if (machine.disk) add({"-drive", drive(*machine.disk, true), "-device", "virtio-blk-pci,drive=disk"});
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
