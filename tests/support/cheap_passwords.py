"""Whoever imports this hashes passwords without effort: the process of the tests does, and ``python -m
tests.support.cheap_passwords api …`` is ``daybook api …`` that does.

The effort is the point of argon2, and every test begins with several logins: half of what the tests of routes took was
spent on it. What passwords take in earnest is tested in tests/edge/test_limits_http.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from adapters import passwords
from adapters.cli import main

passwords._HASHER = PasswordHasher.from_parameters(CHEAPEST)

if __name__ == "__main__":
    main()
