"""Every consumer that ``daybook notify`` runs."""

from __future__ import annotations

from application.ports import Clock
from consumers.base import Consumer
from consumers.notifications import Lookups, Notifications


def consumers(lookups: Lookups, clock: Clock) -> tuple[Consumer, ...]:
    """``lookups`` answers what messages do not tell."""
    return (Notifications(lookups, clock),)
