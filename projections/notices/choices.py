"""What a centre and its families chose: words of their own, and channels they do not want."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.base import Recorded
from domain.notices import ContactPreferences, NoticeTemplate
from domain.values import Channel, NoticeKind
from projections.base import ReadTable, Row, own
from projections.query import Data, Reader

__all__ = ["OptOutRow", "TemplateRow", "opt_outs", "opted_out", "own_templates", "templates"]


class TemplateRow(Row, frozen=True):
    """A centre's own words for a kind of notice in a language."""

    id: UUID
    kind: NoticeKind
    language: str
    sms: str
    subject: str
    email: str
    sms_template_code: str | None
    updated_at: datetime
    version: int


class OptOutRow(Row, frozen=True):
    """A patient's family is not to be written to by this channel."""

    patient_id: UUID
    channel: Channel
    since: datetime


templates = ReadTable("notice_templates", TemplateRow, key="id")
opt_outs = ReadTable("notice_opt_outs", OptOutRow, key=("patient_id", "channel"))


@templates.on(NoticeTemplate.TemplateWritten, key=own)
def written(row: TemplateRow | None, event: NoticeTemplate.TemplateWritten, at: Recorded) -> TemplateRow:
    return TemplateRow(
        event.originator_id, event.kind, event.language, event.sms, event.subject, event.email,
        event.sms_template_code, at.recorded_at, at.version,
    )  # fmt: skip


@templates.on(NoticeTemplate.TemplateWithdrawn, key=own)
def withdrawn(row: TemplateRow, event: NoticeTemplate.TemplateWithdrawn) -> None:
    return None


def whose(event: ContactPreferences.OptedOut | ContactPreferences.OptedIn) -> tuple[UUID, Channel]:
    return event.patient_id, event.channel


@opt_outs.on(ContactPreferences.OptedOut, key=whose)
def opt_out(row: OptOutRow | None, event: ContactPreferences.OptedOut, at: Recorded) -> OptOutRow:
    return OptOutRow(event.patient_id, event.channel, at.recorded_at)


@opt_outs.on(ContactPreferences.OptedIn, key=whose)
def opt_in(row: OptOutRow, event: ContactPreferences.OptedIn) -> None:
    return None


async def own_templates(db: Reader) -> list[Data]:
    """The centre's own words, by kind and language."""
    return await db.all(templates.select().order_by(templates.c.kind, templates.c.language))


async def opted_out(db: Reader, patient_id: UUID) -> list[Data]:
    """The channels that the family does not want, with since when."""
    c = opt_outs.c
    return await db.all(opt_outs.select(c.channel, c.since).where(c.patient_id == patient_id).order_by(c.channel))
