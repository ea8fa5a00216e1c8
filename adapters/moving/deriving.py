"""What stands beside a book under keyed hashes, worked out from the book: another master key hashes otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from adapters.codec import EVENT_TYPES, KeyOf
from adapters.crypto import Keyring
from domain.base import Aggregate, Event
from domain.billing import PatientLedger
from domain.catalogue import TherapyType
from domain.progress import ProgressReport
from domain.staff import User
from domain.tenancy import Tenant

KINDS = frozenset({"slug", "email", "name", "payment", "progress-report"})
"""What ``book.claim`` is called with. A house test looks for others."""
_FOLDED = (Tenant, User, TherapyType)


class Derived:
    """A book going by, event by event as it is exported."""

    def __init__(self, tenant_id: UUID, key_of: KeyOf) -> None:
        self.tenant_id = tenant_id
        self._key_of = key_of
        self._folded: dict[UUID, Any] = {}
        self._claims: list[tuple[str, str, UUID]] = []

    def add(self, stream: UUID, version: int, topic: str, class_version: int, effective: Any, data: str) -> None:
        kind = EVENT_TYPES[topic]
        wanted = kind.aggregate in _FOLDED or topic in _CLAIMING
        if not wanted:
            return
        event = kind.decode(self.tenant_id, stream, version, class_version, effective, data, self._key_of)
        if kind.aggregate in _FOLDED:
            held: Aggregate = self._folded.setdefault(stream, kind.aggregate.blank(stream))
            event.mutate(held)
        else:
            self._claims += _CLAIMING[topic](event)

    @property
    def slug(self) -> str | None:
        tenant = self._folded.get(self.tenant_id)
        return tenant.settings.slug if isinstance(tenant, Tenant) else None

    def emails(self) -> dict[UUID, str]:
        return {id_: each.email for id_, each in self._folded.items() if isinstance(each, User) and each.email}

    def claims(self, keyring: Keyring) -> Iterator[tuple[str, str, UUID]]:
        """Kind, value as it is stored, holder."""
        if self.slug:
            yield "slug", self.slug, self.tenant_id
        plain: Iterable[tuple[str, str, UUID]] = [
            *(("email", email, user) for user, email in self.emails().items()),
            *(("name", f"therapy type {each.name.casefold()}", id_) for id_, each in self._folded.items()
              if isinstance(each, TherapyType) and each.name),
            *self._claims,
        ]  # fmt: skip
        for kind, value, holder in plain:
            yield kind, keyring.blind(f"claim {self.tenant_id} {kind}", value).hex(), holder


def _payment(event: Any) -> list[tuple[str, str, UUID]]:
    return [("payment", str(event.payment_id), event.originator_id)]


def _report(event: Any) -> list[tuple[str, str, UUID]]:
    return [] if event.session_id is None else [("progress-report", str(event.session_id), event.originator_id)]


def _topic(event_class: type[Event]) -> str:
    return str(event_class.TOPIC)  # type: ignore[attr-defined]


_CLAIMING = {
    _topic(PatientLedger.PaymentRecorded): _payment,
    _topic(PatientLedger.CreditBroughtForward): _payment,
    _topic(ProgressReport.ReportWritten): _report,
}
