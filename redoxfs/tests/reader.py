#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""An independent reader of RedoxFS version 8 images, for the tests: it shares no code with the C++ library.

    reader.py check IMAGE [--leaks-allowed]    every hash, pointer, directory, link count, leak and overlap
    reader.py sums IMAGE                       sha256 of every file, as sha256sum prints it
    reader.py links IMAGE                      PATH -> TARGET of every symbolic link

Encrypted images with the password in BACTRIAN_FS_PASSWORD, by libcrypto and libargon2. Status 0: the image is good; 1: it is
not, and standard output says why.
"""
import argparse
import ctypes
import hashlib
import os
import struct
import sys

BLOCK = 4096
MASK = (1 << 64) - 1
RING = 256
ROOT = 1
FANOUT = 254
FILE, DIRECTORY, LINK = 0x8000, 0x4000, 0xA000
LANES = (0x16F11FE89B0D677C, 0xB480A793D8E6C86C, 0x6FE2E5AAF078EBC9, 0x14F994A4C5259381)


def seahash(data):
    """SeaHash 4.1 with its default seeds."""
    lanes = list(LANES)
    padded = bytes(data) + bytes(-len(data) % 8)
    for i, (word,) in enumerate(struct.iter_unpack("<Q", padded)):
        x = ((lanes[i & 3] ^ word) * 0x6EED0E9DA4D94A4F) & MASK
        x ^= (x >> 32) >> (x >> 60)
        lanes[i & 3] = (x * 0x6EED0E9DA4D94A4F) & MASK
    x = (lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3] ^ len(data)) & MASK
    x = (x * 0x6EED0E9DA4D94A4F) & MASK
    x ^= (x >> 32) >> (x >> 60)
    return (x * 0x6EED0E9DA4D94A4F) & MASK


def lz4(data, size):
    """Decompresses one LZ4 block into exactly `size` bytes (zero-extended)."""
    out, at = bytearray(), 0
    while at < len(data):
        token = data[at]
        at += 1
        length = token >> 4
        if length == 15:
            while True:
                length += data[at]
                at += 1
                if data[at - 1] != 255:
                    break
        out += data[at:at + length]
        at += length
        if at >= len(data):
            break
        distance = data[at] | data[at + 1] << 8
        at += 2
        if not 0 < distance <= len(out):
            raise ValueError("LZ4: a match before the start")
        length = (token & 15) + 4
        if length == 19:
            while True:
                length += data[at]
                at += 1
                if data[at - 1] != 255:
                    break
        for _ in range(length):
            out.append(out[-distance])
    if len(out) > size:
        raise ValueError("LZ4: too long")
    return bytes(out) + bytes(size - len(out))


class Cipher:
    """AES-128 of libcrypto: XTS with a sector's number as its tweak, or single blocks (ECB)."""
    crypto = None

    def __init__(self, name, key):
        if Cipher.crypto is None:
            Cipher.crypto = ctypes.CDLL("libcrypto.so.3")
            for function in ("EVP_aes_128_xts", "EVP_aes_128_ecb", "EVP_CIPHER_CTX_new"):
                getattr(Cipher.crypto, function).restype = ctypes.c_void_p
        self.kind = ctypes.c_void_p(getattr(self.crypto, name)())
        self.context, self.key = ctypes.c_void_p(self.crypto.EVP_CIPHER_CTX_new()), key
        self.init(self.kind, None)

    def init(self, kind, tweak):
        assert self.crypto.EVP_DecryptInit_ex(self.context, kind, None, self.key if kind else None, tweak) == 1
        self.crypto.EVP_CIPHER_CTX_set_padding(self.context, 0)

    def decrypt(self, data, sector=None):
        if sector is not None:
            self.init(None, struct.pack("<QQ", sector, 0))
        out, length = ctypes.create_string_buffer(len(data) + 16), ctypes.c_int()
        assert self.crypto.EVP_DecryptUpdate(self.context, out, ctypes.byref(length), data, len(data)) == 1
        return out.raw[:length.value]


def argon2id(password, salt):
    key, size = ctypes.create_string_buffer(16), ctypes.c_size_t
    hash_raw = ctypes.CDLL("libargon2.so.1").argon2id_hash_raw  # of version 0x13
    assert hash_raw(3, 4096, 1, password, size(len(password)), salt, size(len(salt)), key, size(len(key))) == 0
    return key.raw


class Pointer:
    def __init__(self, raw):
        self.addr, self.hash = struct.unpack("<QQ", raw)
        self.index, self.level, self.decomp = self.addr >> 8, self.addr & 15, self.addr >> 4 & 15

    @property
    def null(self):
        return self.index == 0


