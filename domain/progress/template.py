"""What reports of one kind of therapy ask for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.base import Aggregate, Event, derived_id
from domain.progress.sections import STANDARD, Section, checked_sections

__all__ = ["ProgressTemplate", "template_id"]


def template_id(therapy_type_id: UUID) -> UUID:
    """The stream of a therapy type's template."""
    return derived_id(therapy_type_id, "progress-template")


class ProgressTemplate(Aggregate):
    """Stream id: ``template_id(therapy_type)``. Each version of the stream is a version of the template; version 0 is
    the standard one. Reports keep the sections they were written by, so a new version never changes what one says."""

    TOPIC = "progress.ProgressTemplate"

    class TemplateWritten(Event):
        """Replaces the template as a whole."""

        TOPIC = "progress.TemplateWritten"
        therapy_type_id: UUID
        sections: tuple[Section, ...]

        def apply(self, template: ProgressTemplate) -> None:
            template.sections = self.sections

    def begin(self) -> None:
        self.sections: tuple[Section, ...] = STANDARD

    def write(self, therapy_type_id: UUID, sections: Sequence[Section]) -> None:
        """Ask for this from now on. Without a difference there is no new version."""
        clean = checked_sections(sections)
        if clean != self.sections:
            self.decide(self.TemplateWritten, therapy_type_id=therapy_type_id, sections=clean)
