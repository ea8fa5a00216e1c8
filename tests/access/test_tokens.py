"""What is accepted as an access token: only what we signed, unexpired, of the right type, and still true."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from tests.support.system import PASSWORD, SECRETS, Centre, RunningSystem

SECRET = SECRETS["JWT_SECRET"]


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return jwt.get_unverified_header(token), jwt.decode(token, options={"verify_signature": False})


def _raw(header: dict[str, Any], payload: dict[str, Any], signature: str = "") -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(payload)}.{signature}"


def _signed(payload: dict[str, Any], **header: Any) -> str:
    return jwt.encode(payload, SECRET, algorithm="HS256", headers=header or None)


Forge = Callable[[dict[str, Any], str], str]
FORGERIES: dict[str, Forge] = {
    "algorithm none": lambda p, t: _raw({"alg": "none", "typ": "JWT"}, p),
    "algorithm None, odd case": lambda p, t: _raw({"alg": "nOnE", "typ": "JWT"}, p),
    "another key": lambda p, t: jwt.encode(p, "x" * 40, algorithm="HS256"),
    "blank signature": lambda p, t: t.rsplit(".", 1)[0] + ".",
    "another algorithm": lambda p, t: jwt.encode(p, SECRET, algorithm="HS512"),
    "edited tenant, old signature": lambda p, t: _raw(
        _parts(t)[0], p | {"tenant": "018f0000-0000-7000-8000-000000000009"}, t.rsplit(".", 1)[1]
    ),
    "edited role, old signature": lambda p, t: _raw(_parts(t)[0], p | {"role": "AUDITOR"}, t.rsplit(".", 1)[1]),
    "expired": lambda p, t: _signed(p | {"exp": int(time.time()) - 1}),
    "not yet": lambda p, t: _signed(p | {"nbf": int(time.time()) + 3600}),
    "refresh type": lambda p, t: _signed(p | {"type": "refresh"}),
    "no type": lambda p, t: _signed({k: v for k, v in p.items() if k != "type"}),
    "another audience": lambda p, t: _signed(p | {"aud": "elsewhere"}),
    "no expiry": lambda p, t: _signed({k: v for k, v in p.items() if k != "exp"}),
    "unknown role": lambda p, t: _signed(p | {"role": "OWNER"}),
    "role of wrong type": lambda p, t: _signed(p | {"role": ["WORKSPACE_ADMIN"]}),
    "subject not an id": lambda p, t: _signed(p | {"sub": "admin"}),
    "huge expiry": lambda p, t: _signed(p | {"exp": 10**30, "signedInAt": 10**40}),
    "not a token": lambda p, t: "abc",
    "two dots": lambda p, t: "..",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_not_accepted(centre: Centre, system: RunningSystem, name: str) -> None:
    good = centre.token("WORKSPACE_ADMIN")
    forged = FORGERIES[name](_parts(good)[1], good)
    with system.client() as client:
        answer = client.get("/patients", headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401, answer.text
        assert answer.json()["error"]["code"] == "UNAUTHORIZED"
        # The control: the same client, path and header with the token as it was issued.
        assert client.get("/patients", headers={"Authorization": f"Bearer {good}"}).status_code == 200


@pytest.mark.parametrize("header", ["kid", "jku", "jwk", "x5u"])
def test_key_hints_in_the_header_change_nothing(centre: Centre, system: RunningSystem, header: str) -> None:
    """A token signed with another key is refused whatever its header says about where to find that key."""
    payload = _parts(centre.token("WORKSPACE_ADMIN"))[1]
    hint: Any = {"kty": "oct", "k": "eHh4"} if header == "jwk" else "/dev/null"
    forged = jwt.encode(payload, "y" * 40, algorithm="HS256", headers={header: hint})
    with system.client() as client:
        assert client.get("/patients", headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_a_role_said_but_not_held_is_not_believed(centre: Centre, system: RunningSystem) -> None:
    """Even correctly signed: the role is compared with the login's, in the transaction."""
    centre.user("OPERATOR")
    payload = _parts(centre.token("OPERATOR"))[1] | {"role": "WORKSPACE_ADMIN"}
    with system.client() as client:
        answer = client.get("/patients", headers={"Authorization": f"Bearer {_signed(payload)}"})
        assert answer.status_code == 401


