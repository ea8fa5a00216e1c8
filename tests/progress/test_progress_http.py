"""Progress reports over HTTP: writing, versions, the timeline, comparing, finding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.progress.clinic import SECTIONS, TODAY, YESTERDAY, Clinic, answers

STANDARD = ["notes", "goals", "observations", "progress", "participation", "recommendations"]


def values(report: Any) -> dict[str, Any]:
    return {section["key"]: section["value"] for section in report["sections"]}


def test_a_report_on_a_session_is_read_with_names_and_headings(clinic: Clinic) -> None:
    made = clinic.write(said=answers(notes="Named six of ten.", progress=4))
    answer = clinic.centre.request("GET", f"/progress-reports/{made['id']}", as_="thea")
    found = answer.json()
    assert {name: found[name] for name in ("patientName", "therapistName", "therapyTypeName", "reportDate")} == {
        "patientName": "Kiran Das", "therapistName": "Thea Tester", "therapyTypeName": "Speech",
        "reportDate": YESTERDAY,
    }  # fmt: skip
    assert (found["sessionId"], found["templateVersion"], found["erased"]) == (clinic.session, 0, False)
    assert [section["key"] for section in found["sections"]] == STANDARD
    assert values(found) == dict.fromkeys(STANDARD) | {"notes": "Named six of ten.", "progress": 4}
    assert (answer.headers["etag"], made["version"], found["version"]) == ('"1"', 1, 1)
    unchanged = {"If-None-Match": '"1"'}
    same = clinic.centre.request("GET", f"/progress-reports/{made['id']}", as_="thea", headers=unchanged)
    assert same.status_code == 304


def test_a_correction_is_a_version_and_the_old_one_stays(clinic: Clinic) -> None:
    report = clinic.write()["id"]
    assert clinic.correct(report)["version"] == 2
    now, before = clinic.get(f"/{report}"), clinic.get(f"/{report}", params={"version": 1})
    assert (values(now)["notes"], now["reason"], now["version"]) == ("Eight of ten.", "Miscounted", 2)
    assert (values(before)["notes"], before["reason"], before["version"]) == ("Six of ten.", None, 1)
    listed = clinic.get(f"/{report}/versions")
    assert [(v["version"], values(v)["notes"]) for v in listed["data"]] == [(2, "Eight of ten."), (1, "Six of ten.")]
    assert clinic.get(f"/{report}/versions", params={"page": 2, "pageSize": 1})["data"] == [before]
    assert clinic.correct(report)["version"] == 2  # the same again
    clinic.get(f"/{report}", params={"version": 3}, expect=404)
    by_admin = clinic.correct(report, as_="WORKSPACE_ADMIN", said=answers(notes="Nine."))["version"]
    savers = [v["savedBy"] for v in clinic.get(f"/{report}/versions")["data"]]
    assert (by_admin, savers[1:]) == (3, [clinic.therapist] * 2)
    assert savers[0] != clinic.therapist


def test_if_match_guards_a_correction(clinic: Clinic) -> None:
    report = clinic.write()["id"]
    path, body = f"/progress-reports/{report}", {"answers": answers(notes="x"), "reason": "typo"}
    for tag, status in (('"7"', 412), ('"1"', 200), ('"1"', 412)):
        answer = clinic.centre.request("PUT", path, body, as_="thea", headers={"If-Match": tag})
        assert answer.status_code == status, answer.text


def test_a_template_is_versioned_and_old_reports_keep_their_headings(clinic: Clinic) -> None:
    path = f"/therapy-types/{clinic.kind}/progress-template"
    standard = clinic.centre.get(path, as_="thea")
    assert ([s["key"] for s in standard["sections"]], standard["version"]) == (STANDARD, 0)
    old = clinic.write()["id"]
    assert clinic.template()["version"] == 1
    assert clinic.template([SECTIONS[0] | {"label": "Account"}])["version"] == 2
    found = clinic.centre.get(path)
    assert ([s["label"] for s in found["sections"]], found["version"]) == (["Account"], 2)
    first = clinic.centre.get(path, params={"version": 1})
    assert [s["label"] for s in first["sections"]] == [s["label"] for s in SECTIONS]
    assert [s["choices"] for s in first["sections"]] == [[], [], ["Calm", "Restless"], []]
    assert clinic.centre.get(path, params={"version": 0})["sections"] == standard["sections"]
    clinic.centre.get(path, params={"version": 3}, expect=404)
    assert [s["key"] for s in clinic.get(f"/{old}")["sections"]] == STANDARD
    clinic.correct(old, said=answers(notes="As before", goals="Two words"))  # by the headings it was written by
    assert clinic.centre.request("PUT", path, {"sections": SECTIONS}, headers={"If-Match": '"1"'}).status_code == 412
    told = clinic.centre.get(f"/therapy-types/{clinic.kind}/history")["data"]
    assert [event["type"] for event in told].count("progress.TemplateWritten") == 2


def test_answers_fit_the_template_and_refusals_name_the_place(clinic: Clinic) -> None:
    clinic.template()
    for said, field in (
        (answers(words=3), "answers"),
        (answers(notes="x", words=11), "answers.1.value"),
        (answers(notes="x", mood="calm"), "answers.1.value"),
        (answers(notes="x", home="yes"), "answers.1.value"),
        (answers(notes="x", goals="y"), "answers.1.section"),
        ([*answers(notes="x"), *answers(notes="y")], "answers.1.section"),
    ):
        refused = clinic.write(said=said, expect=422)["error"]
        assert [detail["field"] for detail in refused["details"]] == [field], said
    whole = answers(notes="x", words=10, mood="Calm", home=False)
    assert values(clinic.get(f"/{clinic.write(said=whole)['id']}")) == {a["section"]: a["value"] for a in whole}


def test_a_session_has_one_report_and_it_took_place(clinic: Clinic) -> None:
    clinic.write()
    assert clinic.write(expect=409)["error"]["code"] == "DUPLICATE"
    ahead = clinic.past("10:00", day=(TODAY + timedelta(days=7)).isoformat())
    assert clinic.write(sessionId=ahead, expect=409)["error"]["code"] == "SESSION_NOT_HELD"
    missed = clinic.past("12:00")
    clinic.centre.post(f"/sessions/{missed}/no-show", as_="thea")
    assert clinic.write(sessionId=missed, expect=409)["error"]["code"] == "SESSION_NOT_HELD"
    clinic.write(sessionId=str(uuid4()), expect=404)
    refused = clinic.write(sessionId=clinic.past("14:00"), therapistId=clinic.other, as_="WORKSPACE_ADMIN", expect=422)
    assert refused["error"]["details"][0]["field"] == "therapistId"


def test_a_report_without_a_session(clinic: Clinic) -> None:
    report = clinic.get(f"/{clinic.free('Call with the school')}")
    assert (report["sessionId"], report["therapyTypeId"], report["therapistId"]) == (None, None, clinic.therapist)
    future = (TODAY + timedelta(days=2)).isoformat()
    refused = clinic.write(sessionId=None, reportDate=future, expect=422)["error"]
    assert refused["details"][0]["field"] == "reportDate"
    said: dict[str, Any] = {"sessionId": None, "as_": "WORKSPACE_ADMIN"}
    assert clinic.write(**said, expect=422)["error"]["details"][0]["field"] == "therapistId"
    clinic.write(**said, therapistId=clinic.centre.user("OPERATOR"), expect=404)
    clinic.write(**said, therapistId=clinic.therapist, therapyTypeId=str(uuid4()), expect=404)
    assert clinic.write(**said, therapistId=clinic.therapist, therapyTypeId=clinic.kind)["version"] == 1


def test_reports_are_found_by_text_date_and_therapist(clinic: Clinic) -> None:
    long_ago, before = "2025-01-10", "2025-02-10"
    first = clinic.free("Blows bubbles, 50% of the time", reportDate=long_ago)
    second = clinic.free("Names colours", reportDate=before)
    third = clinic.write(
        as_="otto", patientId=clinic.others, sessionId=None, said=answers(notes="Bubbles too"), reportDate=before
    )["id"]

    def ids(as_: str = "WORKSPACE_ADMIN", **query: Any) -> list[str]:
        return [row["id"] for row in clinic.centre.get("/progress-reports", params=query, as_=as_)["data"]]

    assert ids(sort="reportDate") == [first, *sorted((second, third))]
    assert ids()[-1] == first
    assert ids(search="bubbles", sort="reportDate") == [first, third]
    assert ids(search="50%") == [first]
    assert ids(search="asha b") == ids(therapistId=clinic.other) == ids(patientId=clinic.others) == [third]
    assert ids(**{"from": "2025-01-11"}, search="names") == [second]
    assert ids(to=long_ago) == ids(**{"from": long_ago}, to=long_ago) == [first]
    assert ids(search="_") == ids(therapyTypeId=uuid4()) == []
    assert ids(as_="thea", search="bubbles") == [first]
    clinic.correct(second, said=answers(notes="Names shapes"))
    assert ids(search="colours") == []  # as it is now
    assert ids(search="shapes") == [second]
    listed = clinic.get("", as_="WORKSPACE_ADMIN")
    assert "ubbles" not in str(listed)  # a list tells nothing of what they say
    on_session = clinic.write()["id"]
    assert ids(sessionId=clinic.session) == ids(therapyTypeId=clinic.kind) == [on_session]


def test_the_timeline_of_a_patient(clinic: Clinic) -> None:
    path = f"/patients/{clinic.patient}/progress-reports"
    assert clinic.centre.get(path, as_="thea") == {"data": [], "page": 1, "pageSize": 20, "total": 0}
    first = clinic.free("Winter", reportDate="2025-01-10")
    second = clinic.free("Spring", reportDate="2025-04-10")
    clinic.correct(first, said=answers(notes="Deep winter"))
    found = clinic.centre.get(path, as_="thea")["data"]
    assert [(row["id"], values(row)["notes"]) for row in found] == [(second, "Spring"), (first, "Deep winter")]
    clinic.centre.get(path, as_="otto", expect=404)


def test_two_reports_are_compared_by_section(clinic: Clinic) -> None:
    clinic.template()
    left = clinic.write(said=answers(notes="A", words=3, home=True))["id"]
    clinic.template([*SECTIONS[:2], {"key": "goals", "label": "Goals", "kind": "TEXT"}])
    right = clinic.write(sessionId=clinic.past("12:00"), said=answers(notes="A", words=7, goals="Three words"))["id"]
    found = clinic.get("/compare", params={"left": left, "right": right})
    assert (found["left"]["id"], found["right"]["id"]) == (left, right)
    told = {s["key"]: (s["left"], s["right"], s["change"], s["difference"]) for s in found["sections"]}
    assert told == {
        "notes": ("A", "A", "SAME", None), "words": (3, 7, "CHANGED", 4), "goals": (None, "Three words", "ADDED", None),
        "mood": (None, None, "SAME", None), "home": (True, None, "REMOVED", None),
    }  # fmt: skip
    clinic.correct(left, said=answers(notes="B", words=4))
    versions = {"left": left, "leftVersion": 1, "right": left, "rightVersion": 2}
    changes = {s["key"]: s["change"] for s in clinic.get("/compare", params=versions)["sections"]}
    assert changes == {"notes": "CHANGED", "words": "CHANGED", "mood": "SAME", "home": "REMOVED"}
    foreign = clinic.write(as_="otto", patientId=clinic.others, sessionId=None)["id"]
    clinic.get("/compare", params={"left": left, "right": foreign}, expect=404)
    clinic.get("/compare", params={"left": left, "right": foreign}, as_="WORKSPACE_ADMIN", expect=409)


def test_a_scale_that_changed_is_not_subtracted(clinic: Clinic) -> None:
    clinic.template()
    left = clinic.write(said=answers(notes="A", words=3))["id"]
    clinic.template([SECTIONS[0], SECTIONS[1] | {"highest": 20}])
    right = clinic.write(sessionId=clinic.past("12:00"), said=answers(notes="A", words=6))["id"]
    words = clinic.get("/compare", params={"left": left, "right": right})["sections"][1]
    assert (words["change"], words["difference"]) == ("CHANGED", None)


def test_a_session_is_completed_with_notes_and_report_in_one_step(clinic: Clinic) -> None:
    path, said = f"/sessions/{clinic.session}", {"answers": answers(notes="Well.", progress=5)}
    done = clinic.centre.post(f"{path}/complete", {"notes": "Tired", "report": said}, as_="thea")
    report = clinic.get(f"/{done['progressReportId']}")
    assert (report["sessionId"], values(report)["progress"]) == (clinic.session, 5)
    session = clinic.centre.get(path, as_="thea")
    assert (session["status"], session["notes"]) == ("COMPLETED", "Tired")
    told = clinic.centre.get(f"/progress-reports/{report['id']}/history")["data"]
    ended = clinic.centre.get(f"{path}/history")["data"]
    assert told[0]["correlation"] == ended[0]["correlation"]


def test_a_therapist_concludes_a_session_with_its_report(clinic: Clinic) -> None:
    body = {"report": {"answers": answers(notes="Well.")}}
    done = clinic.centre.put(f"/therapist/sessions/{clinic.session}/complete", body, as_="thea")
    assert clinic.get(f"/{done['progressReportId']}")["sessionId"] == clinic.session
    assert clinic.centre.get(f"/sessions/{clinic.session}")["status"] == "COMPLETED"


def test_a_report_that_cannot_be_written_completes_nothing(clinic: Clinic) -> None:
    path = f"/sessions/{clinic.session}"
    bad = {"notes": "Tired", "report": {"answers": answers(progress=5)}}
    refused = clinic.centre.post(f"{path}/complete", bad, as_="thea", expect=422)["error"]
    assert refused["details"][0]["field"] == "report.answers"
    good = {"report": {"answers": answers(notes="x")}}
    clinic.centre.post(f"{path}/complete", good, as_="OPERATOR", expect=403)
    clinic.write()
    clinic.centre.post(f"{path}/complete", good, as_="thea", expect=409)  # there is a report on it
    found = clinic.centre.get(path, as_="thea")
    assert (found["status"], found["notes"]) == ("SCHEDULED", None)
    assert clinic.centre.post(f"{path}/complete", {}, as_="OPERATOR")["progressReportId"] is None
