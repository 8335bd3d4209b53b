#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What POSIX promises of a file system, asked of a mounted one.

    posix_cases.py FOLDER [TIMES]

Status 0: every case holds. Each case works in a folder of its own; what it leaves is removed. The random ones are TIMES as long.
As root, with other users allowed, what others may not do is asked, too.
"""
import ctypes
import errno
import fcntl
import hashlib
import mmap
import os
import random
import shutil
import stat
import subprocess
import sys
import time

CASES = []
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1
LIBC = ctypes.CDLL(None, use_errno=True)
NOBODY = 65534


def case(function):
    CASES.append(function)
    return function


def fails(code, function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        assert error.errno == code, f"{function.__name__}{arguments}: {os.strerror(error.errno)}"
        return
    raise AssertionError(f"{function.__name__}{arguments} succeeded; {os.strerror(code)} was expected")


def libc(name, *arguments):
    """A call that Python has no function for."""
    if getattr(LIBC, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def renameat2(old, new, flags):
    libc("renameat2", -100, old.encode(), -100, new.encode(), flags)


def fallocate(descriptor, mode, offset, length):
    libc("fallocate", descriptor, mode, ctypes.c_long(offset), ctypes.c_long(length))


def in_child(function, uid=None):
    """Runs function() in a process of its own, as another user: what it raises is raised here."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            function()
            status = 0
        except BaseException as error:
            print(f"in a child: {type(error).__name__}: {error}", flush=True)
        finally:
            os._exit(status)
    return child


def wait_for(*children):
    for child in children:
        assert os.waitpid(child, 0)[1] == 0, "a child failed"


def tree_hash(top):
    """One hash of all names, modes, sizes, link targets and content below."""
    total = hashlib.sha256()
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names + folders):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            total.update(f"{os.path.relpath(path, top)} {status.st_mode:o} ".encode())
            if stat.S_ISLNK(status.st_mode):
                total.update(os.readlink(path).encode())
            elif stat.S_ISREG(status.st_mode):
                total.update(read(path))
    return total.hexdigest()


def write(path, data=b"x"):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


@case
def open_flags():
    write("f", b"0123456789")
    fails(errno.EEXIST, os.open, "f", os.O_CREAT | os.O_EXCL)
    os.close(os.open("f", os.O_WRONLY | os.O_TRUNC))
    assert os.stat("f").st_size == 0
    fails(errno.ENOENT, os.open, "none", os.O_RDONLY)
    fails(errno.ENOTDIR, os.open, "f/x", os.O_RDONLY)
    fails(errno.EISDIR, os.open, ".", os.O_WRONLY)
    descriptor = os.open("f", os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, b"a")
    os.write(descriptor, b"b")
    os.close(descriptor)
    assert read("f") == b"ab"


@case
def directories():
    os.mkdir("d")
    fails(errno.EEXIST, os.mkdir, "d")
    write("d/f")
    fails(errno.ENOTEMPTY, os.rmdir, "d")
    fails(errno.ENOTDIR, os.rmdir, "d/f")
    os.unlink("d/f")
    os.rmdir("d")
    fails(errno.ENOENT, os.rmdir, "d")
    fails(errno.ENOENT, os.mkdir, "d/e")


@case
def names():
    for name in ["a" * 252, "ü" * 126, " ", "-rf", "..."]:
        write(name)
        assert name in os.listdir(".")
        os.unlink(name)
    fails(errno.ENAMETOOLONG, write, "a" * 253)


@case
def renames():
    write("a", b"a")
    write("b", b"b")
    os.rename("a", "b")
    assert read("b") == b"a" and not os.path.exists("a")
    os.makedirs("d/e")
    fails(errno.EINVAL, os.rename, "d", "d/e/f")
    fails(errno.EISDIR, os.rename, "b", "d")
    fails(errno.ENOTDIR, os.rename, "d", "b")
    os.mkdir("empty")
    os.rename("d", "empty")
    assert os.listdir("empty") == ["e"]
    os.link("b", "c")
    os.rename("b", "c")
    assert os.path.exists("b") and os.path.exists("c")
    fails(errno.ENOENT, os.rename, "none", "x")


