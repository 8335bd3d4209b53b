#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A person at a console behind a socket, which the argument names: waits for what is shown, and types."""
import re
import socket
import sys
import time

LIMIT = 150

# What is to be shown, and what is typed then.
SECOND = [
    ("Welcome to it.", ""),
    ("/ $ ", "until cat /first 2>/scheme/null; do sleep 0.05; done\r"),
    ("from the first\n", ""),
    ("/ $ ", "echo typed at the secnod\x7f\x7f\x7fond >/second; cat /second\r"),
    ("\ntyped at the second\n", ""),
    # An interrupt ends what is in the foreground here, and not the other console's.
    ("/ $ ", "echo go; sleep 999; echo garbage\r"),
    ("\ngo\n", "\x03"),
    ("^C\n", ""),
    ("/ $ ", "echo $?\r"),
    ("\n130\n", ""),
    ("/ $ ", "/sch\t\x15echo /sch\tnul\r"),
    ("\n/scheme/nul\n", ""),
    # The shell that ends here is followed by another one.
    ("/ $ ", "exit\r"),
    ("Welcome to it.", ""),
    ("/ $ ", "echo ended >/ended-second\r"),
]


def at_uart(name):
    """More than a UART's queue holds, each way."""
    return [
        ("Welcome to it.", ""),
        ("/ $ ", f"echo typed at the {name}x\x7f >/{name}; cat /{name}\r"),
        (f"\ntyped at the {name}\n", ""),
        ("/ $ ", "for n in $(seq 500); do echo line $n; done\r"),
        *[(f"\nline {n}\n", "") for n in range(1, 501, 2)],
        ("/ $ ", "echo " + "x" * 200 + " | wc -c\r"),
        ("\n201\n", ""),
        ("/ $ ", "echo go; sleep 999; echo garbage\r"),
        ("\ngo\n", "\x03"),
        ("^C\n", ""),
        ("/ $ ", "exit\r"),
        ("Welcome to it.", ""),
        ("/ $ ", f"echo ended >/ended-{name}\r"),
    ]


def connect(path):
    line = socket.socket(socket.AF_UNIX)
    end = time.monotonic() + LIMIT
    while True:
        try:
            line.connect(path)
            return line
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def main():
    line = connect(sys.argv[1])
    line.settimeout(LIMIT)
    shown = ""
    for wanted, typed in SECOND if sys.argv[1] == "second" else at_uart(sys.argv[1]):
        while wanted not in shown:
            part = line.recv(4096).decode(errors="replace")
            if not part:
                sys.exit(f"it ended before {wanted!r}: {shown!r}")
            shown = re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", (shown + part)).replace("\r\n", "\n")
        shown = shown[shown.index(wanted) + len(wanted):]
        line.sendall(typed.encode())
    while line.recv(4096):
        pass


try:
    main()
except OSError as why:
    sys.exit(f"{why}")
