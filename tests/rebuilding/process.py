"""Rebuilding processes that are killed: ``python -m tests.rebuilding.process URL [apart]``.

Each line on stdin, ``AT AFTER``, starts one, by fork, as importing takes longer than living; its pid is the answer.
It kills itself at its AT-th exchange with the database, AFTER seconds after that has begun: counted, as after a time a
fast machine would be done before. With 0 for AT it lives, and how many exchanges it had is another line.

``apart`` is the negative control: a mark is committed before the rows it speaks of instead of with them.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import traceback
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


class Exchanges:
    """Counts exchanges with the database from now on, and dies at one."""

    def __init__(self, at: int, after: float) -> None:
        numbers, wait = itertools.count(1), psycopg.Connection.wait
        self.seen = 0
        self.written = 0

        def exchange(connection: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
            number = next(numbers)
            self.seen = max(self.seen, number)
            if number == at:
                if after:
                    threading.Timer(after, os.kill, [os.getpid(), signal.SIGKILL]).start()
                else:
                    os.kill(os.getpid(), signal.SIGKILL)
            return wait(connection, *arguments, **options)

        psycopg.Connection.wait = exchange  # type: ignore[method-assign,assignment]


def apart(url: str, exchanges: Exchanges) -> None:
    """``written`` is when the last rows were: after that there is nothing to be caught."""
    copy: Callable[..., int] = _Writing._copy

    def store(self: Any, books: list[Any], *, whole: bool = True) -> bool:
        with psycopg.connect(url, autocommit=True) as aside:
            for book in books:
                upto = self._share.upto[book.tenant_id]
                self._marks.put(aside, book.tenant_id, Mark(upto, complete=True), book.parked)
        with self._wires.into.transaction():
            self._rows += copy(self, self._wires.into, books)
        exchanges.written = exchanges.seen
        return True

    _Writing._store = store  # type: ignore[method-assign]


def rebuild(url: str, kind: str, at: int, after: float) -> None:
    with Jobs.at(url) as jobs:
        jobs.lock()
        exchanges = Exchanges(at, after)
        if kind == "apart":
            adapters.filling.LARGEST = 10**9
            apart(url, exchanges)
        Maintainer(url, jobs, (*TABLES, rebuild_requests), keys()).once()
    if not at:
        print(exchanges.written or exchanges.seen, flush=True)


def main(url: str, kind: str = "") -> None:
    small_steps()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        at, after = line.split()
        pid = os.fork()
        if pid == 0:
            try:
                rebuild(url, kind, int(at), float(after))
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
