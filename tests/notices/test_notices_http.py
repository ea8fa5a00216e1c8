"""The log of notices over HTTP, writing and testing, templates, previews, and opting out."""

from __future__ import annotations

import httpx
import pytest

from tests.notices.office import Office
from tests.support.system import Centre

WORDS = {
    "kind": "SESSION_BOOKED", "language": "en", "smsText": "{patient} comes on {when}. {centre}",
    "emailSubject": "{patient} on {date}", "emailText": "Dear {guardian},\n\n{patient} comes on {when} to {therapist}.",
}  # fmt: skip


def written(centre: Centre, patient: str, **fields: object) -> str:
    body = {"patientId": patient, "channel": "SMS", "message": "We are closed on Friday.", **fields}
    made: str = centre.post("/notifications/send", body, expect=201)["id"]
    return made


def test_a_notice_is_written_sent_and_found_in_the_log(office: Office) -> None:
    centre = office.centre
    patient, other = centre.patient(), centre.patient(firstName="Asmita")
    first = written(centre, patient)
    office.send_due()
    second = written(centre, other)
    told = centre.get(f"/notifications/{first}")
    assert (told["kind"], told["status"], told["message"]) == ("MANUAL", "SENT", "We are closed on Friday.")
    assert told["recipient"] == "+919800000001"
    assert [row["id"] for row in office.log()] == [second, first]
    assert [row["id"] for row in office.log(status="SENT")] == [first]
    assert [row["id"] for row in office.log(patientId=other)] == [second]
    assert [row["id"] for row in office.log(sort="requestedAt")] == [first, second]
    assert office.log(kind="DUES_REMINDER") == office.log(channel="EMAIL") == []
    assert office.log(**{"from": "2099-01-01T00:00:00Z"}) == []
    page = centre.get("/notifications", params={"pageSize": 1, "page": 2})
    assert ([row["id"] for row in page["data"]], page["total"]) == ([first], 2)
    centre.get("/notifications", params={"sort": "recipient"}, expect=422)


def test_a_family_sees_its_own_history(office: Office) -> None:
    centre = office.centre
    patient, other = centre.patient(), centre.patient()
    mine = written(centre, patient)
    written(centre, other)
    for role in ("WORKSPACE_ADMIN", "OPERATOR", "ACCOUNTANT", "AUDITOR"):
        listed = centre.get(f"/patients/{patient}/notifications", as_=role)
        assert [row["id"] for row in listed["data"]] == [mine], role
    centre.get(f"/patients/{patient}/notifications", as_="THERAPIST", expect=403)
    centre.get(f"/patients/{mine}/notifications", expect=404)


