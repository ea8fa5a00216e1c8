"""P2's other baseline: the eventsourcing library's PostgreSQL recorder, as it comes, under 16 threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from benchmarks.baselines.plain_insert import PAYLOAD
from benchmarks.database import Cluster

WRITERS = 16


def connection_words(database: str) -> dict[str, Any]:
    """A database URL as the separate words the library wants."""
    words = conninfo_to_dict(database)
    return {
        "dbname": words["dbname"],
        "host": words["host"],
        "port": words.get("port") or "5432",
        "user": words["user"],
        "password": words.get("password") or "",
    }


class LibraryRecorder:
    """One recorder with a connection for each writer, on a database of its own."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        database = cluster.create("library_recorder")
        self._datastore = PostgresDatastore(**connection_words(database), pool_size=WRITERS)
        self._recorder = PostgresApplicationRecorder(self._datastore)
        self._recorder.create_table()
        self._seconds = seconds

    def run(self) -> float:
        """Commits a second, one new event each, every event in a stream of its own."""
        state = PAYLOAD.encode()

        def append() -> None:
            self._recorder.insert_events([StoredEvent(uuid4(), 1, "billing.PaymentRecorded", state)])

        return commits_per_second(append, self._seconds)

    def close(self) -> None:
        self._datastore.close()


def commits_per_second(append: Callable[[], object], seconds: float, writers: int = WRITERS) -> float:
    """How often `append` returns in a second when `writers` threads do nothing else."""
    everyone = threading.Barrier(writers + 1, timeout=60)  # a writer that fails must not leave the others waiting
    deadline = float("inf")

    def write() -> int:
        append()  # opens the thread's connection and prepares its statements, uncounted
        everyone.wait()
        done = 0
        while time.perf_counter() < deadline:
            append()
            done += 1
        return done

    with ThreadPoolExecutor(writers) as pool:
        counts = [pool.submit(write) for _ in range(writers)]
        everyone.wait()
        begin = time.perf_counter()
        deadline = begin + seconds
        total = sum(count.result() for count in counts)
        return total / (time.perf_counter() - begin)
