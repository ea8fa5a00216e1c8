"""By which channels a patient's family does not want to be written to."""

from __future__ import annotations

from uuid import UUID

from domain.base import Aggregate, Event, derived_id, event
from domain.values import Channel

__all__ = ["ContactPreferences", "preferences_id"]


def preferences_id(patient_id: UUID) -> UUID:
    """The stream of a patient's preferences."""
    return derived_id(patient_id, "contact-preferences")


class ContactPreferences(Aggregate):
    """Stream id: ``preferences_id(patient)``. Without events: every channel may be used."""

    TOPIC = "notices.ContactPreferences"

    class OptedOut(Event):
        TOPIC = "notices.OptedOut"
        patient_id: UUID
        channel: Channel

    class OptedIn(Event):
        TOPIC = "notices.OptedIn"
        patient_id: UUID
        channel: Channel

    def begin(self) -> None:
        self.opted_out: frozenset[Channel] = frozenset()

    def choose(self, patient_id: UUID, channel: Channel, *, wanted: bool) -> None:
        """Whether the family wants to be written to by this channel. Saying so again changes nothing."""
        if wanted != (channel not in self.opted_out):
            self.decide(self.OptedIn if wanted else self.OptedOut, patient_id=patient_id, channel=channel)

    @event(OptedOut)
    def _opted_out(self, channel: Channel) -> None:
        self.opted_out |= {channel}

    @event(OptedIn)
    def _opted_in(self, channel: Channel) -> None:
        self.opted_out -= {channel}