@case
def links():
    write("a")
    os.link("a", "b")
    assert os.stat("a").st_nlink == 2 and os.path.samefile("a", "b")
    os.unlink("a")
    assert os.stat("b").st_nlink == 1
    os.mkdir("d")
    fails(errno.EPERM, os.link, "d", "e")
    fails(errno.EEXIST, os.link, "b", "d")
    os.symlink("b", "s")
    assert os.readlink("s") == "b" and read("s") == b"x"
    os.symlink("t" * 4095, "long")
    assert os.readlink("long") == "t" * 4095
    os.symlink("loop", "loop")
    fails(errno.ELOOP, open, "loop")


@case
def unlinked_but_open():
    descriptor = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(descriptor, b"before")
    os.unlink("f")
    os.write(descriptor, b" after")
    assert os.fstat(descriptor).st_nlink == 0
    assert os.pread(descriptor, 100, 0) == b"before after"
    write("f", b"another")
    assert os.pread(descriptor, 100, 0) == b"before after"
    os.close(descriptor)
    assert read("f") == b"another"


@case
def replaced_but_open():
    write("f", b"old")
    with open("f", "rb") as file:
        write("new", b"new")
        os.rename("new", "f")
        assert file.read() == b"old"
    assert read("f") == b"new"


@case
def modes_and_owners():
    write("f")
    for mode in (0, 0o777, 0o4755, 0o2755, 0o1644):
        os.chmod("f", mode)
        assert stat.S_IMODE(os.stat("f").st_mode) == mode
    if os.geteuid() == 0:
        os.chown("f", 1234, 5678)
        assert (os.stat("f").st_uid, os.stat("f").st_gid) == (1234, 5678)
    os.mkfifo("p", 0o600)
    assert stat.S_ISFIFO(os.stat("p").st_mode)


@case
def times():
    write("f")
    os.utime("f", ns=(1_000_000_001, 2_000_000_003))
    assert (os.stat("f").st_atime_ns, os.stat("f").st_mtime_ns) == (1_000_000_001, 2_000_000_003)
    before = time.time_ns() - 1_000_000_000
    write("f", b"again")
    assert os.stat("f").st_mtime_ns >= before
    os.utime(".", ns=(5, 5))
    write("new")
    assert os.stat(".").st_mtime_ns >= before
    os.utime("f", ns=(5, 5))
    os.chmod("f", 0o600)
    assert os.stat("f").st_mtime_ns == 5 and os.stat("f").st_ctime_ns >= before


@case
def truncation():
    write("f", b"x" * 300_000)
    for size in (299_999, 131_073, 131_072, 4097, 10, 0, 200_000):
        os.truncate("f", size)
        assert os.stat("f").st_size == size
    assert read("f") == bytes(200_000)


@case
def sparse_files():
    with open("f", "wb") as file:
        file.seek(1 << 40)
        file.write(b"end")
    assert os.stat("f").st_size == (1 << 40) + 3
    assert os.stat("f").st_blocks * 512 < 1 << 20
    descriptor = os.open("f", os.O_RDONLY)
    assert os.lseek(descriptor, 0, os.SEEK_DATA) >= (1 << 40) - 131072
    assert os.pread(descriptor, 8, 1 << 30) == bytes(8)
    os.close(descriptor)


@case
def many_entries():
    for i in range(2000):
        os.close(os.open(f"file{i}", os.O_CREAT | os.O_WRONLY))
    assert len(os.listdir(".")) == 2000
    # Removing while listing sees each exactly once.
    with os.scandir(".") as entries:
        for entry in entries:
            os.unlink(entry.name)
    assert os.listdir(".") == []


@case
def rename_flags():
    no_replace, exchange = 1, 2
    write("a", b"a")
    write("b", b"b")
    fails(errno.EEXIST, renameat2, "a", "b", no_replace)
    assert read("a") == b"a" and read("b") == b"b"
    renameat2("a", "c", no_replace)
    assert not os.path.exists("a") and read("c") == b"a"
    fails(errno.EINVAL, renameat2, "b", "c", exchange)


