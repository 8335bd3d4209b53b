#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""drivers.py [--arch A] [--rounds N] [--count N]: our drivers against Linux', in the same QEMU with the same devices.

Reads of a virtio and an NVMe disk whose files have nothing in them: 4 KiB at random, one or 32 at a time, and 1 MiB in a
row. Frames of 64 and 1514 bytes sent to a peer on this host, and one of 64 there and back. Linux is Debian's kernel, as for `bactrian bench`, with O_DIRECT and asynchronous requests; bench/peer/drivers.cc is
its only process. Least of the rounds, which alternate. Prints a table for bench/RESULTS.md. x86_64 and aarch64.
"""

import argparse
import os
import pathlib
import socket
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULES = ["virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk",
           "failover", "net_failover", "virtio_net"]
MACHINES = {"x86_64": ("amd64", ["-machine", "q35", "-cpu", "max"], "ttyS0"),
            "aarch64": ("arm64", ["-machine", "virt", "-cpu", "max,pauth-impdef=on"], "ttyAMA0")}


def cache():
    home = os.environ.get("XDG_CACHE_HOME", str(pathlib.Path.home() / ".cache"))
    return pathlib.Path(os.environ.get("BACTRIAN_CACHE", home + "/bactrian"))


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


def initramfs(arch, folder):
    deb_arch = MACHINES[arch][0]
    subprocess.run([ROOT / "toolchain" / "provide", "linux", arch], check=True, stdout=subprocess.DEVNULL)
    package = sorted((cache() / "downloads").glob(f"linux-image-*-cloud-{deb_arch}_*.deb"))[-1]
    listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, stdout=subprocess.PIPE).stdout
    (folder / "package.tar").write_bytes(listing)
    names = subprocess.run(["tar", "tf", folder / "package.tar"], check=True, stdout=subprocess.PIPE, text=True).stdout
    modules = []
    for module in MODULES:
        path = next((name for name in names.split() if name.endswith(f"/{module}.ko")), None)
        if path:  # else it is part of the kernel
            content = subprocess.run(["tar", "xOf", folder / "package.tar", path], check=True, stdout=subprocess.PIPE).stdout
            modules.append((module + ".ko", content))
    kernel = next(name for name in names.split() if "/boot/vmlinuz-" in name)
    (folder / "vmlinuz").write_bytes(
        subprocess.run(["tar", "xOf", folder / "package.tar", kernel], check=True, stdout=subprocess.PIPE).stdout)
    subprocess.run([f"{arch}-linux-gnu-g++", "-std=c++20", "-O2", "-static", "-s", "-o", folder / "init",
                    ROOT / "bench" / "peer" / "drivers.cc"], check=True)
    files = [("dev", 0o040755, b""), ("init", 0o100755, (folder / "init").read_bytes()),
             ("modules", 0o100644, "".join(name + "\n" for name, _ in modules).encode())]
    files += [(name, 0o100644, content) for name, content in modules]
    (folder / "initramfs").write_bytes(newc(files))


def devices(folder):
    drive = f"file={folder}/disk,format=raw,if=none,snapshot=on,id="
    return ["-drive", drive + "virtio", "-device", "virtio-blk-pci,drive=virtio,addr=6",
            "-drive", drive + "nvme", "-device", "nvme,drive=nvme,serial=1,addr=7",
            "-netdev", f"dgram,id=net,local.type=unix,local.path={folder}/guest,remote.type=unix,remote.path={folder}/peer",
            "-device", "virtio-net-pci,netdev=net,addr=5"]


def peer(folder):
    """Takes frames; those whose first byte says so go back."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(f"{folder}/peer")
    while True:
        frame = line.recv(65536)
        if frame[12:15] == b"\x88\xb5\x01":
            try:
                line.sendto(frame[6:12] + frame[:6] + frame[12:], f"{folder}/guest")
            except OSError:
                pass  # the machine has gone


def run_linux(arch, folder, count):
    _, machine, console = MACHINES[arch]
    command = ["qemu-system-" + arch, "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot", "-accel", "tcg",
               *machine, "-m", "512M", "-serial", "stdio", "-kernel", folder / "vmlinuz", "-initrd", folder / "initramfs",
               "-append", f"console={console} quiet panic=-1 no_timer_check count={count}", *devices(folder)]
    (folder / "guest").unlink(missing_ok=True)
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=600).stdout


def run_bare(arch, folder, count):
    out = ""
    for program in ["disks", "frames"]:
        (folder / "guest").unlink(missing_ok=True)
        command = [ROOT / "bactrian", "run", "--arch", arch, "--memory", "512M", "--qemu", " ".join(devices(folder)),
                   *(["--cpu", "max,pauth-impdef=on"] if arch == "aarch64" else []), "--timeout", "600",
                   ROOT / "bench" / "programs" / program, "--", str(count)]
        out += subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return out


def figures(text):
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0].startswith(("virtio_", "nvme_", "net_")):
            found[words[0]] = float(words[1])
    if len(found) != 9:
        raise SystemExit("a run has failed:\n" + text[-2000:])
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--arch", choices=MACHINES, default="x86_64")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with open(folder / "disk", "wb") as disk:
            disk.truncate(256 << 20)
        initramfs(options.arch, folder)
        threading.Thread(target=peer, args=[folder], daemon=True).start()
        least = [{}, {}]
        for _ in range(options.rounds):
            for side, run in zip(least, [run_bare, run_linux]):
                for key, value in figures(run(options.arch, folder, options.count)).items():
                    side[key] = min(value, side.get(key, value))
    print("| figure | bare (us) | Linux (us) | ratio |")
    print("|---|---:|---:|---:|")
    for key, bare in least[0].items():
        linux = least[1][key]
        print(f"| {key} | {bare * 1e6:.1f} | {linux * 1e6:.1f} | {bare / linux:.2f} |")


main()
