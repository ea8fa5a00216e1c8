"""Choosing the words of notices, and the channels a family wants."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Result, handles
from application.values import Saved
from domain.base import Clash, Missing
from domain.notices import ContactPreferences, NoticeTemplate, Wording, preferences_id, template_id
from domain.patients import Patient
from domain.values import Channel, NoticeKind

__all__ = [
    "ChooseChannels", "PreferencesSaved", "UseBuiltInWords", "WriteNotificationTemplate",
]  # fmt: skip

Language = Annotated[str, Field(max_length=6, pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", examples=["en"])]


class LanguageNotChosen(Clash):
    """The centre does not write in this language; choose it in the settings first."""

    code = "LANGUAGE_NOT_CHOSEN"


class WriteNotificationTemplate(Command):
    """A centre's own words for a kind of notice in one of its languages. Placeholders such as `{patient}` stand for
    plain text; each kind has its own."""

    kind: NoticeKind
    language: Language
    sms_text: Annotated[str, Field(min_length=1, max_length=640, examples=["{centre}: {patient} comes on {when}."])]
    email_subject: Annotated[str, Field(min_length=1, max_length=150, examples=["{patient} comes on {date}"])]
    email_text: Annotated[str, Field(min_length=1, max_length=5000, examples=["Dear {guardian},\n\n{patient} comes."])]
    sms_template_code: Annotated[
        str | None,
        Field(max_length=64, examples=[None], description="What the SMS provider knows the text by (DLT)"),
    ] = None


class UseBuiltInWords(Command):
    """Back to the built-in words."""

    template_id: FromPath


class ChooseChannels(Command):
    """The channels by which a patient's family wants to be written to. What is missing or null stays as it is."""

    patient_id: FromPath
    sms: Annotated[bool | None, Field(strict=True, examples=[False])] = None
    email: Annotated[bool | None, Field(strict=True, examples=[None])] = None


class PreferencesSaved(Result):
    """Whether the family is written to by each channel."""

    patient_id: UUID
    sms: bool
    email: bool


@handles(WriteNotificationTemplate, may="notifications:manage")
async def write_template(command: WriteNotificationTemplate, context: Context, book: Book) -> Saved:
    if command.language not in book.tenant.settings.notices.languages:
        raise LanguageNotChosen(field="language")
    template = await book.load(NoticeTemplate, template_id(context.tenant_id, command.kind, command.language))
    wording = Wording(command.sms_text, command.email_subject, command.email_text, command.sms_template_code)
    if template.wording is not None:
        context.must_match(template)
    template.write(command.kind, command.language, wording)
    return Saved(id=template.id, version=template.version)


@handles(UseBuiltInWords, may="notifications:manage")
async def use_built_in_words(command: UseBuiltInWords, context: Context, book: Book) -> Saved:
    template = await book.load(NoticeTemplate, command.template_id)
    if template.wording is None:
        raise Missing("The centre has no words of its own for this.")
    context.must_match(template)
    template.withdraw()
    return Saved(id=template.id, version=template.version)


@handles(ChooseChannels, may="patients:write")
async def choose_channels(command: ChooseChannels, context: Context, book: Book) -> PreferencesSaved:
    patient = await book.read(Patient, command.patient_id)
    if not patient.exists:
        raise Missing("There is no such patient.")
    preferences = await book.load(ContactPreferences, preferences_id(patient.id))
    context.must_match(preferences)
    for channel, wanted in ((Channel.SMS, command.sms), (Channel.EMAIL, command.email)):
        if wanted is not None:
            preferences.choose(patient.id, channel, wanted=wanted)
    out = preferences.opted_out
    return PreferencesSaved(patient_id=patient.id, sms=Channel.SMS not in out, email=Channel.EMAIL not in out)
