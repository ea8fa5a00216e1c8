"""P2: 16 writers appending events with their chain, against plain INSERTs and the library's recorder.

Like is measured with like: the append function and the INSERT both by pgbench, the two Python stores both by
16 writers in one process.
"""

from __future__ import annotations

from contextlib import closing
from functools import partial

from benchmarks.baselines.library_recorder import WRITERS, LibraryRecorder
from benchmarks.baselines.plain_insert import LIKE_EVENTS, LIKE_LIBRARY, PlainInsert
from benchmarks.database import pgbench
from benchmarks.measure import Bench, Check, Figure, Pairs, interleaved
from benchmarks.product_book import Store, append_script

TIMES_THE_LIBRARY = 4.0


def measure(bench: Bench) -> Figure:
    plain = PlainInsert(bench.cluster, bench.seconds)
    product = partial(pgbench, bench.cluster, *append_script(bench.cluster), bench.seconds)
    pairs = interleaved(plain.run, product, bench.pairs)
    library = against_library(bench)
    like_library = interleaved(partial(plain.run, LIKE_LIBRARY), product, bench.pairs)
    extra = {
        "library_statements_by_pgbench": like_library.baseline,
        "library_statements_ratios": like_library.ratios,
        "library": library.baseline,
        "store": library.product,
        "store_ratios": library.ratios,
        "insert_like_an_event": round(plain.run(LIKE_EVENTS), 1),
    }
    checks = (
        Check("ratio_to_library_statements", like_library.ratio, TIMES_THE_LIBRARY),
        Check("ratio_of_stores", library.ratio, TIMES_THE_LIBRARY),
    )
    return pairs.figure("appends/s", 0.5, *checks, **extra)


def against_library(bench: Bench) -> Pairs:
    with closing(LibraryRecorder(bench.cluster, bench.seconds)) as library:
        return interleaved(library.run, Store(bench.cluster, bench.seconds, WRITERS).run, bench.pairs)
