#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The corpus as it is kept in the tree: inputs of the fuzzer as text, only what differs from a seed (seeds.cc).

    text.py pack SEEDS FILE...      prints each as text into FILE.txt
    text.py unpack SEEDS FOLDER TO  makes inputs of all FOLDER/*.txt in the folder TO

A line "seed NAME" or "seed none", then "block N" and below it lines "OFFSET HEX", which stand in place of what the seed has there;
"OFFSET HEX xN" is N times that byte; "drop N" takes a block away.
"""
import glob
import os
import struct
import sys

BLOCK = 4096
RECORD = 2 + BLOCK


def read(path):
    """Number -> block, of an input; as the fuzzer reads it (sparse_image.h)."""
    blocks = {}
    with open(path, "rb") as file:
        data = file.read()
    for at in range(0, len(data) - RECORD + 1, RECORD):
        number = struct.unpack_from("<H", data, at)[0] % 640
        blocks[number] = data[at + 2:at + RECORD]
    return blocks


def differences(old, new):
    """(start, bytes) of where they differ; small gaps are included."""
    at = 0
    while at < BLOCK:
        if old[at] == new[at]:
            at += 1
            continue
        end = last = at + 1
        while end < BLOCK and end - last < 4:
            if old[end] != new[end]:
                last = end + 1
            end += 1
        yield at, new[at:last]
        at = last


def lines(seed, blocks):
    for number in sorted(seed.keys() - blocks.keys()):
        yield f"drop {number}"
    for number, data in sorted(blocks.items()):
        old = seed.get(number, bytes(BLOCK))
        if data == old and number in seed:
            continue
        yield f"block {number}"
        for start, part in differences(old, data):
            if len(part) > 8 and part == part[:1] * len(part):
                yield f"{start:x} {part[:1].hex()} x{len(part)}"
                continue
            for at in range(0, len(part), 48):
                yield f"{start + at:x} {part[at:at + 48].hex()}"


def pack(folder, paths):
    seeds = {"none": {}, **{os.path.basename(name): read(name) for name in sorted(glob.glob(os.path.join(folder, "*")))}}
    for path in paths:
        blocks = read(path)
        texts = ["\n".join([f"seed {name}", *lines(seed, blocks)]) + "\n" for name, seed in seeds.items()]
        with open(path + ".txt", "w") as out:
            out.write(min(texts, key=len))


def unpack(folder, source, target):
    os.makedirs(target, exist_ok=True)
    for path in glob.glob(os.path.join(source, "*.txt")):
        blocks, block = {}, None
        with open(path) as file:
            for line in file:
                words = line.split()
                if words[0] == "seed":
                    blocks = {} if words[1] == "none" else {n: bytearray(b) for n, b in read(os.path.join(folder, words[1])).items()}
                elif words[0] == "drop":
                    del blocks[int(words[1])]
                elif words[0] == "block":
                    block = blocks.setdefault(int(words[1]), bytearray(BLOCK))
                else:
                    part = bytes.fromhex(words[1]) * (int(words[2][1:]) if len(words) > 2 else 1)
                    start = int(words[0], 16)
                    block[start:start + len(part)] = part
        with open(os.path.join(target, os.path.basename(path)[:-4]), "wb") as out:
            for number, data in sorted(blocks.items()):
                out.write(struct.pack("<H", number) + data)


if sys.argv[1:2] == ["pack"]:
    pack(sys.argv[2], sys.argv[3:])
elif sys.argv[1:2] == ["unpack"]:
    unpack(*sys.argv[2:])
else:
    sys.exit(__doc__)
