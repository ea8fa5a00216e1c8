"""The words of notices, previews of them, and the channels that a family wants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.call import Call
from api.history import Before, HistoryView, Limit, history
from api.notices.log import routes
from application.base import Model
from application.notices import ChooseChannels, PreferencesSaved, UseBuiltInWords, WriteNotificationTemplate
from application.values import Saved
from domain.base import Invalid, Missing
from domain.notices import PLACEHOLDERS, SAMPLES, Wording, built_in, render, segments, template_id
from domain.values import Channel, NoticeKind
from projections import notices, patients, tenancy

AUTOMATIC = tuple(kind for kind in NoticeKind if kind.automatic)


class NotificationTemplateView(Model):
    """What a kind of notice says in one of the centre's languages. `custom`: the centre's own words, which have an
    `updatedAt`; otherwise the built-in ones. `placeholders` are the names that may stand in braces."""

    id: UUID
    kind: NoticeKind
    language: str
    custom: bool
    sms_text: str
    email_subject: str
    email_text: str
    sms_template_code: str | None
    placeholders: list[str]
    updated_at: datetime | None


class NotificationTemplates(Model):
    """`languages` are the centre's, the preferred one first."""

    languages: list[str]
    data: list[NotificationTemplateView]


class NotificationPreview(Model):
    """Texts with made-up names filled in. `smsSegments` are what an SMS is paid by; `smsUnicode`: some character makes
    its segments hold 70 characters instead of 160."""

    sms_text: str
    email_subject: str
    email_text: str
    sms_characters: int
    sms_segments: int
    sms_unicode: bool


class ContactPreferencesView(Model):
    """Whether a patient's family is written to by each channel."""

    patient_id: UUID
    sms: bool
    email: bool


@routes.get("/notification-templates", may="notifications:read", answers=NotificationTemplates)
async def list_notification_templates(call: Call) -> Response:
    """The words of every kind of notification

    In each language the centre writes in (`languages` of its settings): its own words or, where it has none, the
    built-in ones, if there are any in that language. A kind without words in the preferred language goes out in the
    next one, at last in English."""
    languages, templates = await _templates(call)
    return call.json({"languages": languages, "data": templates})


@routes.put("/notification-templates", WriteNotificationTemplate, answers=Saved)
async def write_notification_template(call: Call, command: WriteNotificationTemplate) -> Response:
    """Write a notification in the centre's own words

    Replaces all texts of this kind in this language. A placeholder that the kind does not have is refused."""
    return await call.execute(command)


@routes.delete("/notification-templates/{template_id}", UseBuiltInWords, answers=Saved)
async def use_built_in_words(call: Call, command: UseBuiltInWords) -> Response:
    """Go back to the built-in words"""
    return await call.execute(command)


@routes.get("/notification-templates/{template_id}/history", may="history:read", answers=HistoryView)
async def notification_template_history(
    call: Call, template_id: UUID, before: Before = None, limit: Limit = 50
) -> Response:
    """What happened to the words of a kind of notification

    Nothing yet, where the built-in ones always held."""
    _, templates = await _templates(call)
    if all(each["id"] != template_id for each in templates):
        raise Missing
    return await history(call, [template_id], before, limit)


@routes.get("/notification-templates/preview", may="notifications:read", answers=NotificationPreview)
async def preview_notification(
    call: Call,
    kind: NoticeKind,
    sms: Annotated[str, Query(alias="smsText", min_length=1, max_length=640)] = "-",
    subject: Annotated[str, Query(alias="emailSubject", min_length=1, max_length=150)] = "-",
    email: Annotated[str, Query(alias="emailText", min_length=1, max_length=5000)] = "-",
) -> Response:
    """Preview words for a notification

    Checks texts as writing them does, and fills in made-up names; the centre's own name and phone number are real."""
    if not kind.automatic:
        raise Invalid("Whoever writes this notice words it.", field="kind")
    wording = Wording(sms, subject, email).checked(kind)
    async with call.reading() as db:
        centre = await tenancy.get(db, call.context.tenant_id) or {}
    values = {**SAMPLES, "centre": centre.get("sender_name") or centre.get("name") or SAMPLES["centre"]}
    values["phone"] = centre.get("phone") or ""
    text = render(wording.sms, values)
    size = segments(text)
    return call.json({
        "sms_text": text, "email_subject": render(wording.subject, values),
        "email_text": render(wording.email, values),
        "sms_characters": size.characters, "sms_segments": size.segments, "sms_unicode": size.unicode,
    })  # fmt: skip


@routes.get(
    "/patients/{patient_id}/notification-preferences", may="patients:read", answers=ContactPreferencesView
)  # fmt: skip
async def get_notification_preferences(call: Call, patient_id: UUID) -> Response:
    """By which channels a family is written to"""
    async with call.reading() as db:
        if await patients.get(db, patient_id, only_therapist=call.own) is None:
            raise Missing
        out = {row["channel"] for row in await notices.opted_out(db, patient_id)}
    return call.json({"patient_id": patient_id, "sms": Channel.SMS not in out, "email": Channel.EMAIL not in out})


@routes.put("/patients/{patient_id}/notification-preferences", ChooseChannels, answers=PreferencesSaved)
async def choose_notification_channels(call: Call, command: ChooseChannels) -> Response:
    """Choose by which channels a family is written to

    By a channel they opted out of nothing is sent to them, not by hand either. What waits is dropped when its turn
    comes."""
    return await call.execute(command)


async def _templates(call: Call) -> tuple[list[str], list[dict[str, Any]]]:
    """The centre's languages, and what it says in each of them and in English."""
    async with call.reading() as db:
        own = {(row["kind"], row["language"]): row for row in await notices.own_templates(db)}
        centre = await tenancy.get(db, call.context.tenant_id)
    languages: list[str] = list(centre["languages"]) if centre else ["en"]
    shown = [*languages, *([] if "en" in languages else ["en"])]
    listed = (_shown(call.context.tenant_id, kind, each, own.get((kind, each))) for kind in AUTOMATIC for each in shown)
    return languages, [template for template in listed if template is not None]


def _shown(tenant_id: UUID, kind: NoticeKind, language: str, own: dict[str, Any] | None) -> dict[str, Any] | None:
    wording = Wording(own["sms"], own["subject"], own["email"], own["sms_template_code"]) if own else None
    wording = wording or built_in(kind, language)
    if wording is None:
        return None
    return {
        "id": template_id(tenant_id, kind, language), "kind": kind, "language": language, "custom": own is not None,
        "sms_text": wording.sms, "email_subject": wording.subject, "email_text": wording.email,
        "sms_template_code": wording.code,
        "placeholders": sorted(PLACEHOLDERS[kind]), "updated_at": own["updated_at"] if own else None,
    }  # fmt: skip
