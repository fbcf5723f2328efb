"""Identities of containers."""

from __future__ import annotations

import re

from kdisco.control.digest import digest


def test_the_same_thing_has_the_same_identity() -> None:
    assert digest("uid/web/0") == digest("uid/web/0") != digest("uid/web/1")
    assert re.fullmatch("[0-9a-f]{64}", digest("uid/web/0"))
