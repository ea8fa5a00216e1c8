"""Therapy types: added, renamed, repriced, retired, restored."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from domain.base import Clash, Invalid, Missing
from domain.catalogue import BadDuration, Price, Retired, TherapyType
from tests.support.given import on

given = on(TherapyType, UUID(int=1))
added = TherapyType.TherapyTypeAdded(
    name="Speech", description=None, default_duration=45, default_cost=Decimal("800.00")
)


def add(minutes: int = 45, name: str = "Speech", description: str | None = " ") -> TherapyType:
    therapy_type = TherapyType.blank(UUID(int=1))
    therapy_type.add(name=name, description=description, default_duration=minutes, default_cost=Decimal("800.00"))
    return therapy_type


def test_adding() -> None:
    given().when(lambda t: t.add(name=" Speech", default_duration=45, default_cost=Decimal("800.00"))).then(added)
    given(added).when(lambda t: t.add(name="Speech", default_duration=45, default_cost=Decimal("800.00"))).then_refused(
        Clash
    )


@pytest.mark.parametrize("minutes", [-1, 0, 4, 1441, 2**70])
def test_a_session_lasts_five_minutes_to_a_day(minutes: int) -> None:
    with pytest.raises(BadDuration) as refused:
        add(minutes)
    assert refused.value.details == {"field": "defaultDuration"}


def test_descriptions_may_have_lines_and_may_be_absent() -> None:
    assert add(description="  ").description is None
    assert add(description="One\r\ntwo").description == "One\ntwo"
    with pytest.raises(Invalid):
        add(description="x\x00")
    with pytest.raises(Invalid):
        add(description="x" * 2001)


def test_changes_are_events_of_their_own() -> None:
    given(added).when(
        lambda t: t.rename("Speech therapy"),
        lambda t: t.describe("Articulation"),
        lambda t: t.reprice(default_duration=60, default_cost=Decimal("950.00")),
        lambda t: t.retire(),
        lambda t: t.restore(),
    ).then(
        TherapyType.TherapyTypeRenamed(name="Speech therapy"),
        TherapyType.TherapyTypeDescribed(description="Articulation"),
        TherapyType.TherapyTypeRepriced(default_duration=60, default_cost=Decimal("950.00")),
        TherapyType.TherapyTypeRetired(),
        TherapyType.TherapyTypeRestored(),
    )


def test_what_is_so_already_is_no_event() -> None:
    given(added).when(
        lambda t: t.rename(" Speech "),
        lambda t: t.describe(""),
        lambda t: t.reprice(default_duration=45, default_cost=Decimal("800.00")),
        lambda t: t.restore(),
    ).then()
    given(added, TherapyType.TherapyTypeRetired()).when(lambda t: t.retire()).then()


def test_only_what_is_offered_can_be_booked() -> None:
    given(added).when(lambda t: t.must_be_offered()).then()
    given(added, TherapyType.TherapyTypeRetired()).when(lambda t: t.must_be_offered()).then_refused(Retired)
    given().when(lambda t: t.must_be_offered()).then_refused(Missing)


def test_the_default_is_a_price() -> None:
    assert given(added).aggregate.default == Price(Decimal("800.00"), 45)
