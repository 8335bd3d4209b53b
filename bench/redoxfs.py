#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measures `bactrian fs` against tar to a file and ext4 (mke2fs -d), on the disk of $TMPDIR.

    redoxfs.py [--scale X] [--json]

Run `./bactrian fs --help` once before, so that it is built. --scale 0.1 does a tenth of everything. Each figure is
the least of three runs, with the page cache as the run before has left it; each run ends with an fsync of what it
made. Prints a table: seconds, the ratio to the peer, and the most memory that the process had.
"""
import argparse
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time


def program():
    cache = os.environ.get("BACTRIAN_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bactrian")
    built = sorted(glob.glob(os.path.join(cache, "fs", "host-*", "bactrian-fs")), key=os.path.getmtime)
    if not built:
        sys.exit("bactrian-fs is not built\n  to fix: run `./bactrian fs --help` once")
    return built[-1]


def run(*command):
    """Seconds and bytes of memory of one command."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        sys.exit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def synced(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def best(action, rounds=3):
    results = [action() for _ in range(rounds)]
    return min(r[0] for r in results), max(r[1] for r in results)


def timed(action, result, *paths):
    def once():
        for path in paths:
            if os.path.exists(path):
                os.unlink(path)
        start = time.monotonic()
        memory = action()[1]
        synced(result)
        return time.monotonic() - start, memory
    return once


def fill(path, size):
    chosen = random.Random(1)
    with open(path, "wb") as file:
        while size > 0:
            part = min(size, 1 << 20)
            file.write(chosen.randbytes(part))
            size -= part


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    fs, rows = program(), []
    work = tempfile.mkdtemp(prefix="bactrian-bench-")

    def row(name, ours, peer_name=None, peer=None, per=1):
        rows.append({"name": name, "seconds": ours[0] / per, "memory": ours[1], "peer": peer_name,
                     "peer_seconds": peer[0] / per if peer else None, "ratio": ours[0] / peer[0] if peer else None})

    def image_of(tree, size):
        image, tar, ext4 = (os.path.join(work, name) for name in ("a.img", "a.tar", "a.ext4"))
        ours = best(timed(lambda: run(fs, "make", image, "--from", tree, "--size", size), image, image))
        tarred = best(timed(lambda: run("tar", "-C", tree, "-cf", tar, "."), tar, tar))
        peer = best(timed(lambda: run("mke2fs", "-q", "-t", "ext4", "-d", tree, ext4, size), ext4, ext4))
        return image, ours, tarred, peer

    try:
        big = os.path.join(work, "big")
        os.mkdir(big)
        size = int(300e6 * options.scale)
        fill(os.path.join(big, "data"), size)
        image, ours, tarred, ext4 = image_of(big, "400M")
        row("image of 300 MB of random data", ours, "tar", tarred)
        row("image of 300 MB of random data", ours, "mke2fs", ext4)
        row("read the 300 MB back", best(lambda: run(fs, "cat", image, "/data")), "cat",
            best(lambda: run("cat", os.path.join(big, "data"))))
        row("check every checksum of it", best(lambda: run(fs, "check", image)))
        shutil.rmtree(big)

        small = os.path.join(work, "small")
        count = int(20000 * options.scale)
        for i in range(count):
            folder = os.path.join(small, str(i // 200))
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"file{i}"), "wb") as file:
                file.write(b"%d\n" % i * (1 + i % 300))
        image, ours, tarred, ext4 = image_of(small, "400M")
        row("image of 20,000 small files", ours, "tar", tarred)
        row("image of 20,000 small files", ours, "mke2fs", ext4)
        shutil.rmtree(small)

        flat = os.path.join(work, "flat")
        os.mkdir(flat)
        for i in range(int(100000 * options.scale)):
            open(os.path.join(flat, f"entry number {i}"), "w").close()
        image = os.path.join(work, "a.img")
        os.unlink(image)
        row("image of 100,000 empty files", best(timed(
            lambda: run(fs, "make", image, "--from", flat, "--size", "1500M"), image, image), 1))
        row("ls -lR of 100,000 entries", best(lambda: run(fs, "ls", "-lR", image)), "ls",
            best(lambda: run("ls", "-lR", flat)))

        os.unlink(image)
        run(fs, "make", image, "--size", "1T")
        row("open an empty file system of 1 TiB", best(lambda: run(fs, "df", image)))
    finally:
        shutil.rmtree(work)

    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'':38} {'seconds':>8} {'memory':>8}   peer")
    for line in rows:
        peer = f"{line['peer']}: {line['peer_seconds']:.3f} s, ratio {line['ratio']:.2f}" if line["peer"] else ""
        print(f"{line['name']:38} {line['seconds']:8.3f} {line['memory'] / 2**20:5.0f} MiB   {peer}")


main()
