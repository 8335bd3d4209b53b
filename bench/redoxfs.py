#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measures `bactrian fs` against tar, mke2fs -d and fuse2fs, on the disk of $TMPDIR.

    redoxfs.py [--scale X] [--rounds N] [--only TEXT] [--json]

Needs /dev/fuse, 5 GB, and packages (`tools/packages ensure bench-fs`); as root, so that caches can be emptied. `./bactrian fs --help` must have run
once, so that the program is built. --scale 0.1 does a tenth of everything.

Each figure is the least of the rounds, and the most memory of any; ours and the peer's take turns. What writes ends with an
fsync; what reads starts, unless it says otherwise, with nothing of it in the kernel's cache.
"""
import argparse
import datetime
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

BLOCK = 4096
MEGA = 1 << 20


def program():
    cache = os.environ.get("BACTRIAN_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bactrian")
    built = sorted(glob.glob(os.path.join(cache, "fs", "host-*", "bactrian-fs")), key=os.path.getmtime)
    if not built:
        sys.exit("bactrian-fs is not built\n  to fix: run `./bactrian fs --help` once")
    return built[-1]


def run(*command, **more):
    """The most memory that one command had, in bytes."""
    # By way of time: what a child of ours had includes our own memory, from before its exec.
    with tempfile.NamedTemporaryFile() as memory:
        done = subprocess.run(("/usr/bin/time", "-q", "-f", "%M", "-o", memory.name) + command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, **more)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
        return int(memory.read()) * 1024


def forget(*paths):
    """Nothing of the files stays in the kernel's cache."""
    for path in paths:
        for folder, _, names in os.walk(path) if os.path.isdir(path) else [(os.path.dirname(path), [], [os.path.basename(path)])]:
            for name in names:
                descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW)
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)
    if os.geteuid() == 0:
        with open("/proc/sys/vm/drop_caches", "w") as drop:
            drop.write("2")  # names and inodes


def sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def remove(path):
    if os.path.exists(path):
        os.unlink(path)


def measure(action, before=lambda: None):
    """Seconds and memory of action(), which returns the memory."""
    before()
    start = time.monotonic()
    memory = action()
    return time.monotonic() - start, memory


