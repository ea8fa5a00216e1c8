"""The PDF that a centre hands to a family."""

from __future__ import annotations

from typing import Any

import httpx

from tests.documents.pages import Pages
from tests.progress.clinic import SECTIONS, Clinic, answers

HINDI, TAMIL = "क्षत्रिय बच्चे ने श्री कहा", "குழந்தை ஐந்து சொற்களைச் சொன்னது"
HOSTILE = '#read("/etc/passwd") *bold* $x^2$ <script>alert(1)</script> file:///etc/passwd #import "a"'


def exported(clinic: Clinic, report: str, *, as_: str = "thea", **options: Any) -> httpx.Response:
    return clinic.centre.request("GET", f"/progress-reports/{report}/export", as_=as_, **options)


def test_it_has_a_letterhead_headings_and_whatever_was_typed(clinic: Clinic) -> None:
    clinic.template()
    said = answers(notes=f"{HINDI}\n\n{TAMIL} ₹500\n{HOSTILE}", words=7, home=False)
    answer = exported(clinic, clinic.write(said=said)["id"])
    assert answer.headers["content-type"] == "application/pdf"
    assert "attachment" in answer.headers["content-disposition"]
    assert "Das" not in answer.headers["content-disposition"]
    pages = Pages(answer.content)
    words = pages.words()
    for told in (
        clinic.centre.slug, "Progress report", "Kiran Das", "Thea Tester", "Speech", "What we did", "₹500",
        "Words of ten", "7 on a scale from 0 to 10", "Practised at home No", "Page 1 of 1",
    ):  # fmt: skip
        assert told in words, told
    assert "".join(HOSTILE.split()) in pages.letters()
    assert "Mood" not in words  # nobody said anything about it
    assert "root:" not in words
    assert pages.fonts() >= {"NotoSansDevanagari-Regular", "NotoSansTamil-Regular"}


def test_its_etag_is_that_of_what_it_shows(clinic: Clinic) -> None:
    report = clinic.write()["id"]
    first, again = exported(clinic, report), exported(clinic, report)
    assert (first.headers["etag"], first.content) == (again.headers["etag"], again.content)
    same = exported(clinic, report, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    clinic.correct(report)
    now = exported(clinic, report, headers={"If-None-Match": first.headers["etag"]})
    assert now.status_code == 200
    assert "Version 2 of this report, which replaces the earlier ones." in Pages(now.content).words()
    assert "Miscounted" not in Pages(now.content).text  # why it was corrected is the centre's business
    assert exported(clinic, report, params={"version": 1}).content == first.content
    assert exported(clinic, report, params={"version": 9}).status_code == 404


def test_a_long_report_goes_over_several_pages(clinic: Clinic) -> None:
    clinic.template([*SECTIONS, {"key": "home-plan", "label": "At home", "kind": "TEXT"}])
    long = "\n\n".join(f"Paragraph {n}. " + "Pictures, sounds and turns. " * 12 for n in range(24))
    pages = Pages(exported(clinic, clinic.write(said=answers(notes=long, **{"home-plan": "x" * 3000}))["id"]).content)
    assert len(pages) > 2
    for n, page in enumerate(pages.texts(), start=1):
        assert f"Page {n} of {len(pages)}" in page
    assert pages.letters().count("x") >= 3000  # on two pages, perhaps
