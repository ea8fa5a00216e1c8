"""What holds for every way of sending, whatever happens on the road: at most one message, and the truth about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.console import Console
from adapters.sms import keep_libraries_quiet
from adapters.twilio import Twilio, TwilioAccount
from application.notices.senders import Absent, Accepted, Busy, Declined, Found, Parcel, Sender, Silent, Unanswered
from domain.notices import Problem
from tests.senders.providers import ACCOUNT, PROVIDERS, SECONDS, Provider, free_port
from tests.senders.road import Mishap
from tests.support.system import wait_until

NUMBER, MAILBOX = "+919800000001", "mother@family.example"
TEXT = "Kiran कल 10:00 बजे आएँ.\n.\nSunrise {not a placeholder}"
HTTP = ["twilio", "sns", "msg91"]


@pytest.fixture(scope="module", params=PROVIDERS)
def running(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with PROVIDERS[request.param]() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    running.arrived.clear()
    yield running
    for road in running.roads:
        road.close()
    running.roads.clear()


def parcel(provider: Provider, text: str = TEXT, **fields: Any) -> Parcel:
    address = MAILBOX if provider.name == "smtp" else NUMBER
    known: dict[str, Any] = {"address": address, "sender_name": "Sunrise", "subject": "Kiran कल"}
    return Parcel("0192-7", **{**known, "text": text, "template_code": "flow1", "values": {"text": text}, **fields})


def send(sender: Sender, sent: Parcel) -> Any:
    async def once() -> Any:
        try:
            return await sender.send(sent)
        finally:
            await sender.close()

    return asyncio.run(once())


def test_a_message_arrives_once_and_as_it_was_written(provider: Provider) -> None:
    sender, road = provider.through()
    answer = send(sender, parcel(provider))
    assert isinstance(answer, Accepted)
    assert answer.provider_id
    [(address, text)] = provider.arrived
    assert (address, text.replace("\r\n", "\n").strip()) == (parcel(provider).address, TEXT)
    assert road.trips == 1


def test_a_number_without_its_country_is_of_ours(provider: Provider) -> None:
    if provider.name == "smtp":
        pytest.skip("an e-mail has no number")
    for typed in ("9800000001", "919800000001", "+919800000001"):
        sender, _ = provider.through()
        assert isinstance(send(sender, parcel(provider, address=typed)), Accepted)
    assert {address for address, _ in provider.arrived} == {NUMBER}


def test_swallowed_on_the_way_nobody_knows(provider: Provider) -> None:
    sender, road = provider.through(mishap=Mishap.SWALLOWED)
    assert isinstance(send(sender, parcel(provider)), Unanswered)
    assert (list(provider.arrived), road.trips) == ([], 1)


@pytest.mark.parametrize("mishap", [Mishap.HUNG, Mishap.CUT])
def test_taken_and_then_silent_nobody_knows_and_nothing_is_repeated(provider: Provider, mishap: Mishap) -> None:
    sender, road = provider.through(mishap=mishap)
    assert isinstance(send(sender, parcel(provider)), Unanswered)
    wait_until(lambda: len(provider.arrived) == 1)
    assert road.trips == 1


def test_where_nobody_listens_nothing_was_sent(provider: Provider) -> None:
    answer = send(provider.make(free_port()), parcel(provider))
    assert isinstance(answer, Declined)
    assert answer.problem is Problem.NOT_REACHED
    assert list(provider.arrived) == []


def _says(status: int, body: bytes = b"{}", head: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d Said\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status, head, len(body), body,
    )  # fmt: skip


AWS = b"<ErrorResponse><Error><Type>Sender</Type><Code>%b</Code><Message>x</Message></Error></ErrorResponse>"
MEANS = [
    (429, Busy), (503, Busy), (500, Unanswered), (502, Unanswered), (504, Unanswered), (401, Declined), (400, Declined)
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), MEANS)
def test_what_each_status_means(provider: Provider, status: int, kind: type) -> None:
    if provider.name not in HTTP:
        pytest.skip("it speaks SMTP")
    body = AWS % {400: b"InvalidParameter", 401: b"InvalidClientTokenId"}.get(status, b"Other")
    sender, road = provider.through(answer=_says(status, body if provider.name == "sns" else b"{}"))
    answer: Any = send(sender, parcel(provider))
    assert isinstance(answer, kind), answer
    assert road.trips == 1  # and it is not tried again by the library
    if status == 401:
        assert getattr(answer, "problem", None) is Problem.NOT_SET_UP


@pytest.mark.parametrize(
    ("number", "kind", "problem"),
    [(550, Declined, Problem.BAD_ADDRESS), (554, Declined, Problem.REFUSED), (451, Busy, None), (421, Busy, None)],
)
def test_what_each_reply_of_a_mail_server_means(
    provider: Provider, number: int, kind: type, problem: Problem | None
) -> None:
    if provider.name != "smtp":
        pytest.skip("it speaks HTTP")
    sender, _ = provider.through()
    answer = send(sender, parcel(provider, address=f"{number}@family.example"))
    assert isinstance(answer, kind), answer
    if problem is not None:
        assert answer == Declined(problem, str(number))
    assert list(provider.arrived) == []


def test_what_a_library_does_by_itself_would_be_seen(provider: Provider) -> None:
    """The control: boto3 as it comes tries again, and the same road then leads to more than one message."""
    if provider.name != "sns":
        pytest.skip("others do not try again as they come")
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    _, road = provider.through(mishap=Mishap.CUT)
    url, config = f"http://127.0.0.1:{road.port}", Config(read_timeout=SECONDS)
    client = boto3.client("sns", region_name="ap-south-1", endpoint_url=url, config=config)
    with pytest.raises(BotoCoreError):
        client.publish(PhoneNumber=NUMBER, Message=TEXT)
    assert len(provider.arrived) > 1


def test_nobody_is_quoted_in_a_log_or_an_answer(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    keep_libraries_quiet()
    sent = parcel(provider)
    told = [repr(sent)]
    for options in ({}, {"mishap": Mishap.CUT}, {"answer": _says(400, b'{"message": "%b"}' % NUMBER.encode())}):
        sender, _ = provider.through(**options)
        told.append(repr(send(sender, sent)))
    said = caplog.text + "".join(told)
    for canary in (NUMBER, NUMBER[1:], NUMBER[3:], MAILBOX, "Kiran", "mother"):
        assert canary not in said


def test_a_message_that_got_no_answer_is_found_at_twilio() -> None:
    with PROVIDERS["twilio"]() as provider:
        sender, _ = provider.through()
        known = datetime(2019, 5, 24, 17, 44, 46, tzinfo=UTC)  # of the message that Twilio's description shows

        def find(text: str, since: datetime) -> Any:
            return asyncio.run(sender.find(parcel(provider, text=text), since))

        assert isinstance(find("testing", known), Found)
        assert isinstance(find("testing", known + timedelta(days=1)), Absent)  # an older one of the same words
        hidden = Twilio(TwilioAccount(ACCOUNT, "t", "+15005550006", url=f"http://127.0.0.1:{free_port()}"))
        assert isinstance(asyncio.run(hidden.find(parcel(provider), known)), Silent)
        traced = asyncio.run(sender.trace("SM" + "a" * 32))
        assert not isinstance(traced, Silent)


def test_prism_refuses_what_twilio_would() -> None:
    """The control of the contract with Twilio: a request that breaks the description does not pass."""
    with PROVIDERS["twilio"]() as provider:
        account = TwilioAccount("not an account", "t", "+15005550006", url=f"http://127.0.0.1:{provider.port}")
        answer = send(Twilio(account, seconds=SECONDS), parcel(provider))
    assert isinstance(answer, Declined)
    assert provider.arrived == []


def test_the_console_writes_each_try_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    console, sent = Console(tmp_path / "outbox"), Parcel("0192-7", NUMBER, TEXT, sender_name="Sunrise")
    assert isinstance(asyncio.run(console.find(sent, datetime.now(UTC))), Absent)
    for _ in range(2):
        assert asyncio.run(console.send(sent)) == Accepted("0192-7.sms.txt")
    [file] = (tmp_path / "outbox").iterdir()
    assert TEXT in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0
    assert isinstance(asyncio.run(console.find(sent, datetime.now(UTC))), Found)
    assert NUMBER not in caplog.text
    assert "Kiran" not in caplog.text
