"""P4: from a command to its effect in a read model, at 200 commands a second come what may.

Each command is answered at once (`Prefer: respond-async`); the read that follows waits for its position. The
time runs from when the command was due until that read has answered, so it includes two requests and every
queue between.
"""

from __future__ import annotations

from http import HTTPStatus

from benchmarks.client import POSITION, dues_request, payment_request
from benchmarks.load import Connection, Plan, Response, load
from benchmarks.measure import Bench, Check, Figure
from benchmarks.product import site
from benchmarks.world import payments, populate

RATE, CONNECTIONS = 200.0, 16
GOAL_MS = 50.0
WARM_UP = 2.0  # connections are opened and statements prepared by the first requests: a start is what P8 measures
ACCEPTED = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})


def measure(bench: Bench) -> Figure:
    with site(bench.cluster) as ours:
        paying = payments(populate(ours))

        async def pay_and_see(connection: Connection) -> Response:
            payer, amount = next(paying)
            accepted = await connection.exchange(payment_request(payer.token, payer.patient_id, amount, wait=False))
            if accepted.status not in ACCEPTED:
                return accepted
            see = dues_request(payer.token, payer.patient_id, accepted.headers[POSITION])
            return await connection.exchange(see)

        plan = Plan(bench.seconds * bench.pairs, warm_up=WARM_UP, rate=RATE, expect=frozenset({HTTPStatus.OK}))
        report = load(ours.served.base_url, pay_and_see, plan, CONNECTIONS)
    p99 = round(report.percentile(0.99) * 1e3, 1)
    return Figure.at_most("ms", Check("p99_ms", p99, GOAL_MS, at_most=True), run=report.figures())
