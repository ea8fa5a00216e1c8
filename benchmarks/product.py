"""The product's half of each benchmark: what has to be started, and what counts as one unit of its work.

All of it is a context manager that a measuring module enters beside its baseline, on the same cluster. What
is not built raises `NotBuilt` on entering; `if_built` turns that into None, and the module then prints its
baseline alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.database import Cluster
from benchmarks.history import Fact
from benchmarks.process import Served

T = TypeVar("T")


class NotBuilt(Exception):
    """The part of the product that a benchmark drives is not there; its baseline is still worth printing."""


@dataclass(frozen=True)
class Site:
    """A running Daybook on a fresh database, rate limits lifted, projector in a process of its own."""

    served: Served  # the API process
    email: str  # of a SUPER_ADMIN
    password: str


@contextmanager
def missing(what: str, *_for_it: object) -> Iterator[Any]:
    """What a part answers until it is built; it takes what the part will need."""
    raise NotBuilt(what)
    yield


@contextmanager
def if_built(part: AbstractContextManager[T]) -> Iterator[T | None]:
    with ExitStack() as stack:
        try:
            entered = stack.enter_context(part)
        except NotBuilt as missing:
            print(f"  {missing}")
            entered = None
        yield entered


def site(cluster: Cluster) -> AbstractContextManager[Site]:
    """P1, P4, P9: API and projector on a database of their own."""
    return missing("no API to run yet", cluster)


def append_script(cluster: Cluster) -> AbstractContextManager[tuple[str, str]]:
    """P2: a database with many tenants' books, and the pgbench script of one append by its SQL function."""
    return missing("no append function yet", cluster)


def append_one(cluster: Cluster) -> AbstractContextManager[Callable[[], object]]:
    """P2: one append of one event through the product's Python store; called from 16 threads at once."""
    return missing("no event store yet", cluster)


def rebuild_all(cluster: Cluster, facts: Sequence[Fact]) -> AbstractContextManager[Callable[[], float]]:
    """P3: the facts stored as the product's events; a call rebuilds all in one process and gives events/s."""
    return missing("no projections to rebuild yet", cluster, facts)


def serve_command(directory: Path) -> AbstractContextManager[Callable[[int], list[str]]]:
    """P8: the command that serves all in one process tree on a port, with its data in `directory`."""
    return missing("nothing to serve yet", directory)
