"""What a ledger remembers between events, kept so that a payment looks at open charges only."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.base import NIL
from domain.billing.terms import ChargeKind, Part
from domain.values import ZERO, PaymentMethod

__all__ = ["Charge", "Queue", "Source", "match"]


@dataclass(slots=True)
class Source:
    """Money that came in: ``amount`` is ``credit`` + ``sum(applied)`` + ``refunded``, unless voided."""

    payment_id: UUID
    amount: Decimal
    method: PaymentMethod
    received_on: date
    applied: dict[UUID, Decimal] = field(default_factory=dict)
    refunded: Decimal = ZERO
    voided: bool = False
    credit: Decimal = field(init=False)
    since: date = field(init=False)
    """The effective date its credit last grew on: nothing may draw on it for an earlier day."""
    last: date = field(init=False)
    """The last effective date of anything about it."""
    version: int = 0
    """The ledger's version that changed it last."""

    def __post_init__(self) -> None:
        self.credit = self.amount
        self.since = self.last = self.received_on


@dataclass(slots=True)
class Charge:
    """Something to pay: ``amount`` is ``open`` + ``sum(settled)`` + ``written_off``, unless reversed."""

    charge_id: UUID
    session_id: UUID
    therapy_type_id: UUID | None
    kind: ChargeKind
    amount: Decimal
    due_on: date
    booked_on: date
    earned: bool
    settled: dict[UUID, Decimal] = field(default_factory=dict)
    written_off: Decimal = ZERO
    reversed: bool = False
    open: Decimal = field(init=False)
    since: date = field(init=False)
    """The effective date its open amount last grew on: nothing may settle it for an earlier day."""
    last: date = field(init=False)
    """The last effective date of anything about it."""

    def __post_init__(self) -> None:
        self.open = self.amount
        self.since = self.last = self.booked_on


class Queue:
    """Ids in order of a date, ties by id. Adding and removing shift a list; reading the front is free."""

    def __init__(self) -> None:
        # Its number stands before the id: whole numbers compare ten times faster, in the same order.
        self._keys: list[tuple[date, int, UUID]] = []

    def add(self, on: date, id_: UUID) -> None:
        """Put an id in its place, once."""
        key = (on, id_.int, id_)
        at = bisect_left(self._keys, key)
        if at == len(self._keys) or self._keys[at] != key:
            self._keys.insert(at, key)

    def discard(self, on: date, id_: UUID) -> None:
        """Take an id out, if it is there."""
        key = (on, id_.int, id_)
        at = bisect_left(self._keys, key)
        if at < len(self._keys) and self._keys[at] == key:
            del self._keys[at]

    def __iter__(self) -> Iterator[UUID]:
        return (id_ for _, _, id_ in self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Queue) and self._keys == other._keys

    __hash__ = None  # type: ignore[assignment]


def match(money: Iterable[tuple[UUID, Decimal]], charges: Iterable[tuple[UUID, Decimal]]) -> list[Part]:
    """Lay money against charges, each in the order given, until either runs out.

    Both are pairs of id and positive amount. Charges are read one at a time, so the rest is never looked at.
    """
    parts: list[Part] = []
    waiting = iter(charges)
    charge_id, due = next(waiting, (NIL, ZERO))
    for source_id, available in money:
        left = available
        while left and due:
            taken = min(left, due)
            parts.append(Part(source_id, charge_id, taken))
            left -= taken
            due -= taken
            if not due:
                charge_id, due = next(waiting, (NIL, ZERO))
        if not due:
            break
    return parts
