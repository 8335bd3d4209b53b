#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What POSIX promises of a file system, asked of a mounted one.

    posix_cases.py FOLDER

Status 0: every case holds. Each case works in a folder of its own; what it leaves is removed.
"""
import errno
import os
import random
import shutil
import stat
import sys
import time

CASES = []


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
def random_access():
    """As fsx does: random operations on a file and on bytes."""
    model, chosen = bytearray(), random.Random(1)
    descriptor = os.open("f", os.O_RDWR | os.O_CREAT)
    for step in range(1500):
        action, offset = chosen.randrange(6), chosen.randrange(600_000)
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
        elif chosen.randrange(20) == 0:
            os.fsync(descriptor)
    os.close(descriptor)
    assert read("f") == bytes(model)


@case
def random_tree():
    """As fsstress does: random operations on names, compared with a dictionary."""
    chosen, model = random.Random(2), {}
    for step in range(3000):
        name = f"n{chosen.randrange(60)}"
        action = chosen.randrange(5)
        if action < 2:
            model[name] = chosen.randbytes(chosen.randrange(6000))
            write(name, model[name])
        elif action == 2 and name in model:
            os.unlink(name)
            del model[name]
        elif action == 3 and name in model:
            other = f"n{chosen.randrange(60)}"
            os.rename(name, other)
            model[other] = model.pop(name)
        elif name in model:
            assert read(name) == model[name], step
    assert {name: read(name) for name in os.listdir(".")} == model


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
