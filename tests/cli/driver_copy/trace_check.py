# SPDX-License-Identifier: ISC
# What the trace of examples/copy must have: turns of the three classes, on two CPUs, and timers that tick in each;
# interrupts; the depths of the queues of both disks and of the card. Arguments: the file, the kind of the second disk
# (nvme, or virtio).

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import trace_reader  # noqa: E402

path, second = sys.argv[1], sys.argv[2].split(",")[0]
trace = trace_reader.Trace(path)
assert trace.lost == 0, trace.lost
assert len(trace.domains) == 2, trace.domains

for kind in ("driver", "vproc", "local"):
    spans = trace.spans(kind)
    assert all(span["name"].startswith(kind + " ") for span in spans), kind
    # The fiber that ticks sleeps between its turns: one of those that have most turns, and waits after each.
    turns = {}
    for span in spans:
        turns.setdefault(span["name"], []).append(span["args"]["then"])
    assert any(len(then) >= 3 and "awaits" in then for then in turns.values()), (kind, turns)
assert len(trace.instants("timer")) >= 6
assert len(trace.instants("interrupt")) >= 10
phases = {event["name"] for event in trace.spans("collector")}
assert any(name.startswith("minor") for name in phases), phases

# Several requests of a disk are in flight at once, and none in the end.
depths = {name: trace.counter(name) for name in trace.counters()}
disks = [name for name in depths if name.startswith("virtio 2 ")]
if second == "nvme":
    # The queue 0 is for commands to the controller itself.
    disks += [name for name in depths if name.startswith("nvme ") and not name.endswith(" queue 0")]
assert len({name.split(" queue ")[0] for name in disks}) == 2, depths.keys()
for disk in {name.split(" queue ")[0] for name in disks}:
    values = [depths[name] for name in disks if name.startswith(disk)]
    assert max(map(max, values)) >= 2, (disk, values)
    assert all(min(each) == 0 and max(each) < 1024 for each in values), (disk, values)
assert any(name.startswith("virtio 1 ") for name in depths), depths.keys()
print(len(trace.events), "events")