class Node:
    def __init__(self, raw):
        (self.mode, self.uid, self.gid, self.links, self.size, self.blocks, self.ctime, self.ctime_ns, self.mtime,
         self.mtime_ns, self.atime, self.atime_ns, self.record_level, self.flags) = struct.unpack(
             "<HIIIQQQIQIQIII", raw[:74])
        self.raw = raw
        self.kind = self.mode & 0xF000
        self.inline = bool(self.flags & 1)

    def table(self, level):
        offset, count = ((128, 128), (2176, 64), (3200, 32), (3712, 16), (3968, 8))[level]
        return [Pointer(self.raw[offset + 16 * i:offset + 16 * i + 16]) for i in range(count)]


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.problems, self.used, self.nodes, self.names = [], {}, {}, {}
        self.find_header()

    def problem(self, text):
        self.problems.append(text)

    def find_header(self):
        def valid(block):
            raw = self.data[block * BLOCK:block * BLOCK + BLOCK]
            if len(raw) < BLOCK or raw[:8] != b"RedoxFS\0":
                return None
            if struct.unpack("<Q", raw[4088:])[0] != seahash(raw[:4072]):
                return None
            return raw

        first = next((b for b in range(min(65536, len(self.data) // BLOCK)) if valid(b)), None)
        if first is None:
            raise SystemExit("no header")
        generation = lambda raw: struct.unpack("<Q", raw[40:48])[0]
        self.start = first - generation(valid(first)) % RING
        best = None
        for slot in range(RING):
            raw = valid(self.start + slot)
            if raw and generation(raw) % RING != slot:
                self.problem(f"header in slot {slot} has generation {generation(raw)}")
            if raw and (best is None or generation(raw) > generation(best)):
                best = raw
        self.header = best
        version, = struct.unpack("<Q", best[8:16])
        self.size, self.generation = struct.unpack("<QQ", best[32:48])
        self.tree, self.alloc = Pointer(best[48:64]), Pointer(best[64:80])
        self.release = Pointer(best[3152:3168])
        if version != 8:
            self.problem(f"version {version}")
        self.cipher = None
        slots = [best[at:at + 48] for at in range(80, 80 + 64 * 48, 48) if any(best[at:at + 48])]
        if any(best[3168:4072]):
            self.problem("the header's padding is not zero")
        if slots:
            self.unlock(slots, os.environ.get("BACTRIAN_FS_PASSWORD", "").encode())
        elif best[4072:4088] != best[4088:4096] + bytes(8):
            self.problem("encrypted_hash of an unencrypted header")
        self.blocks = self.size // BLOCK

    def unlock(self, slots, password):
        for slot in slots:
            single = Cipher("EVP_aes_128_ecb", argon2id(password, slot[:16]))
            cipher = Cipher("EVP_aes_128_xts", single.decrypt(slot[16:32]) + single.decrypt(slot[32:]))
            if cipher.decrypt(self.header[4072:4088], self.generation) == self.header[4088:4096] + bytes(8):
                self.cipher = cipher
                return
        raise SystemExit("wrong password")

    def block(self, pointer, what):
        """The stored bytes behind a pointer, its hash checked, its blocks marked as used."""
        count = 1 << pointer.level
        if pointer.index + count > self.blocks or pointer.index < RING:
            raise ValueError(f"{what}: block {pointer.index} outside")
        for i in range(pointer.index, pointer.index + count):
            if i in self.used:
                self.problem(f"{what}: block {i} is also of {self.used[i]}")
            self.used[i] = what
        if pointer.index % count:
            self.problem(f"{what}: block {pointer.index} is not aligned to its level {pointer.level}")
        at = (self.start + pointer.index) * BLOCK
        raw = self.data[at:at + (BLOCK << pointer.level)]
        if self.cipher:
            raw = b"".join(self.cipher.decrypt(raw[i * BLOCK:(i + 1) * BLOCK], pointer.index + i) for i in range(count))
        if seahash(raw) != pointer.hash:
            raise ValueError(f"{what}: hash of block {pointer.index}")
        return raw

    def record(self, pointer, what):
        raw = self.block(pointer, what)
        if not pointer.decomp:
            return raw
        if pointer.decomp <= pointer.level:
            self.problem(f"{what}: compressed to level {pointer.level} from {pointer.decomp}")
        length, = struct.unpack("<H", raw[:2])
        return lz4(raw[2:2 + length], BLOCK << pointer.decomp)

    def read_tree(self, pointer=None, level=3, prefix=0):
        """Loads every node; returns whether no id is free below the pointer."""
        pointer = pointer or self.tree
        what = f"tree level {level} of {prefix}"
        try:
            raw = self.block(pointer, what)
        except ValueError as error:
            self.problem(str(error))
            return True
        flags = int.from_bytes(raw[4064:4096], "little")
        full_all = True
        for i in range(FANOUT):
            child = Pointer(raw[16 * i:16 * i + 16])
            number = prefix << 8 | i
            full = False
            if not child.null:
                if level:
                    full = self.read_tree(child, level - 1, number)
                else:
                    full = True
                    self.read_node(child, number)
            # Id 0 is reserved, so it may be marked as taken.
            if bool(flags >> i & 1) != full and not (level == 0 and number == 0):
                self.problem(f"{what}: the full flag of {i} is {flags >> i & 1}")
            full_all &= bool(flags >> i & 1)
        return full_all

    def read_node(self, pointer, number):
        try:
            self.nodes[number] = Node(self.block(pointer, f"node {number}"))
        except ValueError as error:
            self.problem(str(error))

    def pointers(self, number, node):
        """Yields (record index, pointer) of a node's records, through the indirect blocks."""
        index = 0

        def walk(pointer, depth, what):
            nonlocal index
            if depth == 0:
                if not pointer.null:
                    yield index, pointer
                index += 1
            elif pointer.null:
                index += 256**depth
            else:
                try:
                    raw = self.block(pointer, what)
                except ValueError as error:
                    self.problem(str(error))
                    index += 256**depth
                    return
                for i in range(256):
                    yield from walk(Pointer(raw[16 * i:16 * i + 16]), depth - 1, what)

        for depth in range(5):
            for pointer in node.table(depth):
                yield from walk(pointer, depth, f"indirect block of node {number}")

    def content(self, number, node):
        """Yields (offset, bytes) of what a file stores."""
        if node.inline:
            if node.size > BLOCK - 128:
                self.problem(f"node {number}: {node.size} bytes inline")
            yield 0, node.raw[128:128 + node.size]
            return
        record = BLOCK << node.record_level
        for index, pointer in self.pointers(number, node):
            what = f"record {index} of node {number}"
            if pointer.level > node.record_level or pointer.decomp > node.record_level:
                self.problem(f"{what}: level {pointer.level}")
            try:
                data = self.record(pointer, what)
            except (ValueError, IndexError) as error:
                self.problem(f"{what}: {error}")
                continue
            if index * record >= node.size:
                self.problem(f"{what}: past the end of its file")
            else:
                keep = node.size - index * record
                if any(data[keep:]):
                    self.problem(f"{what}: bytes past the end are not zero")
                yield index * record, data[:keep]

    def read_all(self, number, node):
        out = bytearray(node.size)
        for offset, data in self.content(number, node):
            out[offset:offset + len(data)] = data
        return bytes(out)

    def entries(self, number, node):
        """The (name, id) pairs of a directory and the number of blocks it has."""
        marker, root = node.table(0)[:2]
        found, blocks = [], 0
        if marker.addr | 0xF != MASK or marker.hash != MASK or node.raw[160:4032] != bytes(3872):
            self.problem(f"directory {number}: marker")
        depth = marker.addr & 0xF

        def hash_of(name):
            low = seahash(name) & 0xFFFFFFFF
            return 0xFFFFFFFE if low == 0xFFFFFFFF else low

        def leaf(pointer):
            nonlocal blocks
            blocks += 1
            raw = self.block(pointer, f"entries of directory {number}")
            count, length = struct.unpack("<HH", raw[4092:])
            at, hashes = 0, []
            for _ in range(count):
                ident, size = struct.unpack("<IB", raw[at:at + 5])
                name = raw[at + 5:at + 5 + size]
                name.decode("utf-8")
                if not 1 <= size <= 252 or b"/" in name or b":" in name or b"\0" in name or name in (b".", b".."):
                    self.problem(f"directory {number}: name {name!r}")
                found.append((name, ident))
                hashes.append(hash_of(name))
                at += 5 + size
            if at != length or at > 4092 or any(raw[at:4092]):
                self.problem(f"directory {number}: {length} bytes used, {at} found")
            return (min(hashes), max(hashes)) if hashes else None

        def walk(pointer, depth):
            nonlocal blocks
            if depth == 0:
                return leaf(pointer)
            blocks += 1
            raw = self.block(pointer, f"hash tree of directory {number}")
            low = high = None
            ended = False
            for i in range(204):
                key, = struct.unpack("<I", raw[20 * i:20 * i + 4])
                child = Pointer(raw[20 * i + 4:20 * i + 20])
                if child.null:
                    ended = True
                    if key != 0xFFFFFFFF:
                        self.problem(f"directory {number}: hash {key} of a null entry")
                    continue
                if ended:
                    self.problem(f"directory {number}: an entry after a null entry")
                span = walk(child, depth - 1)
                if span is None:
                    continue
                if span[1] > key or (high is not None and span[0] < high):
                    self.problem(f"directory {number}: hashes {span} below {key}, after {high}")
                low, high = span[0] if low is None else low, key
            return None if low is None else (low, high)

        try:
            if not root.null:
                walk(root, depth)
        except (ValueError, struct.error) as error:
            self.problem(f"directory {number}: {error}")
        if len({name for name, _ in found}) != len(found):
            self.problem(f"directory {number}: a name twice")
        return found, blocks

    def walk(self):
        """Fills names: path -> node id."""
        self.links, stack, seen = {}, [(b".", ROOT)], set()
        while stack:
            path, number = stack.pop()
            node = self.nodes.get(number)
            if node is None:
                self.problem(f"{path!r}: no node {number}")
                continue
            self.names[path] = number
            self.links[number] = self.links.get(number, 0) + 1
            if node.kind != DIRECTORY:
                continue
            if number in seen:
                self.problem(f"directory {number} has two names")
                continue
            seen.add(number)
            found, blocks = self.entries(number, node)
            if node.size != blocks * BLOCK:
                self.problem(f"directory {number}: size {node.size} of {blocks} blocks")
            for name, child in found:
                stack.append((path + b"/" + name, child))

    def free(self):
        """Replays the allocator log: the set of free blocks."""
        chain, pointer = [], self.alloc
        while not pointer.null:
            raw = self.block(pointer, "allocator log")
            chain.append(raw)
            pointer = Pointer(raw[:16])
        free = set()
        for raw in reversed(chain):
            for index, count in struct.iter_unpack("<Qq", raw[16:]):
                if count > 0:
                    new = range(index, index + count)
                    if not free.isdisjoint(new) or index + count > self.blocks or index <= RING:
                        self.problem(f"allocator log frees {index}+{count} wrongly")
                    free.update(new)
                elif count < 0:
                    for block in range(index, index - count):
                        if block not in free:
                            self.problem(f"allocator log uses block {block}, which is not free")
                        free.discard(block)
        return free

    def released(self):
        found, pointer = [], self.release
        while not pointer.null:
            raw = self.block(pointer, "release list")
            found += [n for n in struct.unpack("<1020I", raw[16:]) if n]
            pointer = Pointer(raw[:16])
        return found

    def check(self, leaks_allowed):
        self.read_tree()
        self.walk()
        released = self.released()
        for number, node in self.nodes.items():
            if number not in self.links and number not in released:
                self.problem(f"node {number} has no name")
            if number in self.links and number != ROOT and node.links != self.links[number]:
                self.problem(f"node {number}: {node.links} links, {self.links[number]} names")
            if node.kind != DIRECTORY:
                for _ in self.content(number, node):
                    pass
        free = self.free()
        for block in free:
            if block in self.used:
                self.problem(f"block {block} of {self.used[block]} is free")
        leaked = self.blocks - 1 - RING - len(free) - len(self.used)
        if leaked and not leaks_allowed:
            lost = [b for b in range(RING + 1, self.blocks) if b not in free and b not in self.used]
            self.problem(f"{leaked} blocks leaked, the first ones {lost[:8]}")
        return leaked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["check", "sums", "links"])
    parser.add_argument("image")
    parser.add_argument("--leaks-allowed", action="store_true")
    arguments = parser.parse_args()
    image = Image(arguments.image)
    if arguments.command == "check":
        leaked = image.check(arguments.leaks_allowed)
        print(f"generation {image.generation}, {len(image.nodes)} nodes, {len(image.used)} blocks used, {leaked} leaked")
    else:
        image.read_tree()
        image.walk()
        for path, number in sorted(image.names.items()):
            node = image.nodes[number]
            if arguments.command == "sums" and node.kind == FILE:
                print(hashlib.sha256(image.read_all(number, node)).hexdigest() + "  " + path.decode())
            if arguments.command == "links" and node.kind == LINK:
                print(path.decode() + " -> " + image.read_all(number, node).decode())
    for problem in image.problems[:50]:
        print(problem)
    if len(image.problems) > 50:
        print(f"... {len(image.problems)} problems")
    sys.exit(1 if image.problems else 0)


main()
