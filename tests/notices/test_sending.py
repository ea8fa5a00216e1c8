"""From a notice that is due to what the provider was given: whatever it answers, one message at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.notices import SendNotification, dues_reminder, session_reminder
from application.notices.senders import Answer, Busy, Declined, Parcel, Unanswered
from consumers.sending import AT_ONCE, SILENCE
from domain.notices import LEASE, Problem
from domain.values import Channel
from tests.notices.office import Office


def reminded(office: Office, **patient: Any) -> tuple[str, dict[str, Any]]:
    """A reminder of a session that was just booked; its id, and the booking."""
    centre = office.centre
    booked = centre.session(centre.patient(**patient), centre.therapist(), centre.therapy_type())
    return _remind(office, booked), booked


def _remind(office: Office, booked: dict[str, Any]) -> str:
    session = office.centre.get(f"/sessions/{booked['id']}")
    starts = datetime.fromisoformat(session["startsAt"])
    asked = office.do(session_reminder(UUID(session["patientId"]), UUID(session["id"]), starts))
    [notice] = asked["noticeIds"]
    return str(notice)


def test_a_reminder_is_sent_once_and_the_log_says_what_and_where(office: Office) -> None:
    notice, booked = reminded(office)
    assert _remind(office, booked) == notice
    office.send_due()
    office.send_due()
    [parcel] = office.sms.parcels
    told = office.notice(notice)
    assert parcel.address == told["recipient"] == "+919800000001"
    assert parcel.text == told["message"]
    assert "Kiran" in parcel.text
    assert "10:00" in parcel.text
    assert (told["status"], told["provider"], told["tries"], told["retryCount"]) == ("SENT", "scripted", 1, 0)
    assert told["providerId"] == f"id-{parcel.key}"
    assert told["sentAt"] is not None
    assert told["patientName"] == "Kiran Das"


def test_many_workers_send_it_once(office: Office) -> None:
    for _ in range(4):
        reminded(office)
    office.send_due(*(office.another_worker() for _ in range(8)))
    assert len(office.sms.parcels) == 4
    assert set(office.sms.keys.values()) == {1}


def test_a_try_that_failed_is_followed_by_three_an_hour_apart(office: Office) -> None:
    notice, _ = reminded(office)
    office.sms.script = [Declined(Problem.NOT_REACHED)] * 9
    for hour in range(6):
        office.send_due()
        assert len(office.sms.parcels) == min(hour + 1, 4)
        office.later(minutes=30)
        office.send_due()
        office.later(minutes=31)
    told = office.notice(notice)
    assert (told["status"], told["reason"], told["tries"], told["retryCount"]) == ("FAILED", "NOT_REACHED", 4, 3)
    assert {parcel.address for parcel in office.sms.parcels} == {"+919800000001"}
    assert office.mail.parcels == []
    office.sms.script = []
    office.centre.post(f"/notifications/{notice}/retry")
    office.send_due()
    assert office.notice(notice)["status"] == "SENT"


def test_taken_and_then_silent_is_asked_and_not_sent_again(office: Office) -> None:
    def takes_and_hangs(parcel: Parcel) -> Answer:
        office.sms.took_it(parcel)
        return Unanswered("TIMEOUT")

    notice, _ = reminded(office)
    office.sms.script = [takes_and_hangs]
    office.send_due()
    told = office.notice(notice)
    assert (told["status"], told["reason"]) == ("UNKNOWN", "NO_ANSWER")
    office.centre.post(f"/notifications/{notice}/retry", expect=409)
    for _ in range(5):
        office.later(minutes=40)
        office.send_due()
    told = office.notice(notice)
    assert told["status"] == "SENT"
    assert told["providerId"].startswith("found-")
    assert sum(office.sms.arrived.values()) == len(office.sms.parcels) == 1


def test_lost_on_the_way_there_is_sent_again_once_the_provider_says_so(office: Office) -> None:
    notice, _ = reminded(office)
    office.sms.script = [Unanswered("TIMEOUT")]
    office.send_due()
    office.later(minutes=2)
    office.send_due()
    assert office.notice(notice)["status"] == "UNKNOWN"  # too early to believe that it is not there
    office.later(minutes=10)
    office.send_due()
    assert office.notice(notice)["status"] == "RETRYING"
    office.later(hours=1)
    office.send_due()
    assert office.notice(notice)["status"] == "SENT"
    assert sum(office.sms.arrived.values()) == 1


def test_what_no_provider_tells_is_for_people_to_say(office: Office) -> None:
    notice, _ = reminded(office)
    office.sms.script, office.sms.askable = [Unanswered()], False
    office.send_due()
    for _ in range(10):
        office.later(hours=12)
        office.send_due()
    assert office.notice(notice)["status"] == "UNKNOWN"
    assert len(office.sms.parcels) == 1
    answer = {"sent": True, "reason": "The mother confirmed it"}
    office.centre.post(f"/notifications/{notice}/settle", answer)
    assert office.notice(notice)["status"] == "SENT"
    office.centre.post(f"/notifications/{notice}/settle", answer, expect=409)


def test_a_worker_that_dies_while_sending_leaves_one_message(office: Office) -> None:
    class Killed(BaseException):
        pass

    def dies(parcel: Parcel) -> Answer:
        office.sms.took_it(parcel)
        raise Killed

    notice, _ = reminded(office)
    office.sms.script = [dies]
    office.caught_up()
    with pytest.raises(Killed):
        office.run(office.another_worker().round())
    office.caught_up()
    assert office.notice(notice)["status"] == "SENDING"
    office.send_due()
    assert office.notice(notice)["status"] == "SENDING"  # the lease is not over
    office.clock.ahead += LEASE
    office.send_due()
    assert office.notice(notice)["status"] == "UNKNOWN"
    office.later(minutes=1)
    office.send_due()
    assert office.notice(notice)["status"] == "SENT"
    assert sum(office.sms.arrived.values()) == 1


def test_an_error_nobody_expected_is_no_reason_to_send_again(office: Office) -> None:
    notice, _ = reminded(office)
    office.sms.script = [RuntimeError("+919800000001")]
    office.send_due()
    assert office.notice(notice)["status"] == "UNKNOWN"


def test_a_provider_that_is_busy_is_left_alone_and_no_try_is_used_up(office: Office) -> None:
    notice, _ = reminded(office)
    office.sms.script = [Busy(120)]
    worker = office.another_worker()
    office.send_due(worker)
    told = office.notice(notice)
    assert (told["status"], told["reason"], told["tries"]) == ("PENDING", "PROVIDER_BUSY", 0)
    reminded(office)
    office.send_due(worker)
    assert len(office.sms.parcels) == 1  # nor is the next one offered
    office.later(minutes=3)
    office.send_due(worker, office.another_worker())
    assert office.notice(notice)["status"] == "SENT"


def test_a_provider_that_has_gone_silent_is_given_a_rest(office: Office) -> None:
    patient = UUID(office.centre.patient())
    for number in range(3 * SILENCE):
        office.do(SendNotification(patient_id=patient, channel=Channel.SMS, message=f"number {number}"))
    office.sms.script = [Unanswered("TIMEOUT")] * 100
    worker = office.another_worker()
    office.send_due(worker)
    office.send_due(worker)
    assert SILENCE <= len(office.sms.parcels) < SILENCE + AT_ONCE
    assert len(office.log(status="PENDING")) == 3 * SILENCE - len(office.sms.parcels)
    office.sms.script = []
    office.later(minutes=6)
    office.send_due()
    office.later(minutes=70)
    office.send_due()
    office.send_due()
    assert len(office.log(status="SENT")) == 3 * SILENCE


def test_a_wrong_number_is_not_tried_again_and_the_corrected_one_is(office: Office) -> None:
    notice, booked = reminded(office)
    office.sms.script = [Declined(Problem.BAD_ADDRESS, "21211")]
    office.send_due()
    told = office.notice(notice)
    assert (told["status"], told["reason"], told["providerCode"]) == ("FAILED", "BAD_ADDRESS", "21211")
    patient = office.centre.get(f"/sessions/{booked['id']}")["patientId"]
    office.centre.put(f"/patients/{patient}", {"guardianPhone": "+919800000077"})
    office.centre.post(f"/notifications/{notice}/retry")
    office.send_due()
    assert office.sms.parcels[-1].address == "+919800000077"


def test_whether_it_arrived_is_asked(office: Office) -> None:
    office.sms.traces = True
    notice, _ = reminded(office)
    office.send_due()
    assert office.notice(notice)["delivery"] == "ACCEPTED"
    office.later(minutes=2)
    office.send_due()
    told = office.notice(notice)
    assert (told["status"], told["delivery"], told["nextAt"]) == ("SENT", "DELIVERED", None)


def test_dues_are_worked_out_when_they_are_asked_for(office: Office) -> None:
    centre = office.centre
    patient = centre.patient()
    today = _today(office)
    late = centre.therapist(start="00:00", end="24:00")
    centre.session(patient, late, centre.therapy_type(defaultCost="800.00"), date=today.isoformat(), startTime="23:00")
    asked = office.do(dues_reminder(UUID(patient), today.year, today.month))
    assert office.do(dues_reminder(UUID(patient), today.year, today.month)) == asked
    centre.post("/payments", {"patientId": patient, "amount": "300.00", "method": "CASH"}, expect=201)
    office.send_due()
    [parcel] = office.sms.parcels
    assert "INR 500.00" in parcel.text
    assert len(office.log(kind="DUES_REMINDER")) == 1


def test_nothing_due_asks_for_nothing(office: Office) -> None:
    patient = office.centre.patient()
    today = _today(office)
    office.do(dues_reminder(UUID(patient), today.year, today.month))
    office.send_due()
    [told] = office.log(kind="DUES_REMINDER")
    assert (told["status"], told["reason"], office.sms.parcels) == ("DROPPED", "NOTHING_DUE", [])
    other = office.centre.patient()
    before = today.replace(day=1) - timedelta(days=1)
    office.do(dues_reminder(UUID(other), before.year, before.month))
    office.send_due()
    assert office.log(kind="DUES_REMINDER", patientId=other)[0]["reason"] == "TOO_LATE"


def _today(office: Office) -> Any:
    from zoneinfo import ZoneInfo

    return office.clock.now().astimezone(ZoneInfo("Asia/Kolkata")).date()
