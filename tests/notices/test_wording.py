"""What notices say: every built-in text, its placeholders, and what an SMS is paid by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices import PLACEHOLDERS, SAMPLES, BadTemplate, Wording, built_in, render, segments
from domain.notices.wording import BUILT_IN
from domain.values import Audience, NoticeKind

WORDS = st.text(max_size=30)


def test_every_kind_is_worded_in_english_and_what_families_are_told_in_hindi() -> None:
    for kind in NoticeKind:
        if kind is NoticeKind.MANUAL:
            continue
        assert built_in(kind, "en") is not None
        if kind.automatic and kind.audience is Audience.FAMILY:
            assert built_in(kind, "hi-IN") is not None
    assert built_in(NoticeKind.SESSION_BOOKED, "ta") is None


@pytest.mark.parametrize(("kind", "language"), BUILT_IN, ids=str)
def test_built_in_words_keep_their_own_rules_and_are_short(kind: NoticeKind, language: str) -> None:
    wording = BUILT_IN[kind, language]
    checked = wording.checked(kind)
    text = render(checked.sms, SAMPLES)
    assert "{" not in text + render(checked.email, SAMPLES) + render(checked.subject, SAMPLES)
    assert segments(text).segments == (1 if language == "en" else segments(text).segments) <= 2


def test_every_placeholder_has_a_sample() -> None:
    assert set().union(*PLACEHOLDERS.values()) == SAMPLES.keys()


@given(WORDS, WORDS)
def test_what_is_filled_in_is_never_read_again(guardian: str, patient: str) -> None:
    values = {"guardian": "{patient}" + guardian, "patient": patient}
    text = render("Dear {guardian}!", values)
    assert text.startswith("Dear {patient}")
    assert "\n" not in text


@given(WORDS)
def test_a_template_is_refused_or_says_what_it_says(sms: str) -> None:
    """Whatever is typed: either each brace is part of a known name, or nothing is taken."""
    from domain.base import Invalid

    try:
        checked = Wording(sms, "x", "x").checked(NoticeKind.SESSION_BOOKED)
    except Invalid:
        return
    known = {name: "" for name in PLACEHOLDERS[NoticeKind.SESSION_BOOKED]}
    assert "{" not in render(checked.sms, known)


@pytest.mark.parametrize(
    "text",
    [
        "{patient.__class__}",
        "{patient!r:>99999999}",
        "{patient[0]}",
        "{0}",
        "{}",
        "{{patient}}",
        "{ patient }",
        "{",
        "{amount}",
    ],
)
def test_nothing_looks_into_a_value(text: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        Wording("x", "x", text).checked(NoticeKind.SESSION_BOOKED)
    assert refused.value.details == {"field": "emailText"}


@pytest.mark.parametrize(
    ("text", "characters", "count", "unicode"),
    [
        ("a" * 160, 160, 1, False), ("a" * 161, 161, 2, False), ("a" * 306, 306, 2, False), ("a" * 307, 307, 3, False),
        ("€" * 80, 160, 1, False), ("€" * 81, 162, 2, False), ("ह" * 70, 70, 1, True), ("ह" * 71, 71, 2, True),
        ("ह" * 134, 134, 2, True), ("ह" * 135, 135, 3, True), ("👍" * 35, 70, 1, True), ("👍" * 36, 72, 2, True),
        ("₹1", 2, 1, True),
    ],
)  # fmt: skip
def test_what_an_sms_is_paid_by(text: str, characters: int, count: int, unicode: bool) -> None:
    told = segments(text)
    assert (told.characters, told.segments, told.unicode) == (characters, count, unicode)
