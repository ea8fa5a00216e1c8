"""P3: rebuilding all projections, against the library's ProjectionRunner over the same facts.

The runner's rate does not depend on how much there is to come, so it gets a part of the history that fills
its time; the product rebuilds all of it.
"""

from __future__ import annotations

from itertools import islice

from benchmarks.baselines.library_runner import LibraryRunner
from benchmarks.history import facts
from benchmarks.measure import Bench, Check, Figure, interleaved
from benchmarks.product_book import Rebuild

EVENTS = 300_000
RUNNER_AT_MOST = 4_000  # events a second, twice what it has ever reached
PER_PROCESS = 100_000.0


def measure(bench: Bench) -> Figure:
    history = list(facts(EVENTS))
    runner = LibraryRunner(bench.cluster, islice(history, round(RUNNER_AT_MOST * bench.seconds)), bench.seconds)
    rebuild = Rebuild(bench.cluster, history)
    pairs = interleaved(runner.run, rebuild.run, bench.pairs)
    per_process = Check("events_per_second", pairs.product, PER_PROCESS)
    return pairs.figure("events/s", 60.0, per_process, events=len(history), tables=rebuild.tables)
