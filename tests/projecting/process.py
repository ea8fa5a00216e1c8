"""Projecting processes to be killed: ``python -m tests.projecting.process URL [apart]``.

Each line on stdin starts one, by fork, as importing takes longer than living; its pid is the answer.

``apart`` is the negative control: rows and positions are committed one after the other instead of together.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any
from uuid import UUID

import psycopg

import adapters.follower
from adapters.follower import follow
from adapters.projector import _NEXT, Projector
from tests.projecting.following import keys
from tests.projecting.tables import TABLES


class Apart(Projector):
    def _batch(self, wanted: dict[UUID, int], limit: int, *, alone: bool = False) -> dict[UUID, int]:
        stored = self.db.execute(_NEXT, [list(wanted), list(wanted.values()), limit]).fetchall()
        moved = {row[0]: row[1] for row in stored}
        if moved:
            with self.db.transaction():
                self._fold(stored)
            time.sleep(0.05)
            with self.db.transaction():
                self._write(moved)
        return moved


def main(url: str, kind: str = "") -> None:
    def make(db: psycopg.Connection[Any]) -> Projector:
        return (Apart if kind == "apart" else Projector)(db, TABLES, keys())

    adapters.follower.LOOK_ROUND = 0.02  # nobody notifies it here; and so it is always at work
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            follow(url, make, threading.Event())
        print(pid, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
