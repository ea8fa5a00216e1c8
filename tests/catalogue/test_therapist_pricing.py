"""A therapist's own prices: at most one for each therapy type."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from domain.base import Clash, Missing, derived_id
from domain.catalogue import AlreadyPriced, BadDuration, Price, TherapistPricing
from tests.support.given import on

THERAPIST, SPEECH, PLAY = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST, SECOND = UUID(int=11), UUID(int=12)
PRICE, HIGHER = Price(Decimal("900.00"), 45), Price(Decimal("1000.00"), 45)

given = on(TherapistPricing, derived_id(THERAPIST, "pricing"))


def price_set(pricing: UUID = FIRST, kind: UUID = SPEECH, price: Price = PRICE) -> TherapistPricing.PriceSet:
    return TherapistPricing.PriceSet(
        therapist_id=THERAPIST,
        pricing_id=pricing,
        therapy_type_id=kind,
        session_cost=price.session_cost,
        session_duration=price.session_duration,
    )


def test_a_price_is_found_by_therapy_type() -> None:
    story = given().when(
        lambda p: p.set_price(THERAPIST, FIRST, SPEECH, PRICE),
        lambda p: p.set_price(THERAPIST, SECOND, PLAY, HIGHER),
    )
    story.then(price_set(), price_set(SECOND, PLAY, HIGHER))
    assert story.aggregate.price_for(SPEECH) == PRICE
    assert story.aggregate.price_for(PLAY) == HIGHER
    assert story.aggregate.price_for(UUID(int=9)) is None


def test_the_same_price_twice_is_one_price() -> None:
    given(price_set()).when(lambda p: p.set_price(THERAPIST, FIRST, SPEECH, PRICE)).then()
    given(price_set()).when(lambda p: p.change_price(THERAPIST, FIRST, PRICE)).then()


def test_a_therapy_type_has_one_price() -> None:
    given(price_set()).when(lambda p: p.set_price(THERAPIST, SECOND, SPEECH, HIGHER)).then_refused(AlreadyPriced)
    given(price_set()).when(lambda p: p.set_price(THERAPIST, FIRST, PLAY, PRICE)).then_refused(Clash)


def test_changing_keeps_the_therapy_type() -> None:
    given(price_set()).when(lambda p: p.change_price(THERAPIST, FIRST, HIGHER)).then(price_set(price=HIGHER))
    given().when(lambda p: p.change_price(THERAPIST, FIRST, HIGHER)).then_refused(Missing)


def test_removing_makes_room_for_another() -> None:
    removed = TherapistPricing.PriceRemoved(therapist_id=THERAPIST, pricing_id=FIRST, therapy_type_id=SPEECH)
    story = given(price_set()).when(lambda p: p.remove_price(THERAPIST, FIRST)).then(removed)
    assert story.aggregate.price_for(SPEECH) is None
    given(price_set(), removed).when(lambda p: p.remove_price(THERAPIST, FIRST)).then_refused(Missing)
    given(price_set(), removed).when(lambda p: p.set_price(THERAPIST, SECOND, SPEECH, HIGHER)).then(
        price_set(SECOND, SPEECH, HIGHER)
    )


def test_a_duration_is_checked() -> None:
    given().when(lambda p: p.set_price(THERAPIST, FIRST, SPEECH, Price(Decimal("1.00"), 0))).then_refused(
        BadDuration, field="sessionDuration"
    )
