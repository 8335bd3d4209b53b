# SPDX-License-Identifier: ISC
#
# peer.py FOLDER: the other side of a machine's network card and console. Frames that come by the datagram socket
# FOLDER/peer go back to FOLDER/guest, addresses exchanged; some are lost, some come after the next one. Text that comes by
# the stream socket FOLDER/console goes back in capitals.
import os
import select
import socket
import sys


def main():
    os.chdir(sys.argv[1])
    frames = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    frames.bind("peer")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("console")
    listener.listen(1)
    print("ready", flush=True)
    console, late, count = None, None, 0
    while True:
        watched = [frames, listener] + ([console] if console else [])
        for ready in select.select(watched, [], [])[0]:
            if ready is listener:
                console, _ = listener.accept()
            elif ready is console:
                text = console.recv(65536)
                if not text:
                    console = None
                else:
                    console.sendall(text.upper())
            else:
                frame = frames.recv(65536)
                count += 1
                if count % 7 == 0:
                    continue
                back = frame[6:12] + frame[:6] + frame[12:]
                if count % 5 == 0 and late is None:
                    late = back
                    continue
                for one in [back] + ([late] if late else []):
                    try:
                        frames.sendto(one, "guest")
                    except OSError:
                        pass  # the machine has gone
                late = None


main()
