"""Of an erased patient nobody is told, and of what was told nothing is shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from application.base import Result
from application.notices import session_reminder
from domain.patients import ErasureBasis, Patient
from tests.notices.office import Office


def erase(office: Office, patient: str) -> None:
    """The event, and the key with it: the append sees to that."""

    async def erased() -> None:
        unit = office.side.store.unit(office.context(), trust_memory=False)
        try:
            await unit.open()
            (await unit.load(Patient, UUID(patient))).erase(ErasureBasis.REQUESTED)
            await unit.commit(Result())
        finally:
            unit.abandon()

    office.run(erased())
    office.caught_up()


def test_nothing_is_sent_and_nothing_shown(office: Office) -> None:
    centre = office.centre
    patient = centre.patient()
    body = {"patientId": patient, "channel": "SMS", "message": "zqsecret"}
    before = centre.post("/notifications/send", body, expect=201)["id"]
    office.send_due()
    assert centre.get(f"/notifications/{before}")["message"] == "zqsecret"
    waiting = centre.post("/notifications/send", body, expect=201)["id"]
    session = centre.session(patient, centre.therapist(), centre.therapy_type())["id"]
    starts = datetime.fromisoformat(centre.get(f"/sessions/{session}")["startsAt"])
    [reminder] = office.do(session_reminder(UUID(patient), UUID(session), starts))["noticeIds"]
    erase(office, patient)
    office.send_due()
    for notice in (waiting, reminder):
        told = centre.get(f"/notifications/{notice}")
        assert (told["status"], told["reason"]) == ("DROPPED", "ERASED")
    assert len(office.sms.parcels) == 1
    told = centre.get(f"/notifications/{before}")
    assert (told["status"], told["message"], told["recipient"], told["patientName"]) == ("SENT", None, None, None)
    # Not its history: a running process may remember the key for some minutes (adapters/subject_keys.py).
    for path in ("/notifications", f"/patients/{patient}/notifications"):
        answer = centre.request("GET", path)
        assert answer.status_code == 200
        assert "zqsecret" not in answer.text
        assert "+919800000001" not in answer.text
    assert centre.post("/notifications/send", body, expect=409)["error"]["code"] == "CONFLICT"
    asked = session_reminder(UUID(patient), UUID(session), starts.replace(minute=1))
    assert office.do(asked)["noticeIds"] == []
