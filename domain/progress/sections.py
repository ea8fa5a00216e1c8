"""What a report is made of: sections with a label and a kind, and the answers that therapists give to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain import text
from domain.base import Invalid

__all__ = [
    "STANDARD", "Answer", "AnswerMissing", "BadAnswer", "BadSection", "Section", "SectionKind", "Value", "checked",
    "checked_sections",
]  # fmt: skip

Value = str | int | bool
MOST_SECTIONS = 30
MOST_CHOICES = 20
LONGEST_HINT = 300
HIGHEST = 100
KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")


class BadSection(Invalid):
    """This section cannot stand in a template."""


class BadAnswer(Invalid):
    """This is no answer to that section."""


class AnswerMissing(Invalid):
    """A required section has no answer."""


class SectionKind(StrEnum):
    """TEXT is answered with text, SCALE with a whole number from ``lowest`` to ``highest``, CHOICE with one of
    ``choices``, CHECK with yes or no."""

    TEXT = "TEXT"
    SCALE = "SCALE"
    CHOICE = "CHOICE"
    CHECK = "CHECK"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a report. ``key`` names it from one version of a template to the next, whatever its label says
    then. ``lowest`` and ``highest`` belong to a SCALE, ``choices`` to a CHOICE. ``hint`` is for whoever writes."""

    key: str
    label: str
    kind: SectionKind
    required: bool = False
    hint: str | None = None
    lowest: int | None = None
    highest: int | None = None
    choices: tuple[str, ...] = ()

    def checked(self, field: str) -> Section:
        """The same with clean texts; ``BadSection`` or ``BadText`` names what is wrong below ``field``."""
        if KEY.fullmatch(self.key) is None:
            raise BadSection("A key is 1 to 40 of a-z, 0-9 and -, a letter first.", field=f"{field}.key")
        scale = (self.lowest, self.highest)
        if self.kind is not SectionKind.SCALE and scale != (None, None):
            raise BadSection("Only a SCALE has a lowest and a highest value.", field=f"{field}.lowest")
        if self.kind is SectionKind.SCALE and not 0 <= _or(self.lowest, -1) < _or(self.highest, -1) <= HIGHEST:
            raise BadSection(f"A SCALE goes from a lower to a higher value, 0 to {HIGHEST}.", field=f"{field}.highest")
        hint = text.optional(self.hint)
        return replace(
            self,
            label=text.line(self.label, f"{field}.label"),
            hint=None if hint is None else text.line(hint, f"{field}.hint", LONGEST_HINT),
            choices=self._choices(field),
        )

    def _choices(self, field: str) -> tuple[str, ...]:
        if self.kind is not SectionKind.CHOICE and self.choices:
            raise BadSection("Only a CHOICE has choices.", field=f"{field}.choices")
        if self.kind is SectionKind.CHOICE and not 2 <= len(self.choices) <= MOST_CHOICES:  # noqa: PLR2004
            raise BadSection(f"A CHOICE has 2 to {MOST_CHOICES} choices.", field=f"{field}.choices")
        choices = tuple(text.line(c, f"{field}.choices.{n}") for n, c in enumerate(self.choices))
        if len({choice.casefold() for choice in choices}) < len(choices):
            raise BadSection("The choices of a section differ.", field=f"{field}.choices")
        return choices

    def read(self, value: Value, field: str) -> Value | None:
        """The answer, clean, or ``None`` for a text of blanks only. Raises ``BadAnswer`` or ``BadText``."""
        match self.kind:
            case SectionKind.TEXT:
                if not isinstance(value, str):
                    raise BadAnswer("This section is answered with text.", field=field)
                typed = text.optional(value)
                return None if typed is None else text.paragraph(typed, field)
            case SectionKind.SCALE:
                whole = isinstance(value, int) and not isinstance(value, bool)
                if not (whole and _or(self.lowest, 0) <= int(value) <= _or(self.highest, 0)):
                    raise BadAnswer(f"A whole number from {self.lowest} to {self.highest}.", field=field)
            case SectionKind.CHOICE:
                if not isinstance(value, str) or value not in self.choices:
                    raise BadAnswer(f"One of: {', '.join(self.choices)}.", field=field)
            case SectionKind.CHECK:
                if not isinstance(value, bool):
                    raise BadAnswer("This section is answered with true or false.", field=field)
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What a report says under the section of that key."""

    section: str
    value: Value


STANDARD = (
    Section("notes", "Session notes", SectionKind.TEXT, required=True, hint="What was done, and how it went"),
    Section("goals", "Goals", SectionKind.TEXT, hint="What is being worked towards"),
    Section("observations", "Observations", SectionKind.TEXT),
    Section("progress", "Progress towards the goals", SectionKind.SCALE, lowest=1, highest=5),
    Section("participation", "Participation", SectionKind.SCALE, lowest=1, highest=5),
    Section("recommendations", "Recommendations", SectionKind.TEXT, hint="For the next weeks, and for home"),
)
"""The template of a therapy type for which nobody has written one: version 0."""


def checked_sections(sections: Sequence[Section]) -> tuple[Section, ...]:
    """A template's sections, clean. Keys and labels differ; one section at least."""
    if not 1 <= len(sections) <= MOST_SECTIONS:
        raise BadSection(f"A template has 1 to {MOST_SECTIONS} sections.", field="sections")
    clean: list[Section] = []
    for n, section in enumerate(sections):
        clean.append(section.checked(f"sections.{n}"))
        for name in ("key", "label"):
            if getattr(clean[-1], name).casefold() in {getattr(s, name).casefold() for s in clean[:-1]}:
                raise BadSection(f"Another section has this {name}.", field=f"sections.{n}.{name}")
    return tuple(clean)


def checked(sections: Iterable[Section], answers: Sequence[Answer], field: str = "answers") -> tuple[Answer, ...]:
    """Answers in the order of the sections, clean, blank texts left out.

    Raises ``BadAnswer`` (no such section, answered twice, or of another kind), ``BadText`` or ``AnswerMissing``.
    """
    known = {section.key: section for section in sections}
    given: dict[str, Value] = {}
    for n, answer in enumerate(answers):
        if answer.section not in known:
            raise BadAnswer("The template has no such section.", field=f"{field}.{n}.section")
        if answer.section in given:
            raise BadAnswer("This section is answered already.", field=f"{field}.{n}.section")
        value = known[answer.section].read(answer.value, f"{field}.{n}.value")
        if value is not None:
            given[answer.section] = value
    for section in known.values():
        if section.required and section.key not in given:
            raise AnswerMissing(f"“{section.label}” ({section.key}) is required.", field=field)
    return tuple(Answer(key, given[key]) for key in known if key in given)


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
