"""Every consumer that ``daybook notify`` runs."""

from __future__ import annotations

from consumers.base import Consumer


def consumers() -> tuple[Consumer, ...]:
    return ()
