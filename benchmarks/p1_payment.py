"""P1: recording a payment over HTTP with every check, against a bare route that does one INSERT.

Every check: the token is verified, the permission looked up, the Idempotency-Key remembered, the login asked for
again inside the transaction, row security on; and the answer waits until the projector has made the read rows.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from benchmarks.baselines.bare_route import bare_route, requests
from benchmarks.client import payment_request
from benchmarks.load import Plan, Report, load, sending
from benchmarks.measure import Bench, Check, Figure, interleaved
from benchmarks.product import site
from benchmarks.world import Payer, payments, populate

CONNECTIONS = 16
AHEAD = 5_000  # requests a second that are encoded before each run; more than either side manages


def encoded(payers: list[Payer]) -> Iterator[bytes]:
    return (payment_request(payer.token, payer.patient_id, amount) for payer, amount in payments(payers))


def measure(bench: Bench) -> Figure:
    plan = Plan(bench.seconds, warm_up=min(1.0, bench.seconds / 3))
    seen: dict[str, list[Report]] = {"bare": [], "ours": []}

    def rate(who: str, base_url: str, wires: Iterator[bytes]) -> float:
        ahead = round(AHEAD * (plan.seconds + plan.warm_up))
        report = load(base_url, sending(wires, ahead), plan, CONNECTIONS)
        seen[who].append(report)
        return report.throughput

    with bare_route(bench.cluster) as bare, site(bench.cluster) as ours:
        baseline = partial(rate, "bare", bare.base_url, requests())
        product = partial(rate, "ours", ours.served.base_url, encoded(populate(ours)))
        pairs = interleaved(baseline, product, bench.pairs)
    p95 = statistics.median(report.percentile(0.95) * 1e3 for report in seen["ours"])
    runs = {f"{who}_runs": [report.figures() for report in reports] for who, reports in seen.items()}
    return pairs.figure("payments/s", 0.5, Check("p95_ms", round(p95, 1), 50, at_most=True), **runs)
