"""A centre's own words for one kind of notice in one language, in place of the built-in ones."""

from __future__ import annotations

from uuid import UUID

from domain.base import Aggregate, Event, Invalid, Missing, derived_id, event
from domain.notices.wording import Wording
from domain.values import NoticeKind

__all__ = ["NoticeTemplate", "template_id"]


def template_id(tenant_id: UUID, kind: NoticeKind, language: str) -> UUID:
    """The stream of a centre's template."""
    return derived_id(tenant_id, "notice-template", kind, language)


class NoticeTemplate(Aggregate):
    """Stream id: ``template_id(...)``. ``wording`` is ``None`` where the built-in words hold."""

    TOPIC = "notices.NoticeTemplate"

    class TemplateWritten(Event):
        """The centre's own words: nothing personal stands in a template, so nothing is sealed."""

        TOPIC = "notices.TemplateWritten"
        kind: NoticeKind
        language: str
        sms: str
        subject: str
        email: str
        sms_template_code: str | None

    class TemplateWithdrawn(Event):
        """The built-in words hold again."""

        TOPIC = "notices.TemplateWithdrawn"
        kind: NoticeKind
        language: str

    def begin(self) -> None:
        self.kind: NoticeKind | None = None
        self.language: str = ""
        self.wording: Wording | None = None

    def write(self, kind: NoticeKind, language: str, wording: Wording) -> None:
        """Set all texts. Raises ``Invalid`` naming the field: a placeholder that there is not, say."""
        if not kind.automatic:
            raise Invalid("Whoever writes this notice words it.", field="kind")
        wording = wording.checked(kind)
        if wording != self.wording:
            self.decide(
                self.TemplateWritten, kind=kind, language=language, sms=wording.sms, subject=wording.subject,
                email=wording.email, sms_template_code=wording.code,
            )  # fmt: skip

    def withdraw(self) -> None:
        """Back to the built-in words; the own ones stay in the history."""
        if self.wording is None or self.kind is None:
            raise Missing("The centre has no words of its own for this.")
        self.decide(self.TemplateWithdrawn, kind=self.kind, language=self.language)

    @event(TemplateWritten)
    def _written(
        self, kind: NoticeKind, language: str, sms: str, subject: str, email: str, sms_template_code: str | None
    ) -> None:
        self.kind, self.language = kind, language
        self.wording = Wording(sms, subject, email, sms_template_code)

    @event(TemplateWithdrawn)
    def _withdrawn(self) -> None:
        self.wording = None
