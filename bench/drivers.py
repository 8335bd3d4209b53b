#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""drivers.py [--arch A] [--cpus N] [--rounds N] [--count N]: our drivers against Linux', in the same QEMU with the same devices.

Reads of a virtio and an NVMe disk whose files have nothing in them: 4 KiB at random, one or 32 at a time, and 1 MiB in a
row. Frames of 64 and 1514 bytes sent to a peer on this host, and one of 64 there and back. Linux is Debian's kernel, as for `bactrian bench`, with O_DIRECT and asynchronous requests; bench/peer/drivers.cc is
its only process. Least of the rounds, which alternate. Prints a table for bench/RESULTS.md.
"""

import argparse
import lzma
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

from linux_peer import MACHINES, ROOT, build_static, cache, command, newc, provide

# Those that a kernel has not, or has in itself, are left out.
MODULES = ["virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk",
           "failover", "net_failover", "virtio_net", "nvme-keyring", "nvme-auth", "nvme-core", "nvme"]
LINUX_TRIES = 5
LINUX_SECONDS = 120


class Package:
    """A Debian package's files."""

    def __init__(self, path, folder):
        self.tar = folder / (path.name + ".tar")
        with open(self.tar, "wb") as out:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, stdout=out)
        self.names = subprocess.run(["tar", "tf", self.tar], check=True, stdout=subprocess.PIPE, text=True).stdout.split()

    def read(self, name):
        return subprocess.run(["tar", "xOf", self.tar, name], check=True, stdout=subprocess.PIPE).stdout


def module_files(arch, kernel):
    """Name and content of all that there are."""
    if arch == "riscv64":  # in a package of their own
        for path in sorted(provide("linux-modules", arch).glob("*.ko*")):
            yield path.name, path.read_bytes
    else:
        for name in kernel.names:
            if ".ko" in name:
                yield name.rsplit("/", 1)[-1], lambda name=name: kernel.read(name)


def initramfs(arch, folder):
    name, version = (provide("linux", arch) / "version").read_text().split()
    kernel = Package(cache() / "downloads" / f"{name}_{version}_{MACHINES[arch][0]}.deb", folder)
    found = dict(module_files(arch, kernel))
    modules = []
    for module in MODULES:
        if f"{module}.ko" in found:
            modules.append((module + ".ko", found[module + ".ko"]()))
        elif f"{module}.ko.xz" in found:
            modules.append((module + ".ko", lzma.decompress(found[module + ".ko.xz"]())))
    (folder / "vmlinuz").write_bytes(kernel.read(next(name for name in kernel.names if "/vmlinuz" in name)))
    build_static(arch, ROOT / "bench" / "peer" / "drivers.cc", folder / "init")
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


def run_linux(arch, folder, cpus, count):
    words = command(arch, folder, f"no_timer_check count={count}", devices(folder), cpus)
    # QEMU before 8.0 drops barriers where there is one CPU (lib/virtio/split_ring.cc), so that Linux then sometimes waits for
    # ever.
    for _ in range(LINUX_TRIES):
        (folder / "guest").unlink(missing_ok=True)
        try:
            return subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                  timeout=LINUX_SECONDS).stdout
        except subprocess.TimeoutExpired as late:
            print(f"drivers.py: Linux has not ended in {LINUX_SECONDS} s: once more; it had got to:", file=sys.stderr)
            print((late.output or b"").decode(errors="replace")[-200:], file=sys.stderr)
    raise SystemExit(f"drivers.py: Linux has not ended {LINUX_TRIES} times")


def run_bare(arch, folder, cpus, count):
    out = ""
    for program in ["disks", "frames"]:
        (folder / "guest").unlink(missing_ok=True)
        words = [ROOT / "bactrian", "run", "--arch", arch, "--cpus", str(cpus), "--memory", "512M",
                 "--qemu", " ".join(devices(folder)),
                 *(["--cpu", "max,pauth-impdef=on"] if arch == "aarch64" else []), "--timeout", "600",
                 ROOT / "bench" / "programs" / program, "--", str(count)]
        out += subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
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
    parser.add_argument("--cpus", type=int, default=1)
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
                for key, value in figures(run(options.arch, folder, options.cpus, options.count)).items():
                    side[key] = min(value, side.get(key, value))
    print("| figure | bare (us) | Linux (us) | ratio |")
    print("|---|---:|---:|---:|")
    for key, bare in least[0].items():
        linux = least[1][key]
        print(f"| {key} | {bare * 1e6:.1f} | {linux * 1e6:.1f} | {bare / linux:.2f} |")


main()
