# SPDX-License-Identifier: ISC
#
# peer.py FOLDER QEMU ARGUMENT...: in a network namespace of its own (unshare -rn), makes two TAP devices that Linux bridges,
# and becomes QEMU, whose network card is the first one, tap0, with all that it can leave to Linux. A child is at the second
# one, where all frames arrive whole, in segments that fit and with their checksums; it looks whether that is so, writes to
# FOLDER/peer.out what is wrong, and answers the machine. Its own frames it leaves unfinished.
import ctypes
import fcntl
import os
import signal
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
PEER = b"\x02peer!"
HEADER = struct.Struct("<BBHHHH")  # flags, kind, bytes of headers, of data in a segment, where the sum starts, the checksum
NEEDS_CHECKSUM, TCP4 = 1, 1
UDP, TCP = 17, 6


def total(data):
    data += b"\0" * (len(data) % 2)
    sum = 0
    for word in struct.unpack(f">{len(data) // 2}H", data):
        sum += word
    while sum > 0xFFFF:
        sum = (sum & 0xFFFF) + (sum >> 16)
    return sum


def data(length):
    return bytes((i * 31 + (i >> 8)) & 255 for i in range(length))


def ip4(protocol, source, target, payload, number=0):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, 0, 64, protocol, 0, source, target)
    return header[:10] + struct.pack(">H", 0xFFFF ^ total(header)) + header[12:] + payload


def pseudo4(protocol, source, target, length):
    return source + target + struct.pack(">BBH", 0, protocol, length)


class Peer:
    def __init__(self, tap, say):
        self.tap, self.say = tap, say
        self.streams = {}

    def send(self, frame, flags, kind, headers, size, start, offset):
        os.write(self.tap, HEADER.pack(flags, kind, headers, size, start, offset) + frame)

    def datagram(self, guest, here, there, text):
        """Whose checksum is left to who gets it."""
        length = 8 + len(text)
        udp = struct.pack(">HHHH", 2000, 1000, length, total(pseudo4(UDP, here, there, length))) + text
        self.send(guest + PEER + b"\x08\x00" + ip4(UDP, here, there, udp), NEEDS_CHECKSUM, 0, 0, 0, 34, 6)

    def large(self, guest, here, there, length):
        tcp = struct.pack(">HHIIBBHHH", 2000, 1000, 5, 0, 0x50, 0x18, 65535,
                          total(pseudo4(TCP, here, there, 20 + length)), 0) + data(length)
        self.send(guest + PEER + b"\x08\x00" + ip4(TCP, here, there, tcp, 7), NEEDS_CHECKSUM, TCP4, 54, 1400, 34, 16)

    def segment(self, guest, payload, headers, source, target):
        """Once all of a stream's are there, in any order, says how many they were."""
        _, _, sequence = struct.unpack_from(">HHI", payload)
        text = payload[20:]
        if len(text) > 1400:
            self.say(f"a segment of {len(text)} bytes")
        # The first byte of a stream is 1 behind a multiple of 65536, which its length tells.
        start = (sequence - 1) & ~0xFFFF
        length = start >> 16
        pieces = self.streams.setdefault((headers, start), {})
        pieces[sequence - 1 - start] = text
        if sum(map(len, pieces.values())) == length:
            whole = b"".join(pieces[at] for at in sorted(pieces))
            if whole != data(length):
                self.say(f"other data in a stream of {length} bytes")
            else:
                self.datagram(guest, b"\x0a\0\0\x03", b"\x0a\0\0\x02", b"tcp %d %d %d" % (1 + start, length, len(pieces)))
            del self.streams[headers, start]

    def frame(self, frame):
        flags, kind, *_ = HEADER.unpack_from(frame)
        frame = frame[HEADER.size:]
        if frame[:6] != PEER:
            return
        if flags & NEEDS_CHECKSUM or kind:
            self.say("Linux has left something to be done")
        guest, packet = frame[6:12], frame[14:]
        if frame[12:14] == b"\x08\x00":
            length = struct.unpack_from(">H", packet, 2)[0]
            protocol, source, target, payload = packet[9], packet[12:16], packet[16:20], packet[20:length]
            if total(packet[:20]) != 0xFFFF:
                self.say("the checksum of an IP header")
            pseudo = pseudo4(protocol, source, target, len(payload))
        elif frame[12:14] == b"\x86\xdd":
            length = struct.unpack_from(">H", packet, 4)[0]
            protocol, source, target, payload = packet[6], packet[8:24], packet[24:40], packet[40:40 + length]
            pseudo = source + target + struct.pack(">IBBBB", len(payload), 0, 0, 0, protocol)
        else:
            return
        if total(pseudo + payload + b"") != 0xFFFF:
            self.say(f"the checksum of protocol {protocol}, {len(payload)} bytes")
            return
        if protocol == UDP:
            text = payload[8:]
            if text.startswith(b"echo "):
                self.datagram(guest, target, source, text)
            elif text.startswith(b"large "):
                self.large(guest, target, source, int(text[6:]))
        elif protocol == TCP:
            self.segment(guest, payload, len(frame) - len(payload), source, target)


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    return tap


def main():
    folder, command = sys.argv[1], sys.argv[2:]
    ip = ["ip", "link"]
    subprocess.run(["ip", "tuntap", "add", "tap0", "mode", "tap", "vnet_hdr"], check=True)
    tap = open_tap(b"tap1")
    subprocess.run([*ip, "add", "bridge", "type", "bridge", "mcast_snooping", "0"], check=True)
    for name in ["tap0", "tap1"]:
        subprocess.run([*ip, "set", name, "master", "bridge", "up"], check=True)
    subprocess.run([*ip, "set", "bridge", "up"], check=True)
    if os.fork() > 0:
        os.set_inheritable(tap, False)
        os.execvp(command[0], command)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # with QEMU
    with open(folder + "/peer.out", "a") as out:
        peer = Peer(tap, lambda what: print(what, file=out, flush=True))
        while True:
            peer.frame(os.read(tap, 1 << 17))


main()