def test_a_demoted_user_is_held_to_it_at_once(centre: Centre) -> None:
    user = centre.user("OPERATOR")
    centre.get("/patients", as_="OPERATOR")
    centre.put(f"/users/{user}", {"role": "AUDITOR"})
    centre.get("/patients", as_="OPERATOR", expect=401)
    body = {"firstName": "A", "lastName": "B", "dateOfBirth": "2019-01-01", "guardianName": "C",
            "guardianPhone": "+919800000000"}  # fmt: skip
    centre.post("/patients", body, as_="OPERATOR", expect=401)


def test_a_disabled_user_is_out_at_once(centre: Centre, system: RunningSystem) -> None:
    user = centre.user("ACCOUNTANT")
    centre.get("/patients", as_="ACCOUNTANT")
    centre.delete(f"/users/{user}")
    centre.get("/patients", as_="ACCOUNTANT", expect=401)


def test_refresh_rotates_and_a_reused_token_ends_its_family(centre: Centre, system: RunningSystem) -> None:
    with system.client() as client:
        credentials = {"email": f"admin@{centre.slug}.example", "password": PASSWORD}
        first = client.post("/auth/login", json=credentials).json()
        second = client.post("/auth/refresh", json={"refreshToken": first["refreshToken"]})
        assert second.status_code == 200
        # Within the grace two tabs may do the same; both pairs live.
        parallel = client.post("/auth/refresh", json={"refreshToken": first["refreshToken"]})
        assert parallel.status_code == 200
        _age_uses(system, centre)
        assert client.post("/auth/refresh", json={"refreshToken": first["refreshToken"]}).status_code == 401
        # The family is gone: what came from it is, too.
        for pair in (second, parallel):
            assert client.post("/auth/refresh", json={"refreshToken": pair.json()["refreshToken"]}).status_code == 401


def _age_uses(system: RunningSystem, centre: Centre) -> None:
    """Let the grace pass, on the rows rather than on the clock."""
    import psycopg

    with psycopg.connect(system.database.admin_url) as db:
        db.execute(
            "UPDATE book.refresh_tokens SET used_at = used_at - interval '1 hour' WHERE tenant_id = %s",
            [centre.tenant_id],
        )


def test_signing_out_ends_the_family(centre: Centre, system: RunningSystem) -> None:
    with system.client() as client:
        credentials = {"email": f"admin@{centre.slug}.example", "password": PASSWORD}
        pair = client.post("/auth/login", json=credentials).json()
        assert client.post("/auth/logout", json={"refreshToken": pair["refreshToken"]}).status_code == 200
        assert client.post("/auth/refresh", json={"refreshToken": pair["refreshToken"]}).status_code == 401
        assert client.post("/auth/logout", json={"refreshToken": pair["refreshToken"]}).status_code == 200


def test_the_tenant_is_needed_only_when_the_email_is_in_several(system: RunningSystem) -> None:
    one, other = system.new_centre(), system.new_centre()
    email = f"both@{one.slug}.example"
    body = {"email": email, "firstName": "B", "lastName": "C", "role": "OPERATOR", "password": PASSWORD}
    one.post("/users", body, expect=201)
    with system.client() as client:
        assert client.post("/auth/login", json={"email": email, "password": PASSWORD}).status_code == 200
        other.post("/users", body, expect=201)
        ambiguous = client.post("/auth/login", json={"email": email, "password": PASSWORD})
        assert ambiguous.status_code == 409
        assert ambiguous.json()["error"]["code"] == "TENANT_REQUIRED"
        named = client.post("/auth/login", json={"email": email, "password": PASSWORD, "tenant": other.slug})
        assert named.json()["tenantId"] == other.tenant_id


def test_unknown_users_and_wrong_passwords_look_alike(centre: Centre, system: RunningSystem) -> None:
    with system.client() as client:
        wrong = client.post("/auth/login", json={"email": f"admin@{centre.slug}.example", "password": "not this one"})
        unknown = client.post("/auth/login", json={"email": "nobody@nowhere.example", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["error"] | {"timestamp": ""} == unknown.json()["error"] | {"timestamp": ""}
