"""Measures the promises and prints them beside their goals: `python -m benchmarks.run [P1 P2 …]`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import (
    p1_payment,
    p2_append,
    p3_rebuild,
    p4_visible,
    p5_ledger,
    p6_lists,
    p7_verify,
    p8_start,
    p9_memory,
    p10_relay,
    p11_delivery,
    p12_streams,
)
from benchmarks.database import Cluster, embedded
from benchmarks.measure import PAIRS, Bench, Figure

MEASURES: dict[str, tuple[str, Callable[[Bench], Figure]]] = {
    "P1": ("record a payment ÷ bare route", p1_payment.measure),
    "P2": ("append with chain ÷ plain INSERT", p2_append.measure),
    "P3": ("rebuild ÷ library's runner", p3_rebuild.measure),
    "P4": ("command → visible, p99", p4_visible.measure),
    "P5": ("ledger of 10k entries as of a day, p95", p5_ledger.measure),
    "P6": ("lists at 1,000 centres ÷ at few", p6_lists.measure),
    "P7": ("verify, events a second", p7_verify.measure),
    "P8": ("first start", p8_start.measure),
    "P9": ("API memory", p9_memory.measure),
    "P10": ("relay ÷ bare producer", p10_relay.measure),
    "P11": ("event → consumer, p99", p11_delivery.measure),
    "P12": ("5,000 idle listeners, memory", p12_streams.measure),
}
LATEST = Path(__file__).with_name("latest.json")


def machine(cluster: Cluster) -> str:
    """What the figures were taken on, in a line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{cores} cores, {_cpu()}, {platform.system()}, {python}, PostgreSQL {cluster.version}"


def _cpu() -> str:
    """The processor's own name where the kernel tells it; `platform` often knows only the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def shown(value: object) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)


def row(name: str, title: str, figure: Figure) -> str:
    checks = [
        f"{check.name} {shown(check.value)} {'≤' if check.at_most else '≥'} {shown(check.goal)}"
        f" {'met' if check.met else 'MISSED'}"
        for check in figure.checks
    ]
    cells = (f"{shown(figure.value)} {figure.unit}", shown(figure.baseline), shown(figure.ratio))
    return f"{name:<4}{title:<36}{cells[0]:>20}{cells[1]:>12}{cells[2]:>9}  {'; '.join(checks)}"


def save(results: dict[str, Any], file: Path) -> None:
    """Replaces what was measured now and keeps the rest: each entry says when and where it was taken."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    text = json.dumps(dict(sorted({**kept, **results}.items())), indent=2, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="P", help=f"of {', '.join(MEASURES)}; all if none is named")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each counted run (%(default)s)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="of baseline and product runs (%(default)s)")
    parser.add_argument("--out", type=Path, default=LATEST, help="where the figures are written")
    given = parser.parse_args()
    names = [name.upper() for name in given.names] or list(MEASURES)
    if unknown := sorted(set(names) - set(MEASURES)):
        parser.error(f"there is no {', '.join(unknown)}")
    missed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that servers and cluster are ended too
    with embedded() as cluster:
        where = machine(cluster)
        print(f"{where}\n{'':<4}{'':<36}{'value':>20}{'baseline':>12}{'ratio':>9}  goals")
        bench = Bench(cluster, given.seconds, given.pairs)
        for name in names:
            title, measure = MEASURES[name]
            figure = measure(bench)
            print(row(name, title, figure), flush=True)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            save({name: {**figure.as_json(), "machine": where, "measured_at": now}}, given.out)
            missed += sum(not check.met for check in figure.checks)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