def test_a_test_goes_to_whoever_asks_or_where_they_say(office: Office) -> None:
    centre = office.centre
    centre.put(f"/tenants/{centre.tenant_id}/settings", {"quietHoursStart": "00:00", "quietHoursEnd": "23:59"})
    asked = centre.post("/notifications/test", {"channel": "EMAIL"}, expect=201)
    typed = centre.post("/notifications/test", {"channel": "SMS", "to": "+919811111111"}, expect=201)
    office.send_due()
    assert centre.get(f"/notifications/{asked['id']}")["status"] == "SENT"  # in quiet hours, too
    assert office.mail.parcels[0].address == f"admin@{centre.slug}.example"
    assert office.sms.parcels[0].address == "+919811111111"
    assert centre.slug in office.sms.parcels[0].text
    refused = centre.post("/notifications/test", {"channel": "SMS"}, expect=409)  # no phone is known of the admin
    assert refused["error"]["code"] == "NO_ADDRESS"
    centre.post("/notifications/test", {"channel": "SMS", "to": "not a number"}, expect=422)
    centre.post("/notifications/test", {"channel": "PIGEON"}, expect=422)
    assert typed["status"] == "PENDING"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": "\x00"}, 422), ({"message": ""}, 422), ({"message": "x" * 641}, 422), ({"subject": "x"}, 422),
        ({"patientId": "0192f0c1-2b5e-7c61-9a9b-2f1d1f0a0001"}, 404), ({"patientId": None}, 422),
        ({"channel": "EMAIL"}, 409), ({"unknown": 1}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_at_once(centre: Centre, body: dict[str, object], status: int) -> None:
    known = {"patientId": centre.patient(), "channel": "SMS", "message": "Hello"}
    centre.post("/notifications/send", known | body, expect=status)
    assert centre.get("/notifications")["total"] == 0


def test_the_same_key_writes_once(centre: Centre) -> None:
    body = {"patientId": centre.patient(), "channel": "SMS", "message": "Hello"}
    made = [centre.post("/notifications/send", body, headers={"Idempotency-Key": "k"}, expect=201) for _ in range(2)]
    assert made[0] == made[1]
    assert centre.get("/notifications")["total"] == 1


def test_taking_back_and_sending_after_all(office: Office) -> None:
    centre = office.centre
    notice = written(centre, centre.patient())
    etag = centre.request("GET", f"/notifications/{notice}").headers["ETag"]
    centre.post(f"/notifications/{notice}/withdraw", headers={"If-Match": '"9"'}, expect=412)
    assert centre.post(f"/notifications/{notice}/withdraw", headers={"If-Match": etag})["status"] == "DROPPED"
    office.send_due()
    told = centre.get(f"/notifications/{notice}")
    assert (told["status"], told["reason"], office.sms.parcels) == ("DROPPED", "WITHDRAWN", [])
    assert centre.post(f"/notifications/{notice}/retry")["status"] == "PENDING"
    office.send_due()
    centre.post(f"/notifications/{notice}/withdraw", expect=409)
    centre.post(f"/notifications/{notice}/retry", expect=409)
    history = [event["type"] for event in centre.get(f"/notifications/{notice}/history")["data"]]
    assert history == [
        "notices.NoticeSent", "notices.SendingBegan", "notices.NoticeRetried", "notices.NoticeDropped",
        "notices.NoticeRequested",
    ]  # fmt: skip


def test_opting_out_holds_for_what_waits_and_for_what_is_written(office: Office) -> None:
    centre = office.centre
    patient = centre.patient(guardianEmail="mother@family.example")
    notice = written(centre, patient)
    preferences = f"/patients/{patient}/notification-preferences"
    assert centre.get(preferences) == {"patientId": patient, "sms": True, "email": True}
    chosen = {"patientId": patient, "sms": False, "email": True}
    assert centre.put(preferences, {"sms": False}, as_="OPERATOR") == centre.get(preferences) == chosen
    office.send_due()
    assert centre.get(f"/notifications/{notice}")["reason"] == "OPTED_OUT"
    assert office.sms.parcels == []
    body = {"patientId": patient, "channel": "SMS", "message": "Hello"}
    assert centre.post("/notifications/send", body, expect=409)["error"]["code"] == "OPTED_OUT"
    centre.post("/notifications/send", body | {"channel": "EMAIL"}, expect=201)
    centre.put(preferences, {"sms": True})
    centre.post("/notifications/send", body, expect=201)
    centre.get(preferences, as_="THERAPIST", expect=404)


def test_words_of_ones_own_are_used_and_given_up(office: Office) -> None:
    centre = office.centre

    def shown() -> dict[str, object]:
        listed = centre.get("/notification-templates")["data"]
        found: dict[str, object] = next(t for t in listed if (t["kind"], t["language"]) == ("SESSION_BOOKED", "en"))
        return found

    built_in = shown()
    assert built_in["custom"] is False
    saved = centre.put("/notification-templates", WORDS)
    own = shown()
    assert (own["custom"], own["smsText"], own["id"]) == (True, WORDS["smsText"], saved["id"])
    assert "patient" in own["placeholders"]  # type: ignore[operator]
    centre.put("/notification-templates", WORDS | {"language": "hi"}, expect=409)
    centre.put("/notification-templates", WORDS | {"kind": "MANUAL"}, expect=422)
    assert centre.delete(f"/notification-templates/{saved['id']}")["version"] == 2
    assert shown() == built_in
    centre.delete(f"/notification-templates/{saved['id']}", expect=404)


@pytest.mark.parametrize(
    "text", ["{patient.__class__}", "{patient!r}", "{0}", "{}", "{amount}", "{patient", "}", "{{x}}"]
)
def test_a_placeholder_is_a_name_and_nothing_more(centre: Centre, text: str) -> None:
    for field in ("smsText", "emailSubject", "emailText"):
        refused = centre.put("/notification-templates", WORDS | {field: text}, expect=422)
        assert [each["field"] for each in refused["error"]["details"]] == [field]
    centre.get("/notification-templates/preview", params={"kind": "SESSION_BOOKED", "smsText": text}, expect=422)


def test_a_preview_fills_in_and_counts(centre: Centre) -> None:
    def preview(sms: str) -> dict[str, object]:
        asked = {"kind": "SESSION_BOOKED", "smsText": sms, "emailText": WORDS["emailText"]}
        found: dict[str, object] = centre.get("/notification-templates/preview", params=asked, as_="AUDITOR")
        return found

    told = preview("{patient} comes on {when}.")
    assert told["smsText"] == "Maya comes on Tue 3 Nov 2026, 10:00."
    assert (told["smsSegments"], told["smsUnicode"], told["smsCharacters"]) == (1, False, 36)
    assert str(told["emailText"]).startswith("Dear Dev Rao,\n\nMaya comes")
    assert preview("é" * 161)["smsSegments"] == 2
    told = preview("नमस्ते " * 11)
    assert (told["smsSegments"], told["smsUnicode"]) == (2, True)
    centre.get("/notification-templates/preview", params={"kind": "MANUAL"}, expect=422)


def test_nobody_but_administrators_writes(office: Office) -> None:
    centre = office.centre
    notice = written(centre, centre.patient())

    def status(method: str, path: str, role: str) -> int:
        answer: httpx.Response = centre.request(method, path, {} if method == "POST" else None, as_=role)
        return answer.status_code

    for role in ("OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR"):
        for act in ("retry", "withdraw", "settle"):
            assert status("POST", f"/notifications/{notice}/{act}", role) == 403
    assert status("GET", f"/notifications/{notice}", "AUDITOR") == 200
    assert status("GET", f"/notifications/{notice}", "OPERATOR") == 403
