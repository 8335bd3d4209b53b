#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs a command on a terminal of its own and types into it.

    _terminal.py [PROMPT=ANSWER]... -- COMMAND...

Waits for each PROMPT, in this order, and types its ANSWER and Enter. Prints what the terminal showed. The status is the
command's; 99 when a prompt did not come within two minutes, when the command asked for more, or when it ended before it had asked
for everything.
"""
import os
import pty
import select
import sys
import time

LIMIT = 120


def main():
    split = sys.argv.index("--")
    steps = [step.split("=", 1) for step in sys.argv[1:split]]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
    shown, seen, good, deadline = "", 0, True, time.monotonic() + LIMIT
    while True:
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            good = False
            os.close(terminal)  # hangs it up
            break
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part.decode(errors="replace")
        at = shown.find(steps[0][0], seen) if steps else -1
        if at >= 0:
            seen = at + len(steps[0][0])
            time.sleep(0.2)  # a person is slower than the switching off of the echo
            os.write(terminal, steps.pop(0)[1].encode() + b"\n")
            deadline = time.monotonic() + LIMIT
    _, status = os.waitpid(child, 0)
    sys.stdout.write(shown.replace("\r\n", "\n"))
    sys.exit(os.waitstatus_to_exitcode(status) if good and not steps else 99)


main()
