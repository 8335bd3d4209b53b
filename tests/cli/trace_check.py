# SPDX-License-Identifier: ISC
# What the trace of tests/cli/trace must be: JSON that the viewers take, spans of a track nested, everything in order.
# Arguments: the file, the number of domains.

import sys

import trace_reader

path, domains = sys.argv[1], int(sys.argv[2])
trace = trace_reader.Trace(path)
assert trace.lost == 0, trace.lost
assert len(trace.domains) == domains, trace.domains

for kind in ("driver", "vproc", "local"):
    spans = trace.spans(kind)
    assert spans, kind
    assert all(span["name"].startswith(kind + " ") for span in spans), kind
    assert {"awaits", "returns"} <= {span["args"]["then"] for span in spans}, kind
assert len([e for e in trace.spans("scheduler") if e["name"] == "asleep"]) >= 10
phases = {event["name"] for event in trace.spans("collector")}
assert any(name.startswith("minor") for name in phases) and any(name.startswith("major") for name in phases), phases
interrupts = trace.instants("interrupt")
assert [event["args"]["number"] for event in interrupts] == list(range(1, 21))
timers = trace.instants("timer")
assert len(timers) >= 20 and all(event["args"]["number"] >= 0 for event in timers)
depths = trace.counter("inbound")
assert max(depths) in range(1, 5) and min(depths) == 0, depths

# Each fiber is spawned before its first turn, and woken before the turn that follows a wait.
turns = [span for kind in ("driver", "vproc", "local") for span in trace.spans(kind)]
spawned = {event["name"].removeprefix("spawn "): event["ts"] for event in trace.instants("spawn ")}
assert len(spawned) >= 2
for name, time in spawned.items():
    own = sorted((span for span in turns if span["name"] == name), key=lambda span: span["ts"])
    assert own and time <= own[0]["ts"], name
    wakes = [event["ts"] for event in trace.instants("wake " + name) if event["name"] == "wake " + name]
    for before, after in zip(own, own[1:]):
        if before["args"]["then"] == "awaits":
            assert any(before["ts"] <= wake <= after["ts"] for wake in wakes), (before, after)
print(len(trace.events), "events")
