"""P5: a ledger of 10,000 entries as of any date, and the trial balance of a million entries beside hledger's on the
same journal.

What is timed of ours is the queries of a request in a reading transaction of its own, the rows as Python has them; of
hledger the whole run, as that is how it answers. It takes some 12 GB for so long a journal: where there is not as much,
or no hledger (``scripts/hledger.sh``), only the ledger is measured.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import psutil

from benchmarks.load import percentile
from benchmarks.long_book import FREQUENT, LongBook
from benchmarks.measure import Bench, Check, Figure
from projections.accounting import trial
from projections.billing import journal
from projections.query import Paging

ENTRIES, ASKED, GOAL_MS, FASTER = 1_000_000, 300, 50.0, 20.0
HLEDGER = Path(__file__).parents[1] / "scripts" / "hledger.sh"
TURNS = 5
NEEDS = 16 * 1024**3  # bytes


def measure(bench: Bench) -> Figure:
    book = LongBook(bench.cluster, ENTRIES, "long_ledger")
    book.build()
    ledger_ms, trial_seconds, total = asyncio.run(_ours(book))
    checks = [Check("ledger_p95_ms", ledger_ms, GOAL_MS, at_most=True)]
    extra: dict[str, object] = {"entries": ENTRIES, "trial_balance_s": round(trial_seconds, 3)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "all.journal"
        extra["export_s"] = round(asyncio.run(book.export(file)), 1)
        extra["journal_mb"] = round(file.stat().st_size / 1e6)
        if (theirs := _hledger(file, total)) is not None:
            extra["hledger_s"] = round(theirs, 1)
            checks.append(Check("times_faster_than_hledger", round(theirs / trial_seconds, 1), FASTER))
    return Figure("ms", GOAL_MS, ledger_ms, checks=tuple(checks), extra=extra)


async def _ours(book: LongBook) -> tuple[float, float, Decimal]:
    chance, taken, trials = random.Random(5), [], []  # noqa: S311 - days to ask about
    async with book.reading() as reading:
        for turn in range(ASKED):
            day = chance.choice(book.days)
            begin = time.perf_counter()
            async with reading() as db:
                found = await journal.ledger(db, FREQUENT, Paging(page_size=100), as_of=day)
            if turn >= ASKED // 10:  # the first open connections and plan
                taken.append((time.perf_counter() - begin) * 1000)
            assert found["total"] > 0
        for _ in range(TURNS):
            begin = time.perf_counter()
            async with reading() as db:
                told = await trial.trial_balance(db)
            trials.append(time.perf_counter() - begin)
    assert told["difference"] == 0
    return round(percentile(taken, 0.95), 1), statistics.median(trials), told["debit"]


def _hledger(file: Path, total: Decimal) -> float | None:
    program = subprocess.run([HLEDGER], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    if not program or psutil.virtual_memory().available < NEEDS:
        return None
    begin = time.perf_counter()
    asked = [program, "-f", str(file), "bal", "Assets:Cash", "--depth", "2", "-N"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)  # noqa: S603
    seconds = time.perf_counter() - begin
    if f"{total}" not in done.stdout:
        raise RuntimeError(f"hledger says {done.stdout.strip()}, we say {total}")
    return seconds
