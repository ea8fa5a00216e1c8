"""Rebuilding processes to be killed: ``python -m tests.rebuilding.process URL [apart]``.

Each line on stdin starts one, by fork, as importing takes longer than living; its pid is the answer.

``apart`` is the negative control: a mark is committed before the rows it speaks of instead of with them.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg

import adapters.filling
import adapters.rebuilding.jobs
from adapters.filling import _Writing
from adapters.rebuilding.jobs import Jobs
from adapters.rebuilding.maintaining import Maintainer
from adapters.rebuilding.marks import Mark
from projections.rebuilding import rebuild_requests
from tests.projecting.following import keys
from tests.projecting.tables import TABLES


def small_steps() -> None:
    """So that there is much to be interrupted in few events."""
    adapters.filling.AT_ONCE = 20
    adapters.filling.TOGETHER = 60
    adapters.filling.LARGEST = 40
    adapters.rebuilding.jobs.TELL_EVERY = 0.01


def apart(url: str) -> None:
    copy: Callable[..., int] = _Writing._copy

    def store(self: Any, books: list[Any], *, whole: bool = True) -> bool:
        with psycopg.connect(url, autocommit=True) as aside:
            for book in books:
                upto = self._share.upto[book.tenant_id]
                self._marks.put(aside, book.tenant_id, Mark(upto, complete=True), book.parked)
        time.sleep(0.1)
        with self._wires.into.transaction():
            self._rows += copy(self, self._wires.into, books)
        return True

    _Writing._store = store  # type: ignore[method-assign]


def main(url: str, kind: str = "") -> None:
    small_steps()
    if kind == "apart":
        adapters.filling.LARGEST = 10**9
        apart(url)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with Jobs.at(url) as jobs:
                jobs.lock()
                Maintainer(url, jobs, (*TABLES, rebuild_requests), keys()).once()
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
