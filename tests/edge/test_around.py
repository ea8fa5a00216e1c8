"""What stands around every request, without a server: who sent it."""

from __future__ import annotations

import ipaddress

import pytest

from api.around import client_of

PEER = "127.0.0.1"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ("", "192.0.2.1", PEER),
        ("10.0.0.0/8", "192.0.2.1", PEER),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "", PEER),
        ("127.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),  # what stands further left may be invented
        ("127.0.0.1 192.0.2.1", "203.0.113.9, 192.0.2.1", "203.0.113.9"),
        ("127.0.0.0/8 192.0.2.0/24", "192.0.2.7, 192.0.2.1", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.1, nonsense", PEER),
        ("127.0.0.1", "nonsense, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "192.0.2.1\x00", PEER),
        ("127.0.0.1", ", ,", PEER),
    ],
)
def test_whose_word_about_addresses_is_taken(trusted: str, forwarded: str, client: str) -> None:
    networks = [ipaddress.ip_network(text) for text in trusted.split()]
    scope = {"client": (PEER, 4711), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    found = client_of(scope, networks)
    assert found is not None
    assert found[0] == client


def test_several_headers_are_one_list_and_a_socket_has_no_address() -> None:
    networks = [ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("::ffff:127.0.0.1")]
    scope = {"client": (PEER, 1), "headers": [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"192.0.2.1")]}
    assert client_of(scope, networks) == ("192.0.2.1", 0)
    assert client_of({"client": None, "headers": scope["headers"]}, networks) is None
