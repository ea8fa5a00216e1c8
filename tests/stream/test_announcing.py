"""Which events are announced as what, and who hears of them: pure rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.codec import EVENT_TYPES
from application.permissions import PERMISSIONS
from application.stream import INTERNAL, OF_AGGREGATE, OF_TYPE, Announcement, Owners, announced, hears, resource_of
from domain.values import Role

ME, COLLEAGUE, PATIENT, RECORD = (UUID(int=n) for n in range(1, 5))


def announcement(topic: str, **facts: Any) -> Announcement:
    made = announced(7, topic, RECORD, 1, {name: str(value) for name, value in facts.items()})
    assert made is not None
    return made


def test_every_event_is_announced_or_said_to_be_internal() -> None:
    unannounced = {topic for topic in EVENT_TYPES if resource_of(topic) is None}
    assert unannounced == INTERNAL
    assert set(OF_TYPE) <= set(EVENT_TYPES)
    assert set(OF_AGGREGATE) <= {topic.partition(".")[0] for topic in EVENT_TYPES}


def test_every_id_that_is_told_is_a_plain_fact_of_the_event() -> None:
    for topic, kind in EVENT_TYPES.items():
        resource = resource_of(topic)
        if resource is not None:
            assert resource.may in PERMISSIONS
            assert resource.id == "originator" or resource.id in kind.plain, topic
            if resource.whose == "therapist_id":
                assert resource.whose in kind.plain, topic


def test_what_is_told_is_ids_and_positions() -> None:
    told = announcement("patients.PatientRegistered", first_name="Kiran", sealed="…").told()
    assert told == {
        "position": 7, "type": "patients.PatientRegistered", "resource": "patient", "id": str(RECORD),
        "streamId": str(RECORD), "version": 1,
    }  # fmt: skip


def test_a_type_of_another_release_is_not_announced() -> None:
    assert announced(1, "nobody.Knows", RECORD, 1, {}) is None
    assert announced(1, "billing.PaymentRecorded", RECORD, 1, {"patient_id": None}) is None


THERAPISTS = [
    ("scheduling.SessionBooked", {}, Owners(giving={RECORD: ME}), True),
    ("scheduling.SessionBooked", {"therapist_id": ME}, Owners(giving={RECORD: COLLEAGUE}), False),
    (
        "scheduling.SessionRescheduled",
        {"therapist_id": COLLEAGUE, "previous_therapist_id": ME},
        Owners(giving={RECORD: COLLEAGUE}),
        True,  # the one that gave it away
    ),
    (
        "scheduling.SessionRescheduled",
        {"therapist_id": ME, "previous_therapist_id": ME},
        Owners(giving={RECORD: COLLEAGUE}),
        False,
    ),
    ("patients.PatientRenamed", {}, Owners(treating={RECORD: frozenset({ME})}), True),
    ("patients.PatientRenamed", {}, Owners(treating={RECORD: frozenset({COLLEAGUE})}), False),
    ("billing.PaymentRecorded", {"patient_id": PATIENT}, Owners(treating={PATIENT: frozenset({ME})}), True),
    ("billing.PaymentRecorded", {"patient_id": PATIENT}, Owners(), False),
    ("progress.ReportWritten", {"patient_id": PATIENT}, Owners(treating={PATIENT: frozenset({ME})}), True),
    ("progress.ReportWritten", {"patient_id": PATIENT, "therapist_id": ME}, Owners(), False),
    ("availability.BuffersSet", {"therapist_id": ME}, Owners(), True),
    ("availability.BuffersSet", {"therapist_id": COLLEAGUE}, Owners(), False),
    ("catalogue.PriceSet", {"therapist_id": COLLEAGUE}, Owners(), False),
    ("scheduling.RescheduleRejected", {"request_id": RECORD, "therapist_id": COLLEAGUE}, Owners(), False),
    ("scheduling.RescheduleRejected", {"request_id": RECORD, "therapist_id": ME}, Owners(), True),
    ("series.SeriesSplit", {}, Owners(running={RECORD: frozenset({ME})}), True),
    ("series.SeriesSplit", {}, Owners(), False),
    ("staff.UserRenamed", {}, Owners(), False),
    ("tenancy.TenantRenamed", {}, Owners(), True),
    ("catalogue.TherapyTypeAdded", {}, Owners(), True),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "facts", "owners", "told"), THERAPISTS)
def test_a_therapist_hears_of_what_is_theirs(topic: str, facts: Any, owners: Owners, told: bool) -> None:
    assert hears(Role.THERAPIST, ME, announcement(topic, **facts), owners) is told
    everything = announcement(topic, **facts)
    assert hears(Role.WORKSPACE_ADMIN, uuid4(), everything, Owners())


def test_reports_of_progress_are_for_those_who_read_them() -> None:
    report = announcement("progress.ReportCorrected", patient_id=PATIENT)
    told = {role for role in Role if hears(role, ME, report, Owners())}
    assert told == {Role.WORKSPACE_ADMIN}


def test_the_platform_hears_of_no_centre() -> None:
    silent = {
        topic
        for topic, kind in EVENT_TYPES.items()
        if resource_of(topic) is not None
        and hears(
            Role.SUPER_ADMIN,
            ME,
            announcement(topic, **{name: uuid4() for name in kind.plain if name.endswith("_id")}),
            Owners(),
        )
    }
    assert {topic.partition(".")[0] for topic in silent} <= {
        "tenancy",
        "rebuilding",
    }  # and it may open no stream at all
    assert Role.SUPER_ADMIN not in PERMISSIONS["stream:read"]
