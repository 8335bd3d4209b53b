# SPDX-License-Identifier: ISC
#
# frames.py FOLDER: sends frames to the machine whose network card is the datagram socket FOLDER/guest, and looks whether
# what comes back by FOLDER/peer is what was sent, with addresses exchanged. Prints how many were echoed, again and again.
import os
import select
import socket
import sys
import time


def main():
    os.chdir(sys.argv[1])
    frames = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    frames.bind("peer")
    print("ready", flush=True)
    sent, echoed = 0, 0
    while True:
        frame = b"to gst" + b"from p" + b"\x88\xb5" + sent.to_bytes(4, "big") + bytes(range(60))
        try:
            frames.sendto(frame, "guest")
            sent += 1
        except OSError:
            time.sleep(0.05)  # it is not there yet, or not any more
        while select.select([frames], [], [], 0.005)[0]:
            back = frames.recv(65536)
            if back[12:14] != b"\x88\xb5":
                continue
            if back[:14] != b"from p" + b"to gst" + b"\x88\xb5" or back[18:] != bytes(range(60)):
                print("what came back is not what was sent:", back, flush=True)
            echoed += 1
            print("echoed", echoed, flush=True)


main()
