#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""processes.py [--arch A] [--cpus N] [--rounds N] [--only TEXT]... [--count] [--json] [--output FILE [--resume]]: processes under our tender
against processes of Linux, in the same QEMU.

One static executable, bench/peer/processes.c, measures itself on both sides: as a process of bench/programs/processes on the bare
machine, and under Debian's kernel as `bactrian bench` has it, with nothing beside it but init. The sides alternate, and
the least of the rounds counts. Prints a table for bench/RESULTS.md; --json the same for programs. With --output what
was measured so far is kept, and --resume goes on there, if sources and emulator are the same. With --count the clock of both is the count
of instructions: what else the host does is of no account then, nor what an instruction costs.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from linux_peer import MACHINES, ROOT, build_static, command, newc, provide

US = (1e6, "us")
NS = (1e9, "ns")
# Name, measurement, how it is printed, goal, what, and the figure of Linux that it is compared with if not the same.
ROWS = [("process_call", "calls", NS, 1, "a null call: getppid"),
        ("process_touch", "memory_faults", NS, 1, "a page of fresh 8 MiB is touched, in a row"),
        ("process_map", "memory_faults", NS, 1, "a page is mapped, touched and unmapped"),
        ("process_copied_page", "memory_faults", NS, 1, "after a fork, a page is written to: copied"),
        ("process_fork", "starts", US, 1, "fork, exit, wait"),
        ("process_exec", "starts", US, 1, "fork, exec, exit, wait"),
        ("process_spawn", "starts", US, 0.5, "from posix_spawn to the first line of main"),
        ("process_switch", "switches", NS, 1, "a process wakes another by a futex and sleeps: each switch"),
        ("process_thread", "switches", NS, 1, "the same of threads of one process"),
        ("process_pipe", "switches", NS, 1, "a byte there and back by pipes between two processes"),
        ("process_scheme", "scheme", NS, 0.5, "a read that another process answers, against the pipes", "process_pipe"),
        ("process_fairness", "fairness", (1, ""), 1, "100 busy processes: the mean share over the least"),
        ("process_timer_median", "timers", US, 1, "beside these, how late a process is woken that sleeps, of 200 times"),
        ("process_timer_mean", "timers", US, 1, "the mean"),
        ("process_timer_worst", "timers", US, 1, "the worst"),
        ("process_driver_median", "timers", US, 1, "the same of a driver's fiber; Linux: a thread of SCHED_FIFO"),
        ("process_driver_mean", "timers", US, 1, "the mean"),
        ("process_driver_worst", "timers", US, 1, "the worst"),
        ("process_memory", "memory", (1 / 1024, "KiB"), 1, "of the machine's memory for a process that waits")]
