"""P8: from the command to a system that says it is ready, on an empty directory and on a full one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import Bench, Check, Figure
from benchmarks.process import free_port, serving
from benchmarks.product import if_built, serve_command

FIRST, SECOND = 15.0, 5.0


def measure(_: Bench) -> Figure:
    """The other benchmarks' cluster is no use here: starting the database is part of what is measured."""
    with tempfile.TemporaryDirectory(prefix="daybook-start-") as place:
        directory = Path(place) / "data"
        with if_built(serve_command(directory)) as command:
            if command is None:
                return Figure.absent("s", FIRST)
            times = []
            for _again in ("first", "second"):
                port = free_port()
                with serving(command(port), port, "/readyz") as served:
                    times.append(round(served.ready_after, 2))
    first, second = times
    in_time = (Check("first_s", first, FIRST, at_most=True), Check("second_s", second, SECOND, at_most=True))
    return Figure.at_most("s", *in_time)
