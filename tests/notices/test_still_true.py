"""What is told is looked at again when it is sent: it still holds, may be said, and goes where people are now."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from application.notices import RequestNotices, session_reminder
from domain.values import NoticeKind
from tests.notices.office import Office

ZONE = ZoneInfo("Asia/Kolkata")


class Desk:
    """A session, and whoever is to be told of it."""

    def __init__(self, office: Office, **patient: Any) -> None:
        self.office, self.centre = office, office.centre
        self.patient = self.centre.patient(**patient)
        self.therapist, self.kind = self.centre.therapist(), self.centre.therapy_type()
        self.session = self.centre.session(self.patient, self.therapist, self.kind)["id"]

    def remind(self) -> str:
        starts = datetime.fromisoformat(self.centre.get(f"/sessions/{self.session}")["startsAt"])
        [notice] = self.office.do(session_reminder(UUID(self.patient), UUID(self.session), starts))["noticeIds"]
        return str(notice)

    def became(self, notice: str) -> tuple[str, str | None]:
        self.office.send_due()
        told = self.office.notice(notice)
        return told["status"], told["reason"]

    def move(self, days: int) -> None:
        day = (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011
        self.centre.put(f"/sessions/{self.session}", {"date": day, "startTime": "10:00"})


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def test_a_cancelled_session_is_not_reminded_of(desk: Desk) -> None:
    notice = desk.remind()
    desk.centre.post(f"/sessions/{desk.session}/cancel", {"reason": "ill"})
    assert desk.became(notice) == ("DROPPED", "SESSION_CANCELLED")
    assert desk.office.sms.parcels == []


def test_a_moved_session_is_reminded_of_at_its_new_time_only(desk: Desk) -> None:
    old = desk.remind()
    desk.move(9)
    new = desk.remind()
    assert new != old
    assert desk.became(old) == ("DROPPED", "SESSION_MOVED")
    assert desk.became(new) == ("SENT", None)
    day = date.today() + timedelta(days=9)  # noqa: DTZ011
    assert f"{day.day} " in desk.office.sms.parcels[0].text
    desk.move(7)  # and back: of that start the family was never told, and the notice was dropped
    assert desk.remind() == old


def test_a_session_that_has_begun_is_not_reminded_of(desk: Desk) -> None:
    notice = desk.remind()
    desk.office.later(days=8)
    assert desk.became(notice) == ("DROPPED", "SESSION_OVER")


def test_it_holds_again_when_it_is_tried_again(desk: Desk) -> None:
    from application.notices.senders import Declined
    from domain.notices import Problem

    notice = desk.remind()
    desk.office.sms.script = [Declined(Problem.NOT_REACHED)]
    assert desk.became(notice) == ("RETRYING", "NOT_REACHED")
    desk.centre.post(f"/sessions/{desk.session}/cancel", {"reason": "ill"})
    desk.office.later(hours=1)
    assert desk.became(notice) == ("DROPPED", "SESSION_CANCELLED")


def test_a_kind_or_a_channel_that_is_switched_off_is_not_sent(desk: Desk) -> None:
    notice = desk.remind()
    settings = f"/tenants/{desk.centre.tenant_id}/settings"
    desk.centre.put(settings, {"notices": [{"kind": "SESSION_REMINDER", "channels": ["EMAIL"]}]})
    assert desk.became(notice) == ("DROPPED", "SWITCHED_OFF")
    assert desk.became(desk.remind()) == ("DROPPED", "NO_ADDRESS")  # this family has no e-mail
    desk.centre.put(settings, {"notices": [{"kind": "SESSION_REMINDER", "channels": []}]})
    starts = datetime.fromisoformat(desk.centre.get(f"/sessions/{desk.session}")["startsAt"])
    asked = session_reminder(UUID(desk.patient), UUID(desk.session), starts)
    assert desk.office.do(asked)["noticeIds"] == []


def test_quiet_hours_hold_until_they_are_over(desk: Desk) -> None:
    office = desk.office
    local = office.clock.now().astimezone(ZONE)
    begins, ends = local - timedelta(hours=1), local + timedelta(hours=2)
    quiet = {"quietHoursStart": f"{begins:%H:%M}", "quietHoursEnd": f"{ends:%H:%M}"}
    desk.centre.put(f"/tenants/{desk.centre.tenant_id}/settings", quiet)
    notice = desk.remind()
    assert desk.became(notice) == ("PENDING", "QUIET_HOURS")
    held = datetime.fromisoformat(office.notice(notice)["nextAt"])
    assert held.astimezone(ZONE).strftime("%H:%M") == quiet["quietHoursEnd"]
    office.clock.ahead = held - office.clock.now() - timedelta(seconds=30) + office.clock.ahead
    assert desk.became(notice) == ("PENDING", "QUIET_HOURS")
    office.later(seconds=31)
    assert desk.became(notice) == ("SENT", None)
    assert len(office.sms.parcels) == 1


def test_opting_out_after_it_was_asked_for(desk: Desk) -> None:
    notice = desk.remind()
    desk.centre.put(f"/patients/{desk.patient}/notification-preferences", {"sms": False})
    assert desk.became(notice) == ("DROPPED", "OPTED_OUT")
    desk.centre.put(f"/patients/{desk.patient}/notification-preferences", {"sms": True})
    desk.centre.post(f"/notifications/{notice}/retry")
    assert desk.became(notice) == ("SENT", None)


def test_it_goes_where_they_are_reached_now(desk: Desk) -> None:
    notice = desk.remind()
    desk.centre.put(f"/patients/{desk.patient}", {"guardianPhone": "+919811112222"})
    assert desk.became(notice) == ("SENT", None)
    assert desk.office.sms.parcels[0].address == "+919811112222"


def test_words_are_the_centres_own_in_its_own_language(desk: Desk) -> None:
    office, centre = desk.office, desk.centre
    settings = f"/tenants/{centre.tenant_id}/settings"
    centre.put(settings, {"languages": ["hi", "en"], "senderName": "Sunrise"})
    assert desk.became(desk.remind()) == ("SENT", None)
    assert office.sms.parcels[0].text.startswith("Sunrise: याद दिलाना है कि Kiran का सत्र ")
    assert office.sms.parcels[0].sender_name == "Sunrise"
    words = {
        "kind": "SESSION_REMINDER", "language": "hi", "smsText": "{patient} {when} {service}", "emailSubject": "x",
        "emailText": "x", "smsTemplateCode": "flow-7",
    }  # fmt: skip
    centre.put("/notification-templates", words)
    desk.move(9)
    assert desk.became(desk.remind()) == ("SENT", None)
    parcel = office.sms.parcels[1]
    day = date.today() + timedelta(days=9)  # noqa: DTZ011
    assert parcel.text.startswith(f"Kiran {day:%d-%m-%Y}, 10:00 Speech")
    assert parcel.template_code == "flow-7"
    assert parcel.values["patient"] == "Kiran"
    centre.put(settings, {"languages": ["sw"]})  # nobody wrote Swahili
    desk.move(8)
    assert desk.became(desk.remind()) == ("SENT", None)
    assert "a reminder of Kiran's session" in office.sms.parcels[2].text


def test_a_name_is_only_a_name(office: Office) -> None:
    desk = Desk(office, firstName="{guardian} {0.__class__}", guardianName="Secret")
    assert desk.became(desk.remind()) == ("SENT", None)
    [parcel] = office.sms.parcels
    assert "{guardian} {0.__class__}'s session" in parcel.text
    assert "Secret" not in parcel.text


def test_who_left_is_told_nothing(desk: Desk) -> None:
    office, centre = desk.office, desk.centre
    operator, admin = centre.user("OPERATOR"), centre.get("/account")["id"]
    proposal = {"date": (date.today() + timedelta(days=8)).isoformat(), "startTime": "12:00"}  # noqa: DTZ011
    name = next(name for name, id_ in centre.users.items() if id_ == desk.therapist)
    body = {"sessionId": desk.session, "proposals": [proposal], "reason": "a course"}
    request = centre.post("/reschedule-requests", body, expect=201, as_=name)["id"]
    asked = RequestNotices(
        kind=NoticeKind.RESCHEDULE_REQUESTED, occasion=request, user_ids=(UUID(operator), UUID(admin)),
        session_id=UUID(desk.session), request_id=UUID(request),
    )  # fmt: skip
    theirs, mine = office.do(asked)["noticeIds"]
    centre.put(f"/users/{operator}", {"role": "ACCOUNTANT"})
    assert desk.became(theirs) == ("DROPPED", "LEFT")
    assert office.notice(mine)["status"] == "SENT"
    assert "asks to move the session of Kiran" in office.mail.parcels[0].text
    assert office.mail.parcels[0].subject is not None
    assert "asks to move a session" in office.mail.parcels[0].subject
    centre.put(f"/reschedule-requests/{request}/reject", {"reason": "no"})
    [late] = office.do(asked.model_copy(update={"occasion": "late", "user_ids": (UUID(admin),)}))["noticeIds"]
    assert desk.became(late) == ("DROPPED", "REQUEST_CLOSED")


def test_a_voided_payment_has_no_receipt(desk: Desk) -> None:
    office, centre = desk.office, desk.centre
    paid = {"patientId": desk.patient, "amount": "500.00", "method": "CASH"}
    first, second = (centre.post("/payments", paid, expect=201) for _ in range(2))
    centre.post(f"/payments/{first['id']}/void", {"reason": "typed twice"})
    notices = [
        office.do(
            RequestNotices(
                kind=NoticeKind.PAYMENT_RECEIPT, occasion=each["id"], patient_id=UUID(desk.patient),
                payment_id=UUID(each["id"]), receipt_number=each["receiptNumber"],
            )
        )["noticeIds"][0]
        for each in (first, second)
    ]  # fmt: skip
    assert desk.became(notices[0]) == ("DROPPED", "PAYMENT_VOIDED")
    assert office.notice(notices[1])["status"] == "SENT"
    assert second["receiptNumber"] in office.sms.parcels[0].text


def test_what_happened_long_ago_is_told_to_nobody(desk: Desk) -> None:
    now = desk.office.clock.now()
    asked = RequestNotices(
        kind=NoticeKind.SESSION_BOOKED, occasion="x", patient_id=UUID(desk.patient), session_id=UUID(desk.session),
        starts_at=now, happened_at=now - timedelta(days=3),
    )  # fmt: skip
    assert desk.office.do(asked)["noticeIds"] == []
    assert len(desk.office.do(asked.model_copy(update={"happened_at": now}))["noticeIds"]) == 1
    nobody = asked.model_copy(update={"happened_at": now, "patient_id": uuid4()})
    assert desk.office.do(nobody)["noticeIds"] == []
