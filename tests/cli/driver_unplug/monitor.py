# SPDX-License-Identifier: ISC
#
# monitor.py SOCKET DEVICE: takes the device out of the machine, by QEMU's monitor; waits until it is out.
import json
import socket
import sys


def main():
    monitor = socket.socket(socket.AF_UNIX)
    monitor.settimeout(120)
    monitor.connect(sys.argv[1])
    lines = monitor.makefile("rw")

    def say(command, **arguments):
        lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        lines.flush()

    lines.readline()
    say("qmp_capabilities")
    say("device_del", id=sys.argv[2])
    for line in lines:
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(line)
        if answer.get("event") == "DEVICE_DELETED" and answer["data"].get("device") == sys.argv[2]:
            return
    # The machine may end as soon as the device is out.


main()
