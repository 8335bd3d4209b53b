# SPDX-License-Identifier: ISC
"""The Linux that ours is compared with, for the scripts of this folder: Debian's kernel in the same QEMU, with an initramfs."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Debian's name of the architecture, the machine as `bactrian run` has it, the console. On aarch64 pointers are signed
# the cheap way (docs/testing.md).
MACHINES = {"x86_64": ("amd64", ["-machine", "q35", "-cpu", "max"], "ttyS0"),
            "aarch64": ("arm64", ["-machine", "virt", "-cpu", "max,pauth-impdef=on"], "ttyAMA0"),
            "riscv64": ("riscv64", ["-machine", "virt"], "ttyS0")}


def newc(files):
    """A cpio archive of (name, mode, content)."""
    out = b""
    for number, (name, mode, content) in enumerate([*files, ("TRAILER!!!", 0, b"")]):
        name = name.encode() + b"\0"
        fields = [number + 1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += b"\0" * (-len(out) % 4) + content
        out += b"\0" * (-len(out) % 4)
    return out


def cache():
    home = os.environ.get("XDG_CACHE_HOME", str(pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("BACTRIAN_CACHE", home + "/bactrian"))


def provide(*what):
    return pathlib.Path(subprocess.run([ROOT / "toolchain" / "provide", *what], check=True, stdout=subprocess.PIPE,
                                       text=True).stdout.split()[-1])


def build_static(arch, source, output):
    """A program of Linux' side, against the build machine's C library."""
    subprocess.run([f"{arch}-linux-gnu-g++", "-std=c++20", "-O2", "-static", "-s", "-o", output, source], check=True)


def command(arch, folder, append="", devices=(), cpus=1):
    """QEMU with the kernel and the initramfs of the folder."""
    _, machine, console = MACHINES[arch]
    return ["qemu-system-" + arch, "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot",
            "-accel", "tcg", *machine, "-smp", str(cpus), "-m", "512M", "-serial", "stdio", "-kernel", folder / "vmlinuz",
            "-initrd", folder / "initramfs", "-append", f"console={console} quiet panic=-1 {append}".strip(), *devices]
