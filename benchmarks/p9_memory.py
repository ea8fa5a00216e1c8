"""P9: the memory that the API holds while 16 connections record payments."""

from __future__ import annotations

from benchmarks.load import Plan, load, sending
from benchmarks.measure import Bench, Check, Figure
from benchmarks.p1_payment import CONNECTIONS, encoded
from benchmarks.product import site
from benchmarks.world import populate

GOAL_MB = 200.0


def measure(bench: Bench) -> Figure:
    with site(bench.cluster) as ours:
        idle = round(ours.served.memory_mb, 1)
        report = load(ours.served.base_url, sending(encoded(populate(ours))), Plan(bench.seconds * 2), CONNECTIONS)
        loaded = round(ours.served.memory_mb, 1)  # Python gives little back, so the end of the load is its height
    check = Check("memory_mb", loaded, GOAL_MB, at_most=True)
    return Figure.at_most("MB", check, at_start_mb=idle, run=report.figures())
