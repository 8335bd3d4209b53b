# SPDX-License-Identifier: ISC
#
# lspci_compare.py OUTPUT MONITOR: whether what examples/lspci printed is what QEMU has. Functions and BARs are those of
# its `info pci`; capabilities are read from the configuration space in its memory, by a decoder of our own.
import re
import socket
import sys


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.answer()

    def answer(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the monitor has gone")
            text += more
        return text.decode(errors="replace").replace("\r", "")

    def ask(self, command):
        self.socket.sendall(command.encode() + b"\n")
        # The first line is the command, as a terminal would show it being typed.
        return self.answer().split("\n", 1)[1]


def ours(text):
    """(bus, device, function) -> what lspci printed of it"""
    result = {}
    for line in text.splitlines():
        if not line.startswith(" "):
            head = re.match(r"0000:(..):(..)\.(.): (....):(....) class .{6} revision ..", line)
            at = (int(head[1], 16), int(head[2], 16), int(head[3]))
            subsystem = re.search(r"subsystem (....):(....)", line)
            buses = re.search(r"to buses (\d+)-(\d+)", line)
            function = result[at] = {
                "ids": (int(head[4], 16), int(head[5], 16)),
                "subsystem": subsystem and (int(subsystem[1], 16), int(subsystem[2], 16)),
                "buses": buses and (int(buses[1]), int(buses[2])),
                "pin": None, "bars": {}, "capabilities": set()}
            continue
        pin = re.match(r"  interrupt pin (.)", line)
        bar = re.match(r"  (BAR (\d)|ROM): (ports|32-bit memory|64-bit memory)(, prefetchable)?"
                       r"(?: 0x(\w+)-0x(\w+)| of 0x(\w+) bytes)", line)
        extended = re.match(r"  extended capability 0x(\w+) version (\d+) at 0x(\w+)", line)
        capability = re.match(r"  capability 0x(\w+) at 0x(\w+)", line)
        if pin:
            function["pin"] = pin[1]
        elif bar:
            index = 6 if bar[1] == "ROM" else int(bar[2])
            start = int(bar[5], 16) if bar[5] else None
            size = int(bar[6], 16) - start + 1 if bar[5] else int(bar[7], 16)
            function["bars"][index] = (bar[3], bool(bar[4]), start, size)
        elif extended:
            function["capabilities"].add((int(extended[1], 16), int(extended[3], 16), int(extended[2])))
        elif capability:
            function["capabilities"].add((int(capability[1], 16), int(capability[2], 16), None))
        else:
            raise ValueError("a line that is not understood: " + line)
    return result


def theirs(text):
    result = {}
    for line in text.splitlines():
        head = re.match(r"  Bus +(\d+), device +(\d+), function (\d+):", line)
        if head:
            function = result[tuple(int(part) for part in head.groups())] = {
                "ids": None, "subsystem": None, "buses": None, "pin": None, "bars": {}}
            continue
        ids = re.search(r": PCI device (\w+):(\w+)", line)
        subsystem = re.search(r"PCI subsystem (\w+):(\w+)", line)
        pin = re.search(r"IRQ \d+, pin (.)", line)
        secondary = re.search(r"secondary bus (\d+)", line)
        subordinate = re.search(r"subordinate bus (\d+)", line)
        bar = re.search(r"BAR(\d): (I/O|32 bit(?: prefetchable)? memory|64 bit(?: prefetchable)? memory) at "
                        r"0x(\w+) \[0x(\w+)\]", line)
        if ids:
            function["ids"] = (int(ids[1], 16), int(ids[2], 16))
        elif subsystem:
            function["subsystem"] = (int(subsystem[1], 16), int(subsystem[2], 16))
        elif pin:
            function["pin"] = pin[1]
        elif secondary:
            function["buses"] = (int(secondary[1]), None)
        elif subordinate:
            function["buses"] = (function["buses"][0], int(subordinate[1]))
        elif bar:
            kind = "ports" if bar[2] == "I/O" else bar[2][:2] + "-bit memory"
            start, last = int(bar[3], 16), int(bar[4], 16)
            # A BAR without place is at all ones, and the end beside it lies two below its size.
            placed = start != (1 << 64) - 1
            size = last - start + 1 if placed else last + 2
            function["bars"][int(bar[1])] = (kind, "prefetchable" in bar[2], start if placed else None, size)
    return result


def configuration_base(monitor):
    regions = monitor.ask("info mtree")
    found = re.search(r"0*(\w+)-\w+ \(prio .*pcie-(?:ecam|mmcfg-mmio)", regions)
    return int(found[1], 16)


def words(monitor, address):
    text = monitor.ask("xp /1024xw 0x%x" % address)
    found = [int(word, 16) for line in text.splitlines() if ":" in line
             for word in line.split(":")[1].split()]
    if len(found) != 1024:
        raise ValueError("the monitor gave %d words at 0x%x" % (len(found), address))
    return found


def capabilities(space):
    result = set()
    if not space[1] >> 20 & 1:
        return result
    at = space[13] & 0xFC
    while at:
        result.add((space[at // 4] & 0xFF, at, None))
        at = space[at // 4] >> 8 & 0xFC
    if any(identity == 0x10 for identity, _, _ in result):
        at = 0x100
        while at and space[at // 4] not in (0, 0xFFFFFFFF):
            word = space[at // 4]
            result.add((word & 0xFFFF, at, word >> 16 & 15))
            at = word >> 20 & 0xFFC
    return result


def main():
    monitor = Monitor(sys.argv[2])
    printed = ours(open(sys.argv[1]).read())
    expected = theirs(monitor.ask("info pci"))
    base = configuration_base(monitor)
    for (bus, device, function), entry in expected.items():
        entry["capabilities"] = capabilities(words(monitor, base + (bus << 20 | device << 15 | function << 12)))
    wrong = False
    for at in sorted(printed.keys() | expected.keys()):
        if printed.get(at) != expected.get(at):
            print("%s:\n  printed  %s\n  QEMU has %s" % (at, printed.get(at), expected.get(at)))
            wrong = True
    if len(expected) < 10:
        print("QEMU has only %d functions" % len(expected))
        wrong = True
    sys.exit(wrong)


main()
