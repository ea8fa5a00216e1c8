"""P7: verifying a book, every hash recomputed in one process from what is stored."""

from __future__ import annotations

import statistics
import time

import psycopg

from adapters.chain import verify
from benchmarks.long_book import TENANT, LongBook
from benchmarks.measure import Bench, Check, Figure

EVENTS, GOAL = 500_000, 200_000.0


def measure(bench: Bench) -> Figure:
    book = LongBook(bench.cluster, EVENTS, "long_verify")
    rates = []
    with psycopg.connect(book.settings.projector_url, autocommit=True) as db:
        for _ in range(bench.pairs + 1):  # the first reads from disk, and is not counted
            begin = time.perf_counter()
            *_, found = verify(db, TENANT)
            rates.append(found.events / (time.perf_counter() - begin))
            if found.found or found.events != book.events:
                raise RuntimeError(f"{found.report()}")
    rate = round(statistics.median(rates[1:]))
    check = Check("events_per_second", rate, GOAL)
    return Figure("events/s", GOAL, rate, checks=(check,), extra={"events": book.events})