class Mount:
    """A file system in a file, mounted; `memory` after close()."""

    def __init__(self, folder, *command):
        self.folder, self.memory = folder, 0
        device = os.stat(folder).st_dev
        start = time.monotonic()
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while os.stat(folder).st_dev == device:
            if self.process.poll() is not None:
                sys.exit(f"{' '.join(command)} failed:\n{self.process.stderr.read().decode()}")
            time.sleep(0.0005)
        self.seconds = time.monotonic() - start

    def close(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            self.memory = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
        subprocess.check_call(["fusermount3", "-u", self.folder])
        self.process.communicate()


class Bench:
    def __init__(self, options, work):
        self.options, self.work, self.fs, self.rows = options, work, program(), []
        self.mnt = self.path("mnt")
        os.mkdir(self.mnt)

    def path(self, name):
        return os.path.join(self.work, name)

    def scaled(self, count):
        return max(1, int(count * self.options.scale))

    def wanted(self, name):
        return self.options.only in name

    def row(self, name, ours, **peers):
        """Each of them a function that returns (seconds, memory); they take turns."""
        if not self.wanted(name):
            return
        results = {"bactrian fs": [], **{peer: [] for peer in peers}}
        actions = {"bactrian fs": ours, **peers}
        for _ in range(self.options.rounds):
            for who, action in actions.items():
                results[who].append(action())
        best = {who: (min(r[0] for r in all_), max(r[1] for r in all_)) for who, all_ in results.items()}
        seconds, memory = best.pop("bactrian fs")
        self.rows.append({"name": name, "seconds": seconds, "memory": memory,
                          "peers": {who: {"seconds": s, "memory": m, "ratio": seconds / s} for who, (s, m) in best.items()}})
        print(f"{name}: {seconds:.3f} s", file=sys.stderr)

    def writer(self, result, *command):
        """Measures a command that makes the file `result`."""
        def action():
            memory = run(*command)
            sync(result)
            return memory
        return lambda: measure(action, lambda: remove(result))

    # Images of trees.

    def image_rows(self, name, tree, size):
        image, tar, ext4 = self.path("a.img"), self.path("a.tar"), self.path("a.ext4")
        self.row(name, self.writer(image, self.fs, "make", image, "--from", tree, "--size", size),
                 tar=self.writer(tar, "tar", "-C", tree, "-cf", tar, "."),
                 mke2fs=self.writer(ext4, "mke2fs", "-q", "-t", "ext4", "-d", tree, "-N", "120000", ext4, size))
        if not self.wanted(name):  # others want them
            run(self.fs, "make", image, "--from", tree, "--size", size)
            run("mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, "-N", "120000", ext4, size)
        return image

    def big_file(self):
        tree = self.path("big")
        os.mkdir(tree)
        chosen, left = random.Random(1), self.scaled(300_000_000)
        with open(os.path.join(tree, "data"), "wb") as file:
            while left > 0:
                left -= file.write(chosen.randbytes(min(left, MEGA)))
        image = self.image_rows("make an image of 300 MB of random data", tree, "400M")
        self.row("read the 300 MB back", lambda: measure(lambda: run(self.fs, "cat", image, "/data"), lambda: forget(image)),
                 cat=lambda: measure(lambda: run("cat", os.path.join(tree, "data")), lambda: forget(tree)))
        self.row("read it once more, from the kernel's cache", lambda: measure(lambda: run(self.fs, "cat", image, "/data")),
                 cat=lambda: measure(lambda: run("cat", os.path.join(tree, "data"))))
        self.row("check every checksum of it", lambda: measure(lambda: run(self.fs, "check", image), lambda: forget(image)))
        secret = {**os.environ, "BACTRIAN_FS_PASSWORD": "camel"}
        locked = self.path("locked.img")
        make = (self.fs, "make", locked, "--encrypt", "--from", tree, "--size", "400M")

        def encrypted():
            memory = run(*make, env=secret)
            sync(locked)
            return memory
        self.row("make it encrypted", lambda: measure(encrypted, lambda: remove(locked)))
        remove(locked)
        remove(image)
        shutil.rmtree(tree)

    def small_files(self):
        tree = self.path("small")
        for i in range(self.scaled(20_000)):
            folder = os.path.join(tree, str(i // 200))
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"file{i}"), "wb") as file:
                file.write(b"%d\n" % i * (1 + i % 300))
        self.image_rows("make an image of 20,000 small files", tree, "400M")
        tar = self.path("small.tar")
        run("tar", "-C", tree, "-cf", tar, ".")
        shutil.rmtree(tree)

        def unpack(mounter):
            def once():
                mount = mounter()
                start = time.monotonic()
                run("tar", "-C", self.mnt, "-xf", tar)
                os.sync()
                seconds = time.monotonic() - start
                mount.close()
                return seconds, mount.memory
            return once
        self.row("unpack 20,000 small files, mounted", unpack(lambda: self.fresh("800M")), fuse2fs=unpack(lambda: self.fresh_ext4("800M")))

    def many_entries(self):
        flat = self.path("flat")
        for i in range(self.scaled(100_000)):  # a thousand a folder: mke2fs -d needs the square of their number
            folder = os.path.join(flat, str(i // 1000))
            os.makedirs(folder, exist_ok=True)
            open(os.path.join(folder, f"entry number {i}"), "w").close()
        image = self.image_rows("make an image of 100,000 empty files", flat, "1500M")
        listing = lambda: measure(lambda: run(self.fs, "ls", "-lR", image), lambda: forget(image))
        self.row("ls -lR of 100,000 entries", listing, ls=lambda: measure(lambda: run("ls", "-lR", flat), lambda: forget()))

        def mounted(mounter):
            def once():
                mount = mounter()
                start = time.monotonic()
                run("ls", "-lR", self.mnt)
                seconds = time.monotonic() - start
                mount.close()
                return seconds, mount.memory
            return once
        self.row("ls -lR of 100,000 entries, mounted", mounted(lambda: self.mount(image)),
                 fuse2fs=mounted(lambda: self.mount_ext4(self.path("a.ext4"))))
        remove(image)
        remove(self.path("a.ext4"))
        shutil.rmtree(flat)

    # Through FUSE.

    def mount(self, image):
        forget(image)
        return Mount(self.mnt, self.fs, "mount", image, self.mnt)

    def mount_ext4(self, image):
        forget(image)
        return Mount(self.mnt, "fuse2fs", "-f", "-o", "fakeroot", image, self.mnt)

    def fresh(self, size):
        image = self.path("a.img")
        remove(image)
        run(self.fs, "make", image, "--size", size)
        return self.mount(image)

    def fresh_ext4(self, size):
        image = self.path("a.ext4")
        remove(image)
        run("mke2fs", "-q", "-t", "ext4", "-N", "120000", image, size)
        return self.mount_ext4(image)

    def sequential(self):
        size = self.scaled(1 << 30) // MEGA * MEGA
        chosen = random.Random(2)
        parts = [chosen.randbytes(MEGA) for _ in range(8)]

        def write(mounter):
            def once():
                mount = mounter()
                start = time.monotonic()
                with open(os.path.join(self.mnt, "data"), "wb", buffering=0) as file:
                    for i in range(size // MEGA):
                        file.write(parts[i % len(parts)])
                    os.fsync(file.fileno())
                seconds = time.monotonic() - start
                mount.close()
                return seconds, mount.memory
            return once

        def read(mounter):
            def once():
                mount = mounter()
                start, left = time.monotonic(), size
                with open(os.path.join(self.mnt, "data"), "rb", buffering=0) as file:
                    while left > 0:
                        left -= len(file.read(MEGA))
                seconds = time.monotonic() - start
                mount.close()
                return seconds, mount.memory
            return once

        def read_random(mounter):
            def once():
                mount, order = mounter(), random.Random(3)
                places = [order.randrange(size // BLOCK) * BLOCK for _ in range(self.scaled(5000))]
                with open(os.path.join(self.mnt, "data"), "rb", buffering=0) as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
                    start = time.monotonic()
                    for place in places:
                        assert len(os.pread(file.fileno(), BLOCK, place)) == BLOCK
                    seconds = time.monotonic() - start
                mount.close()
                return seconds, mount.memory
            return once
        ours, peer = lambda: self.mount(self.path("a.img")), lambda: self.mount_ext4(self.path("a.ext4"))
        if self.wanted("write 1 GiB, mounted"):
            self.row("write 1 GiB, mounted", write(lambda: self.fresh("1300M")), fuse2fs=write(lambda: self.fresh_ext4("1300M")))
        else:
            write(lambda: self.fresh("1300M"))(), write(lambda: self.fresh_ext4("1300M"))()
        self.row("read 1 GiB, mounted", read(ours), fuse2fs=read(peer))
        self.row("5,000 random reads of 4 KiB of it, mounted", read_random(ours), fuse2fs=read_random(peer))

    def huge(self):
        image, ext4 = self.path("huge.img"), self.path("huge.ext4")
        run(self.fs, "make", image, "--size", "1T")
        run("mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=1,nodiscard", "-O", "^has_journal", ext4, "1T")

        def mounted(mounter):
            def once():
                mount = mounter()
                mount.close()
                return mount.seconds, mount.memory
            return once
        self.row("open an empty image of 1 TiB", lambda: measure(lambda: run(self.fs, "df", image), lambda: forget(image)))
        self.row("mount an empty image of 1 TiB", mounted(lambda: self.mount(image)), fuse2fs=mounted(lambda: self.mount_ext4(ext4)))

    def all(self):
        self.big_file()
        self.small_files()
        self.many_entries()
        self.sequential()
        self.huge()


def version(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.split("\n")[0].strip()


def table(rows):
    print(f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M}")
    print(f"- sources: {version('git', '-C', os.path.dirname(os.path.abspath(__file__)), 'rev-parse', '--short', 'HEAD')}")
    print(f"- peers: {version('tar', '--version')}; {version('mke2fs', '-V')}; fuse2fs of the same\n")
    print("| figure | seconds | memory (MiB) | peer | its seconds | its memory | ratio |")
    print("|---|--:|--:|---|--:|--:|--:|")
    for row in rows:
        start = f"| {row['name']} | {row['seconds']:.3f} | {row['memory'] / MEGA:.0f} |"
        if not row["peers"]:
            print(f"{start} | | | |")
        for who, peer in row["peers"].items():
            print(f"{start} {who} | {peer['seconds']:.3f} | {peer['memory'] / MEGA:.0f} | {peer['ratio']:.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="bactrian-bench-")
    bench = Bench(options, work)
    try:
        bench.all()
    finally:
        subprocess.call(["fusermount3", "-uzq", bench.mnt], stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)
    if options.json:
        print(json.dumps(bench.rows, indent=2))
    else:
        table(bench.rows)


main()
