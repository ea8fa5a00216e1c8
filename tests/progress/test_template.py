"""What a template may ask for, and what answers to it are taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from domain.base import Refused, derived_id
from domain.progress import (
    STANDARD,
    Answer,
    AnswerMissing,
    BadAnswer,
    BadSection,
    ProgressTemplate,
    Section,
    SectionKind,
    template_id,
)
from domain.progress.sections import HIGHEST, checked, checked_sections
from domain.text import BadText
from tests.support.given import on

TYPE = UUID(int=7)
TEXT, SCALE, CHOICE, CHECK = SectionKind
NOTES = Section("notes", "Notes", TEXT, required=True)
RATING = Section("rating", "Rating", SCALE, lowest=1, highest=5)
MOOD = Section("mood", "Mood", CHOICE, choices=("Calm", "Restless"))
HOME = Section("home", "Practised at home", CHECK)
ALL = (NOTES, RATING, MOOD, HOME)
given = on(ProgressTemplate, template_id(TYPE))
written = ProgressTemplate.TemplateWritten


def test_a_template_is_standard_until_somebody_writes_one() -> None:
    story = given()
    assert (story.aggregate.version, story.aggregate.sections) == (0, STANDARD)
    assert checked_sections(STANDARD) == STANDARD
    assert story.aggregate.id == derived_id(TYPE, "progress-template")
    given().when(lambda t: t.write(TYPE, ALL)).then(written(therapy_type_id=TYPE, sections=ALL))


def test_writing_it_as_it_is_makes_no_version() -> None:
    given().when(lambda t: t.write(TYPE, STANDARD)).then()
    given(lambda t: t.write(TYPE, ALL)).when(lambda t: t.write(TYPE, list(ALL))).then()


def test_texts_are_cleaned() -> None:
    given().when(lambda t: t.write(TYPE, [Section("a", "  Goals ", TEXT, hint="  ")])).then(
        written(therapy_type_id=TYPE, sections=(Section("a", "Goals", TEXT),))
    )


@pytest.mark.parametrize(
    ("sections", "refusal", "field"),
    [
        ([], BadSection, "sections"),
        ([replace(NOTES, key=f"n{n}", label=f"L{n}") for n in range(31)], BadSection, "sections"),
        ([replace(NOTES, key="Notes")], BadSection, "sections.0.key"),
        ([replace(NOTES, key="x" * 41)], BadSection, "sections.0.key"),
        ([replace(NOTES, label="  ")], BadText, "sections.0.label"),
        ([NOTES, replace(RATING, key="notes")], BadSection, "sections.1.key"),
        ([NOTES, replace(RATING, label="NOTES")], BadSection, "sections.1.label"),
        ([replace(NOTES, lowest=1)], BadSection, "sections.0.lowest"),
        ([replace(NOTES, choices=("a", "b"))], BadSection, "sections.0.choices"),
        ([replace(RATING, lowest=None)], BadSection, "sections.0.highest"),
        ([replace(RATING, lowest=5)], BadSection, "sections.0.highest"),
        ([replace(RATING, highest=HIGHEST + 1)], BadSection, "sections.0.highest"),
        ([replace(MOOD, choices=("One",))], BadSection, "sections.0.choices"),
        ([replace(MOOD, choices=("One", "one"))], BadSection, "sections.0.choices"),
        ([replace(MOOD, choices=("One", " "))], BadText, "sections.0.choices.1"),
    ],
)
def test_a_template_that_nobody_could_fill_in_is_refused(
    sections: list[Section], refusal: type[Refused], field: str
) -> None:
    given().when(lambda t: t.write(TYPE, sections)).then_refused(refusal, field=field)


def test_answers_stand_in_the_order_of_the_sections_and_blanks_are_left_out() -> None:
    answers = [Answer("home", False), Answer("mood", "Calm"), Answer("rating", 5), Answer("notes", " Well. \r\n")]
    assert checked(ALL, answers) == (
        Answer("notes", "Well."), Answer("rating", 5), Answer("mood", "Calm"), Answer("home", False),
    )  # fmt: skip
    assert checked((replace(NOTES, required=False),), [Answer("notes", " \n ")]) == ()


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (Answer("nobody", "x"), BadAnswer),
        (Answer("notes", 3), BadAnswer),
        (Answer("notes", "x" * 10_001), BadText),
        (Answer("notes", "a\x00b"), BadText),
        (Answer("rating", "3"), BadAnswer),
        (Answer("rating", True), BadAnswer),
        (Answer("rating", 0), BadAnswer),
        (Answer("rating", 6), BadAnswer),
        (Answer("mood", "calm"), BadAnswer),
        (Answer("mood", 1), BadAnswer),
        (Answer("home", 1), BadAnswer),
        (Answer("home", "yes"), BadAnswer),
    ],
)
def test_an_answer_fits_its_section(answer: Answer, refusal: type[Refused]) -> None:
    sections = [replace(section, required=False) for section in ALL]
    with pytest.raises(refusal) as refused:
        checked(sections, [answer])
    assert refused.value.details["field"].startswith("answers.0")


def test_a_section_is_answered_once_and_required_ones_are() -> None:
    with pytest.raises(BadAnswer) as twice:
        checked(ALL, [Answer("notes", "one"), Answer("notes", "two")])
    assert twice.value.details["field"] == "answers.1.section"
    for answers in ([], [Answer("rating", 3)], [Answer("notes", "  ")]):
        with pytest.raises(AnswerMissing, match="Notes"):
            checked(ALL, answers)


values: Any = st.one_of(st.booleans(), st.integers(-3, 9), st.sampled_from(["Calm", "Restless", "x", ""]))


@over(st.lists(st.builds(Answer, st.sampled_from([s.key for s in ALL]), values), max_size=5))
def test_whatever_is_taken_is_taken_again_unchanged(answers: list[Answer]) -> None:
    try:
        clean = checked(ALL, answers)
    except Refused:
        return
    assert checked(ALL, clean) == clean
    assert {a.section for a in clean} >= {"notes"}
