"""The projecting process: hears that books have moved, folds, and does so again. One works, others stand by."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg

from adapters.projector import Projector

log = logging.getLogger("daybook.follower")

LEADER_LOCK = 0x64617902
LOOK_ROUND = 1.0
"""Seconds after which every book is looked at, in case a notice was lost."""
PACE = 0.008
"""Seconds between the starts of two batches: under load a batch then holds many commands, which is what keeps up."""


OPTIONS = (
    "-c synchronous_commit=off -c plan_cache_mode=force_generic_plan"
    " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
)
"""How the follower's connection differs. What a crash takes of read tables it takes of their position too, and it is
folded again: no commit need wait for the disk. Statements over arrays would be planned anew at each execution, for the
arrays at hand; a plan that is kept must not be a scan, made while a table was small."""


class Ears:
    """Hears which tenants have moved, on a thread and a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._moved: set[UUID] = set()
        self._condition = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._listen, name="ears", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def wait(self, timeout: float) -> set[UUID]:
        with self._condition:
            if not self._moved and not self._stopped:
                self._condition.wait(timeout)
            moved, self._moved = self._moved, set()
            return moved

    def _listen(self) -> None:
        while not self._stopped:
            try:
                with psycopg.connect(self._url, autocommit=True) as db:
                    db.execute("LISTEN daybook_appended")
                    while not self._stopped:
                        for notice in db.notifies(timeout=LOOK_ROUND):
                            with self._condition:
                                self._moved.update(_tenants(notice.payload))
                                self._condition.notify()
            except psycopg.Error as error:
                log.warning("lost the database (%s), listening again", type(error).__name__)
                time.sleep(PACE * 25)


def lead(db: psycopg.Connection[Any], stopping: threading.Event) -> bool:
    """Wait to be the one that projects. The lock is the session's: whoever dies gives it up."""
    while not stopping.is_set():
        row = db.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
        if row and row[0]:
            return True
        stopping.wait(LOOK_ROUND)
    return False


def follow(
    url: str, make: Callable[[psycopg.Connection[Any]], Projector], stopping: threading.Event
) -> None:  # fmt: skip
    """Project until told to stop. Survives the loss of the database: nothing is half-written, so it just goes on."""
    ears = Ears(url)
    ears.start()
    try:
        while not stopping.is_set():
            try:
                with psycopg.connect(url, autocommit=True, options=OPTIONS) as db:
                    if lead(db, stopping):
                        _work(make(db), ears, stopping)
            except psycopg.Error as error:
                log.warning("lost the database (%s), following again", type(error).__name__)
                stopping.wait(PACE * 50)
    finally:
        ears.stop()


def _work(projector: Projector, ears: Ears, stopping: threading.Event) -> None:
    known = projector.known
    looked = 0.0
    heard: set[UUID] = set()
    while not stopping.is_set():
        started = time.monotonic()
        wanted: dict[UUID, int] | None
        if started - looked >= LOOK_ROUND:
            wanted, looked = projector.behind(), started
        else:
            wanted = {tenant: known[tenant] for tenant in heard if tenant in known}
            if len(wanted) < len(heard):
                wanted |= projector.behind()
        moved = projector.advance(wanted) if wanted else {}
        known.update(moved)
        heard = set(projector.unfinished)
        left = PACE - (time.monotonic() - started)
        if left > 0:
            stopping.wait(left)
        heard |= ears.wait(0 if heard else LOOK_ROUND / 4)


def _tenants(payload: str) -> Iterator[UUID]:
    """Whoever may connect may notify: what is not a list of ids is nothing to us."""
    for item in payload.split(","):
        with contextlib.suppress(ValueError):
            yield UUID(item)
