# SPDX-License-Identifier: ISC
# What the trace of tests/cli/trace must be: JSON that the viewers take, spans of a row nested, everything in order.
# Arguments: the file, the number of domains.

import json
import sys

path, domains = sys.argv[1], int(sys.argv[2])
with open(path, encoding="ascii") as file:
    trace = json.load(file)
assert trace["otherData"]["lost"] == 0, trace["otherData"]
events = trace["traceEvents"]
rows = {}
for event in events:
    assert event["pid"] == 1 and event["ph"] in "MXiC", event
    if event["ph"] != "M":
        assert event["ts"] >= 0, event
        rows.setdefault(event["tid"], []).append(event)
named = {event["tid"] for event in events if event["ph"] == "M" and event["name"] == "thread_name"}
assert set(rows) <= named and len(rows) == domains, (rows.keys(), named)


def nanoseconds(value):
    return round(value * 1000)


for row in rows.values():
    # Nested: a span ends within all that are open when it begins. In order: none begins before the one listed before it.
    inside, last = [], 0
    for span in (event for event in row if event["ph"] == "X"):
        start = nanoseconds(span["ts"])
        end = start + nanoseconds(span["dur"])
        assert start >= last, span
        last = start
        while inside and inside[-1][1] <= start:
            inside.pop()
        assert not inside or end <= inside[-1][1], (span, inside)
        if not span["name"].startswith("gc: "):
            assert all(name.startswith("gc: ") for name, _ in inside), (span, inside)
        inside.append((span["name"], end))
    last = 0
    for event in row:
        if event["ph"] != "X":
            assert event["ts"] >= last, event
            last = event["ts"]

everything = [event for row in rows.values() for event in row]


def some(phase, start):
    return [e for e in everything if e["ph"] == phase and e["name"].startswith(start)]


turns = {kind: some("X", kind + " ") for kind in ("driver", "vproc", "local")}
for kind, spans in turns.items():
    assert spans, kind
    assert {"awaits", "returns"} <= {span["args"]["then"] for span in spans}, kind
assert len(some("X", "asleep")) >= 10
assert some("X", "gc: minor") and some("X", "gc: major")
assert [e["args"]["number"] for e in sorted(some("i", "interrupt"), key=lambda e: e["ts"])] == list(range(1, 21))
assert len(some("i", "timer")) >= 20 and all(e["args"]["number"] >= 0 for e in some("i", "timer"))
depths = [e["args"]["value"] for e in some("C", "inbound")]
assert max(depths) in range(1, 5) and min(depths) == 0, depths
# Each fiber is spawned before its first turn, and woken before the turn that follows a wait.
spawned = {e["name"].removeprefix("spawn "): e["ts"] for e in some("i", "spawn ")}
assert len(spawned) >= 2
for name, time in spawned.items():
    own = sorted((e for e in everything if e["ph"] == "X" and e["name"] == name), key=lambda e: e["ts"])
    assert own and time <= own[0]["ts"], name
    wakes = sorted(e["ts"] for e in everything if e["name"] == "wake " + name)
    for before, after in zip(own, own[1:]):
        if before["args"]["then"] == "awaits":
            assert any(before["ts"] <= wake <= after["ts"] for wake in wakes), (before, after)
print(len(everything), "events")
