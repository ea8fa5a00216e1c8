"""P9: the memory that the API holds while 16 connections record payments, and that of a large rebuild."""

from __future__ import annotations

import os

from benchmarks.history import facts
from benchmarks.load import Plan, load, sending
from benchmarks.measure import Bench, Check, Figure
from benchmarks.p1_payment import CONNECTIONS, encoded
from benchmarks.product import site
from benchmarks.product_book import LargeRebuild
from benchmarks.world import populate

GOAL_MB = 200.0
REBUILD_MB = 1_000.0
EVENTS = int(os.environ.get("DAYBOOK_BENCH_P9_EVENTS", "5000000"))


def measure(bench: Bench) -> Figure:
    with site(bench.cluster) as ours:
        idle = round(ours.served.memory_mb, 1)
        report = load(ours.served.base_url, sending(encoded(populate(ours))), Plan(bench.seconds * 2), CONNECTIONS)
        loaded = round(ours.served.memory_mb, 1)  # Python gives little back, so the end of the load is its height
    check = Check("memory_mb", loaded, GOAL_MB, at_most=True)
    seconds, most, events = LargeRebuild(bench.cluster, facts(EVENTS)).run()
    large = Check("rebuild_memory_mb", round(most, 1), REBUILD_MB, at_most=True)
    extra = {"rebuild_events": events, "rebuild_s": round(seconds, 1), "at_start_mb": idle, "run": report.figures()}
    return Figure.at_most("MB", check, large, **extra)