@case
def renamed_directories():
    os.makedirs("a/b/c/d/e/f/g/h/i/j")
    write("a/b/c/d/e/f/g/h/i/j/file", b"deep")
    os.rename("a/b/c", "top")
    os.rename("top/d/e", "a/b/e")
    os.rename("top", "a/b/e/f/top")
    fails(errno.EINVAL, os.rename, "a", "a/b/e/f/top/a")
    assert read("a/b/e/f/g/h/i/j/file") == b"deep"
    assert os.stat("a/b/e/f/top/..").st_ino == os.stat("a/b/e/f").st_ino
    os.mkdir("full")
    write("full/x")
    fails(errno.ENOTEMPTY, os.rename, "a/b/e/f/top", "full")
    assert os.path.isdir("a/b/e/f/top/d")


@case
def paths():
    fails(errno.ENOENT, os.stat, "")
    fails(errno.ENAMETOOLONG, os.stat, "x/" * 3000)
    write("f")
    fails(errno.ENOTDIR, os.stat, "f/")
    fails(errno.ENOTDIR, os.mkdir, "f/d")
    fails(errno.ENOTDIR, os.rename, "f/x", "g")
    os.symlink("none", "dangling")
    fails(errno.ENOENT, os.stat, "dangling")
    fails(errno.EEXIST, os.open, "dangling", os.O_CREAT | os.O_EXCL)
    fails(errno.ELOOP, os.open, "dangling", os.O_RDONLY | os.O_NOFOLLOW)
    fails(errno.EINVAL, os.readlink, "f")
    write("dangling", b"through")
    assert read("none") == b"through"
    fails(errno.EINVAL, write, "a:b")


@case
def times_follow_changes():
    def changed(path, action, *which):
        """Exactly these of ctime and mtime become newer."""
        os.utime(path, ns=(5, 5), follow_symlinks=False)
        before = os.lstat(path)
        time.sleep(0.01)
        action()
        after = os.lstat(path)
        for name in ("st_ctime_ns", "st_mtime_ns"):
            assert (getattr(after, name) > getattr(before, name)) == (name[3:8] in which), f"{path}: {name}"
    write("f", b"0123456789")
    os.mkdir("d")
    changed("f", lambda: os.link("f", "d/l"), "ctime")
    changed("f", lambda: os.rename("d/l", "d/m"), "ctime")
    changed("f", lambda: os.unlink("d/m"), "ctime")
    changed("f", lambda: os.chmod("f", 0o640), "ctime")
    changed("f", lambda: os.truncate("f", 3), "ctime", "mtime")
    changed("f", lambda: read("f"))
    changed("d", lambda: write("d/new"), "ctime", "mtime")
    changed("d", lambda: os.unlink("d/new"), "ctime", "mtime")
    changed("d", lambda: os.listdir("d"))
    os.utime("f", ns=(7_000_000_000, 8_000_000_000))
    assert (os.stat("f").st_atime_ns, os.stat("f").st_mtime_ns) == (7_000_000_000, 8_000_000_000)


@case
def holes():
    punch, keep = 2, 1
    write("f", b"x" * 500_000)
    sync_blocks = os.stat("f").st_blocks
    descriptor = os.open("f", os.O_RDWR)
    fallocate(descriptor, punch | keep, 100_000, 300_000)
    assert read("f") == b"x" * 100_000 + bytes(300_000) + b"x" * 100_000
    assert os.stat("f").st_size == 500_000
    fails(errno.EOPNOTSUPP, fallocate, descriptor, 0, 0, 1_000_000)
    os.fsync(descriptor)
    assert os.stat("f").st_blocks < sync_blocks
    fallocate(descriptor, punch | keep, 0, 1_000_000)
    assert read("f") == bytes(500_000)
    os.close(descriptor)


