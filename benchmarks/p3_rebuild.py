"""P3: rebuilding all projections, against the library's ProjectionRunner over the same facts.

The runner's rate does not depend on how much there is to come, so it gets a part of the history that fills
its time; the product rebuilds all of it, and then one centre's part, which must leave the others' rows alone. Beside
it stands what copying would take that folds nothing: the events out, the rows they make in.
"""

from __future__ import annotations

import os
from itertools import islice

from benchmarks.baselines.library_runner import LibraryRunner
from benchmarks.history import facts
from benchmarks.measure import Bench, Check, Figure, interleaved
from benchmarks.product_book import Rebuild

EVENTS = int(os.environ.get("DAYBOOK_BENCH_P3_EVENTS", "1000000"))
RUNNER_AT_MOST = 4_000  # events a second, twice what it has ever reached
PER_PROCESS = 100_000.0
OF_RAW_COPY = 0.25


def measure(bench: Bench) -> Figure:
    runner = LibraryRunner(bench.cluster, islice(facts(EVENTS), round(RUNNER_AT_MOST * bench.seconds)), bench.seconds)
    rebuild = Rebuild(bench.cluster, facts(EVENTS), EVENTS)
    pairs = interleaved(runner.run, rebuild.run, bench.pairs)
    per_process = Check("events_per_second", pairs.product, PER_PROCESS)
    raw = rebuild.raw_copy()
    of_raw = Check("of_raw_copy", round(pairs.product / raw, 3), OF_RAW_COPY)
    seconds, touched = rebuild.one_tenant()
    alone = Check("tables_touched_by_one_tenants", touched, 0, at_most=True)
    extra = {"events": EVENTS, "raw_copy": round(raw, 1), "tables": rebuild.tables, "one_tenant_s": round(seconds, 2)}
    return pairs.figure("events/s", 60.0, per_process, of_raw, alone, **extra)
