"""Folding by several processes, each a share of the books: ``python -m adapters.rebuilding.sharing`` is one of them.

What a share is made of comes over its stdin, with the secrets in it; each step that it makes is a line on its stdout.
It ends when nobody reads them any more. All else it leaves in the tables and marks, as a process that folds alone does.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Thread
from typing import Any
from uuid import UUID

import projections.registry  # noqa: F401 - makes the tables known
from adapters.crypto import Keyring
from adapters.filling import Share, Wires, fill, uncollected
from adapters.rebuilding.marks import Marks
from adapters.subject_keys import KeysAtHand
from projections.base import ReadTable


class ShareFailed(Exception):
    """A process that folded a share ended before it was done."""


def shares(upto: dict[UUID, int], workers: int) -> list[dict[UUID, int]]:
    """About equally many events each: the longest books first, each to whoever has least."""
    parts: list[dict[UUID, int]] = [{} for _ in range(workers)]
    loads = [0] * workers
    for tenant, position in sorted(upto.items(), key=lambda item: -item[1]):
        least = loads.index(min(loads))
        parts[least][tenant] = position
        loads[least] += position
    return [part for part in parts if part]


def fill_by(  # noqa: PLR0913, PLR0917 - what ``fill`` takes, and where and by how many
    workers: int, url: str, options: str, wires: Wires, tables: tuple[ReadTable[Any], ...], keys: KeysAtHand,
    share: Share, marks: Marks, folded: Callable[[int, int], None],
) -> None:  # fmt: skip
    """``fill``, by so many processes. Whatever ``folded`` raises ends them."""
    parts = shares(share.upto, workers)
    if len(parts) < 2 or any(ReadTable.registry.get(table.name) is not table for table in tables):  # noqa: PLR2004
        fill(wires, tables, keys, share, marks, folded)
        return
    steps: SimpleQueue[tuple[int, int] | int] = SimpleQueue()
    with ExitStack() as stack:
        processes = []
        for part in parts:
            told = {
                "url": url, "options": options, "master": base64.b64encode(keys.keyring.master).decode(),
                "tables": [table.name for table in tables], 
                "marks": [str(marks.book), str(marks.rebuild_id), marks.fence],
                "upto": {str(tenant): position for tenant, position in part.items()},
                "after": {str(tenant): share.after[tenant] for tenant in part if tenant in share.after},
            }  # fmt: skip
            command = [sys.executable, "-m", "adapters.rebuilding.sharing"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
            stack.callback(process.kill)
            processes.append(process)
            if process.stdin:
                process.stdin.write(json.dumps(told))
                process.stdin.close()
            Thread(target=_listen, args=(process, steps), daemon=True).start()
        left = len(processes)
        while left:
            step = steps.get()
            if isinstance(step, int):
                left -= 1
                if step:
                    raise ShareFailed(f"exit {step}")
            else:
                folded(*step)


def _listen(process: subprocess.Popen[str], steps: SimpleQueue[tuple[int, int] | int]) -> None:
    for line in process.stdout or ():
        events, rows = line.split()
        steps.put((int(events), int(rows)))
    steps.put(process.wait())


def main() -> None:
    told = json.load(sys.stdin)
    tables = tuple(ReadTable.registry[name] for name in told["tables"])
    book, rebuild_id, fence = told["marks"]
    marks = Marks(UUID(book), UUID(rebuild_id), fence)
    keys = KeysAtHand(Keyring(base64.b64decode(told["master"])))
    upto = {UUID(tenant): position for tenant, position in told["upto"].items()}
    after = {UUID(tenant): position for tenant, position in told["after"].items()}

    def folded(events: int, rows: int) -> None:
        print(events, rows, flush=True)

    with uncollected(), Wires.open(told["url"], told["options"]) as wires:
        parked = marks.load(wires.aside, tables)[1]
        fill(wires, tables, keys, Share(upto, after, parked), marks, folded)


if __name__ == "__main__":
    main()
