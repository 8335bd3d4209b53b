#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The corpus of a target is a text file: an input a line, in base64.

  corpus.py unpack FILE FOLDER   writes the inputs as files (none if there is no such FILE)
  corpus.py pack FOLDER FILE     the other way, in order
"""

import base64
import hashlib
import pathlib
import sys


def unpack(file, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for line in file.read_text().splitlines() if file.exists() else []:
        content = base64.b64decode(line, validate=True)
        (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


def pack(folder, file):
    lines = {base64.b64encode(path.read_bytes()).decode() for path in folder.iterdir()}
    file.write_text("".join(line + "\n" for line in sorted(lines - {""}, key=lambda line: (len(line), line))))


if len(sys.argv) != 4 or sys.argv[1] not in ("pack", "unpack"):
    sys.exit(__doc__)
{"pack": pack, "unpack": unpack}[sys.argv[1]](pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