@case
def mapped_memory():
    write("f", b"a" * 300_000)
    with open("f", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[100_000:100_003] = b"map"
        assert os.pread(file.fileno(), 3, 100_000) == b"map"
        os.pwrite(file.fileno(), b"pwr", 200_000)
        assert memory[200_000:200_003] == b"pwr"
        memory.flush()
    assert read("f")[99_999:100_004] == b"amapa"


@case
def appending():
    """Many processes append to one file: each line comes whole, and none is lost."""
    def append(letter):
        descriptor = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        for _ in range(200):
            os.write(descriptor, letter * 99 + b"\n")
        os.close(descriptor)
    wait_for(*(in_child(lambda letter=letter: append(letter)) for letter in (b"a", b"b", b"c", b"d")))
    lines = read("log").split(b"\n")[:-1]
    assert len(lines) == 800
    assert sorted(lines) == sorted(letter * 99 for letter in (b"a", b"b", b"c", b"d") for _ in range(200))


@case
def locks():
    with open("f", "w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)

        def locked():
            with open("f", "r+") as other:
                fails(errno.EAGAIN, fcntl.lockf, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        wait_for(in_child(locked))


@case
def other_users():
    """Permissions, sticky directories, inherited groups, and bits that a write takes away."""
    if os.geteuid() != 0:
        return
    os.chmod(".", 0o755)
    write("private", b"secret")
    os.chmod("private", 0o600)
    os.mkdir("sticky")
    os.chmod("sticky", 0o1777)
    write("sticky/root")
    os.mkdir("grouped")
    os.chown("grouped", 0, 4321)
    os.chmod("grouped", 0o2777)
    write("tool")
    os.chmod("tool", 0o6777)

    def stranger():
        fails(errno.EACCES, os.open, "private", os.O_RDONLY)
        fails(errno.EACCES, os.mkdir, "d")
        fails(errno.EACCES, os.unlink, "private")
        fails(errno.EPERM, os.chmod, "private", 0o777)
        fails(errno.EPERM, os.chown, "private", NOBODY, NOBODY)
        fails(errno.EPERM, os.unlink, "sticky/root")
        fails(errno.EPERM, os.rename, "sticky/root", "sticky/other")
        fails(errno.EPERM, os.utime, "private", (1, 1))
        write("sticky/mine")
        assert os.stat("sticky/mine").st_uid == NOBODY
        os.unlink("sticky/mine")
        write("grouped/f")
        os.mkdir("grouped/d")
        assert os.stat("grouped/f").st_gid == 4321 and os.stat("grouped/d").st_gid == 4321
        assert os.stat("grouped/d").st_mode & stat.S_ISGID
        with open("tool", "ab") as file:
            file.write(b"x")
        assert stat.S_IMODE(os.stat("tool").st_mode) == 0o777, "a write leaves set-user-id"
    wait_for(in_child(stranger, NOBODY))


@case
def a_full_device():
    """Everything is taken, then given back; nothing else suffers."""
    write("before", b"kept" * 1000)
    free = os.statvfs(".").f_bfree
    names, part = [], random.Random(3).randbytes(1 << 20)
    try:
        while len(names) * len(part) < 1 << 40:
            names.append(f"filler{len(names)}")
            with open(names[-1], "wb", buffering=0) as file:
                for _ in range(16):
                    count = file.write(part)
                    if count < len(part):
                        os.write(file.fileno(), part)  # which says why
    except OSError as error:
        assert error.errno == errno.ENOSPC, os.strerror(error.errno)
    assert os.statvfs(".").f_bfree < 1000
    assert read("before") == b"kept" * 1000
    for name in names[:-1]:
        content = read(name)
        assert content == part * (len(content) // len(part)) + part[:len(content) % len(part)], name
    for name in names:
        os.unlink(name)
    os.sync()
    assert os.statvfs(".").f_bfree > free - 100, "space is lost"
    write("after", part)
    assert read("after") == part and read("before") == b"kept" * 1000


@case
def git():
    """A repository with a history, packed, cloned, checked, and its trees compared."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def run(*words):
        subprocess.run(("git", "-c", "user.name=n", "-c", "user.email=e", "-c", "gc.auto=0") + words, check=True, **quiet)
    chosen = random.Random(4)
    run("init", "-q", "one")
    for commit in range(8):
        for _ in range(30):
            path = f"one/d{chosen.randrange(6)}/e{chosen.randrange(4)}/f{chosen.randrange(20)}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, chosen.randbytes(50) * chosen.randrange(1, 200))
        if commit == 3:
            shutil.rmtree("one/d0", ignore_errors=True)
            os.symlink("d1", "one/link")
        run("-C", "one", "add", "-A")
        run("-C", "one", "commit", "-q", "-m", str(commit))
    run("-C", "one", "repack", "-adq")
    run("clone", "-q", "--no-hardlinks", "one", "two")
    run("clone", "-q", "one", "three")
    run("-C", "two", "fsck", "--full", "--strict")
    shutil.rmtree("one/.git")
    shutil.rmtree("two/.git")
    shutil.rmtree("three/.git")
    assert tree_hash("one") == tree_hash("two") == tree_hash("three")


@case
def random_access():
    """As fsx does: random operations on a file, also through a mapping and after opening it anew, and on bytes."""
    model, chosen = bytearray(), random.Random(1)
    descriptor = os.open("f", os.O_RDWR | os.O_CREAT)
    for step in range(1500 * TIMES):
        action, offset = chosen.randrange(9), chosen.randrange(600_000)
        if action < 3:
            data = chosen.randbytes(chosen.randrange(1, 60_000))
            if len(model) < offset:
                model.extend(bytes(offset - len(model)))
            model[offset:offset + len(data)] = data
            assert os.pwrite(descriptor, data, offset) == len(data)
        elif action == 3:
            os.ftruncate(descriptor, offset)
            del model[offset:]
            model.extend(bytes(offset - len(model)))
        elif action == 4:
            size = chosen.randrange(100_000)
            assert os.pread(descriptor, size, offset) == bytes(model[offset:offset + size]), step
        elif action == 5:
            size = chosen.randrange(1, 200_000)
            fallocate(descriptor, 3, offset, size)  # a hole
            end = min(offset + size, len(model))
            if end > offset:
                model[offset:end] = bytes(end - offset)
        elif action == 6 and offset + 10 < len(model):
            with mmap.mmap(descriptor, len(model)) as memory:
                end = min(len(model), offset + chosen.randrange(1, 50_000))
                assert memory[offset:end] == bytes(model[offset:end]), step
                memory[offset:offset + 10] = model[offset:offset + 10] = chosen.randbytes(10)
        elif action == 7 and chosen.randrange(10) == 0:
            os.close(descriptor)
            descriptor = os.open("f", os.O_RDWR)
            assert os.fstat(descriptor).st_size == len(model), step
        elif chosen.randrange(20) == 0:
            os.fsync(descriptor)
    os.close(descriptor)
    assert read("f") == bytes(model)


def change_names(seed):
    """Random operations on names, compared with a dictionary."""
    chosen, model = random.Random(seed), {}
    for step in range(3000 * TIMES):
        name = f"n{chosen.randrange(60)}"
        action = chosen.randrange(6)
        if action < 2:
            if name in model and chosen.randrange(2):  # links to the old content keep it
                os.unlink(name)
                del model[name]
            data = chosen.randbytes(chosen.randrange(6000))
            for other in [other for other in model if other != name and name in model and os.path.samefile(name, other)]:
                model[other] = data
            model[name] = data
            write(name, data)
        elif action == 2 and name in model:
            os.unlink(name)
            del model[name]
        elif action == 3 and name in model:
            other = f"n{chosen.randrange(60)}"
            same = other in model and os.path.samefile(name, other)
            os.rename(name, other)
            if not same:
                model[other] = model.pop(name)
        elif action == 4 and name in model:
            other = f"n{chosen.randrange(60)}"
            if other in model:
                fails(errno.EEXIST, os.link, name, other)
            else:
                os.link(name, other)
                model[other] = model[name]
        elif name in model:
            assert read(name) == model[name], step
    assert {name: read(name) for name in os.listdir(".")} == model


@case
def random_tree():
    change_names(2)


@case
def random_trees():
    """As fsstress does: several processes at once, each in a directory of its own, and one that lists them all."""
    def work(seed):
        os.chdir(f"p{seed}")
        change_names(seed)

    def look():
        for _ in range(30):
            for folder, _, names in os.walk("."):
                for name in names:
                    try:
                        os.stat(os.path.join(folder, name))
                    except FileNotFoundError:
                        pass
    for seed in range(4):
        os.mkdir(f"p{seed}")
    wait_for(*(in_child(lambda seed=seed: work(seed)) for seed in range(4)), in_child(look))


def main():
    os.chdir(sys.argv[1])
    os.umask(0o022)
    top = os.getcwd()
    failed = 0
    for function in CASES:
        os.mkdir(function.__name__)
        os.chdir(function.__name__)
        try:
            function()
        except (AssertionError, OSError) as error:
            failed += 1
            print(f"{function.__name__}: {type(error).__name__}: {error}")
        os.chdir(top)
        shutil.rmtree(function.__name__)
    print(f"{len(CASES) - failed} of {len(CASES)} cases hold")
    sys.exit(1 if failed else 0)


main()
