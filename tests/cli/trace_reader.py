# SPDX-License-Identifier: ISC
"""Reads what `bactrian run --trace` writes, and looks whether it is what the viewers take: each track named, its spans
nested and in order, all turns and sleeps of a domain one after the other, its instants in order."""

import json

COUNTERS = 1
COLLECTOR = 100


def nanoseconds(value):
    return round(value * 1000)


class Trace:
    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            trace = json.load(file)
        self.events = trace["traceEvents"]
        self.lost = trace["otherData"]["lost"]
        self.tracks = {}
        for event in self.events:
            assert event["ph"] in "MXiC", event
            if event["ph"] == "M" and event["name"] == "thread_name":
                self.tracks[event["pid"], event["tid"]] = event["args"]["name"]
        self.domains = {event["pid"] for event in self.events if event["ph"] == "X"}
        for event in self.events:
            if event["ph"] != "M":
                assert event["ts"] >= 0, event
                assert event["pid"] == COUNTERS if event["ph"] == "C" else (event["pid"], event["tid"]) in self.tracks, event
        for pid in self.domains:
            self._check_domain([event for event in self.events if event["pid"] == pid])

    def _check_domain(self, events):
        spans = [event for event in events if event["ph"] == "X"]
        last = 0
        for span in (span for span in spans if span["tid"] != COLLECTOR):
            start = nanoseconds(span["ts"])
            assert start >= last, span
            last = start + nanoseconds(span["dur"])
        inside, last = [], 0
        for span in (span for span in spans if span["tid"] == COLLECTOR):
            start = nanoseconds(span["ts"])
            end = start + nanoseconds(span["dur"])
            assert start >= last, span
            last = start
            while inside and inside[-1] <= start:
                inside.pop()
            assert not inside or end <= inside[-1], (span, inside)
            inside.append(end)
        last = 0
        for event in (event for event in events if event["ph"] == "i"):
            assert event["ts"] >= last, event
            last = event["ts"]

    def spans(self, track):
        """Of the tracks of that name, of all domains."""
        return [e for e in self.events if e["ph"] == "X" and self.tracks[e["pid"], e["tid"]] == track]

    def instants(self, start):
        """Those whose name starts so, in order."""
        return sorted((e for e in self.events if e["ph"] == "i" and e["name"].startswith(start)), key=lambda e: e["ts"])

    def counters(self):
        return {e["name"] for e in self.events if e["ph"] == "C"}

    def counter(self, name):
        """Its values, in order."""
        return [e["args"]["value"] for e in sorted((e for e in self.events if e["ph"] == "C" and e["name"] == name),
                                                   key=lambda e: e["ts"])]
