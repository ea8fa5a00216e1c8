"""Every consumer that ``daybook notify`` runs."""

from __future__ import annotations

from consumers.base import Consumer
from consumers.notifications import Lookups, Notifications


def consumers(lookups: Lookups) -> tuple[Consumer, ...]:
    """``lookups`` answers what messages do not tell."""
    return (Notifications(lookups),)