MEASUREMENTS = list(dict.fromkeys(row[1] for row in ROWS))
TIMEOUT = 900
# A nanosecond an instruction, and none for a processor that waits.
COUNTING = ["-icount", "shift=0,sleep=off"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def first_line(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.splitlines()[0]


def prepare(arch, folder):
    """The executable, and an initramfs with it."""
    musl = provide("musl", arch)
    subprocess.run([musl / "bin" / f"{arch}-linux-musl-gcc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-O2", "-s",
                    "-o", folder / "figures", ROOT / "bench" / "peer" / "processes.c"], check=True)
    build_static(arch, ROOT / "bench" / "peer" / "init.cc", folder / "init")
    shutil.copy(provide("linux", arch) / "vmlinuz", folder / "vmlinuz")


def run_linux(arch, cpus, devices, folder, what):
    what = ["switches" if name == "scheme" else name for name in what]  # who has no schemes
    plan = "".join(f"{name} /figures {name}\n" for name in dict.fromkeys(what))
    files = [("dev", 0o040755, b""), ("init", 0o100755, (folder / "init").read_bytes()),
             ("figures", 0o100755, (folder / "figures").read_bytes()), ("plan", 0o100644, plan.encode())]
    (folder / "initramfs").write_bytes(newc(files))
    return subprocess.run(command(arch, folder, devices=devices, cpus=cpus), check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, errors="replace", timeout=TIMEOUT).stdout


def run_bare(arch, cpus, devices, folder, what):
    words = [ROOT / "bactrian", "run", "--arch", arch, "--cpus", str(cpus), "--memory", "512M", "--timeout", str(TIMEOUT),
             *(["--cpu", "max,pauth-impdef=on"] if arch == "aarch64" else []),
             *(["--qemu", " ".join(devices)] if devices else []), "--file", f"{folder}/figures:/figures",
             ROOT / "bench" / "programs" / "processes", "--", *what]
    return subprocess.run(words, check=False, stdout=subprocess.PIPE, text=True).stdout


def figures(text):
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2 and words[0].startswith("process_"):
            try:
                found[words[0]] = float(words[1])
            except ValueError:
                pass
    return found


class Results:
    """What was measured so far: for each measurement its rounds, and for each figure the least, on each side."""

    def __init__(self, options):
        self.file = options.output
        self.data = {"versions": {"architecture": options.arch, "processors": options.cpus, "counted": options.count,
                                  "emulator": first_line("qemu-system-" + options.arch, "--version"),
                                  "sources": first_line("git", "describe", "--always", "--dirty"),
                                  "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M"),
                                  "Linux": (provide("linux", options.arch) / "version").read_text().strip()},
                     "rounds": {}, "bare": {}, "linux": {}}
        if options.resume and self.file.exists():
            earlier = json.loads(self.file.read_text())
            same = ["architecture", "processors", "counted", "emulator", "sources", "Linux"]
            if all(earlier["versions"][key] == self.data["versions"][key] for key in same):
                self.data = earlier

    def rounds(self, side, what):
        return self.data["rounds"].get(f"{side} {what}", 0)

    def add(self, side, what, found):
        for name, value in found.items():
            self.data[side][name] = min(value, self.data[side].get(name, value))
        for name in what:
            self.data["rounds"][f"{side} {name}"] = self.rounds(side, name) + 1
        if self.file:
            fresh = self.file.with_suffix(".new")
            fresh.write_text(json.dumps(self.data, indent=1))
            os.replace(fresh, self.file)

    def table(self):
        out = [f"- {key}: {value}" for key, value in self.data["versions"].items()]
        out += ["", "| figure | bare | Linux | ratio | goal | unit | what |", "|---|---:|---:|---:|---:|---|---|"]
        for name, _, (scale, unit), goal, note, *peer in ROWS:
            if name not in self.data["bare"]:
                continue
            ours, theirs = self.data["bare"][name], self.data["linux"].get(peer[0] if peer else name)
            number = lambda value: "" if value is None else f"{value * scale:.4g}" if value * scale < 1e4 else f"{value * scale:.0f}"
            ratio = f"{ours / theirs:.2f}" if theirs else ""
            out.append(f"| {name} | {number(ours)} | {number(theirs)} | {ratio} | {goal} | {unit} | {note} |")
        return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--arch", choices=MACHINES, default="x86_64")
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], help="measurements or figures with that in their name")
    parser.add_argument("--side", choices=["bare", "linux"], action="append", help="only that side")
    parser.add_argument("--count", action="store_true", help="instructions, a nanosecond each, in place of time")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if options.count and options.cpus > 1:
        parser.error("--count is for one processor: with several, QEMU has one spin for whom another, which stands still, would do something")
    wanted = [what for what in MEASUREMENTS
              if not options.only or any(text in name for text in options.only for name, of, *_ in ROWS if of == what)
              or any(text in what for text in options.only)]
    if not wanted:
        raise SystemExit("there is no such figure: " + ", ".join(row[0] for row in ROWS))
    results = Results(options)
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(options.arch, folder)
        for round_ in range(1, options.rounds + 1):
            for side, run in [("bare", run_bare), ("linux", run_linux)]:
                if options.side and side not in options.side:
                    continue
                left = [what for what in wanted if results.rounds(side, what) < round_]
                if not left:
                    continue
                say(f"{options.arch}, round {round_} of {options.rounds}, {side}: {' '.join(left)}")
                out = run(options.arch, options.cpus, COUNTING if options.count else [], folder, left)
                found = figures(out)
                if not found:
                    failed = True
                    say("nothing was measured:\n" + out[-2000:])
                results.add(side, left, found)
        missing = [f"{side} {row[0]}" for side in (options.side or ["bare", "linux"]) for row in ROWS if row[1] in wanted
                   and (row[5] if side == "linux" and len(row) > 5 else row[0]) not in results.data[side]]
    print(json.dumps(results.data, indent=1) if options.json else results.table())
    for row in missing:
        say(f"missing: {row}")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
