"""IP addresses as text."""

from __future__ import annotations

import pytest

from kdisco.model.address import parse_ip


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.01", "fe80::1%eth0", "10.0.0.1 ", "name"])
def test_what_is_no_address(text: str) -> None:
    assert parse_ip(text) is None


def test_mapped_address_is_ipv4() -> None:
    assert parse_ip("::ffff:1.2.3.4") == (4, "1.2.3.4")
