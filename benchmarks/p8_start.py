"""P8: from `daybook serve --demo` to the address it prints, on an empty directory and on a full one."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from adapters.embedded_postgres import remove_cluster
from benchmarks.measure import Bench, Check, Figure
from benchmarks.process import answers, free_port, running
from benchmarks.product import serve_command

FIRST, SECOND = 15.0, 5.0
SAYS = "Daybook answers at"  # printed when schema, demo centre, API and projector are all there
PATIENCE = 120.0


def measure(_: Bench) -> Figure:
    """The other benchmarks' cluster is no use here: starting the database is part of what is measured."""
    home = Path(tempfile.mkdtemp(prefix="daybook-start-"))
    try:
        first, second = (round(started(home), 2) for _again in ("first", "second"))
    finally:
        remove_cluster(home)
    in_time = (Check("first_s", first, FIRST, at_most=True), Check("second_s", second, SECOND, at_most=True))
    return Figure.at_most("s", *in_time)


def started(home: Path) -> float:
    """Seconds until it says where it answers, and does."""
    port = free_port()
    # An empty DATABASE_URL is none: whatever the benchmarks are told of a database is not for this start.
    environment = {"DAYBOOK_HOME": str(home), "DATABASE_URL": ""}
    begin = time.perf_counter()
    with running(serve_command(port), environment) as (child, output):
        while True:
            output.seek(0)
            said = output.read()
            if SAYS in said and answers(f"http://127.0.0.1:{port}", "/readyz"):
                return time.perf_counter() - begin
            if child.poll() is not None or time.perf_counter() - begin > PATIENCE:
                raise RuntimeError(f"daybook serve did not come up:\n{said[-4000:]}")
            time.sleep(0.02)
