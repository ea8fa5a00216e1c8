"""P2: 16 writers appending events with their chain, against plain INSERTs and the library's recorder.

Like is measured with like: the append function and the INSERT both by pgbench, the two Python stores both by
16 threads of one process.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial

from benchmarks.baselines.library_recorder import LibraryRecorder, commits_per_second
from benchmarks.baselines.plain_insert import LIKE_EVENTS, LIKE_LIBRARY, PlainInsert
from benchmarks.database import pgbench
from benchmarks.measure import Bench, Check, Figure, Pairs, interleaved
from benchmarks.product import append_one, append_script, if_built

TIMES_THE_LIBRARY = 4.0


def measure(bench: Bench) -> Figure:
    plain = PlainInsert(bench.cluster, bench.seconds)
    with if_built(append_script(bench.cluster)) as ours:
        product = ours and partial(pgbench, bench.cluster, *ours, bench.seconds)
        pairs = interleaved(plain.run, product, bench.pairs)
    library = against_library(bench)
    extra = {
        "library": library.baseline,
        "store": library.product,
        "library_ratios": library.ratios,
        "insert_like_an_event": round(plain.run(LIKE_EVENTS), 1),
        "library_statements_by_pgbench": round(plain.run(LIKE_LIBRARY), 1),
    }
    checks = () if library.ratio is None else (Check("ratio_to_library", library.ratio, TIMES_THE_LIBRARY),)
    return pairs.figure("appends/s", 0.5, *checks, **extra)


def against_library(bench: Bench) -> Pairs:
    with (
        closing(LibraryRecorder(bench.cluster, bench.seconds)) as library,
        if_built(append_one(bench.cluster)) as append,
    ):
        ours = None if append is None else partial(commits_per_second, append, bench.seconds)
        return interleaved(library.run, ours, bench.pairs)
