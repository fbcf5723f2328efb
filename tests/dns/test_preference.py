"""The order of addresses."""

from __future__ import annotations

import pytest

from kdisco.dns.preference import by_preference

POD, DUAL = ("10.244.1.5/24",), ("10.244.1.5/24", "fd00:244::5/64")


@pytest.mark.parametrize(
    ("found", "own", "glibc", "musl"),
    [
        (("203.0.113.1", "2001:db8::1"), (), ("2001:db8::1", "203.0.113.1"), ("2001:db8::1", "203.0.113.1")),
        (("2001:db8::1", "203.0.113.1"), POD, ("203.0.113.1", "2001:db8::1"), ("203.0.113.1", "2001:db8::1")),
        (("10.96.0.3", "fd00:96::3"), DUAL, ("fd00:96::3", "10.96.0.3"), ("10.96.0.3", "fd00:96::3")),
        (("2001:db8::1", "203.0.113.1"), DUAL, ("203.0.113.1", "2001:db8::1"), ("203.0.113.1", "2001:db8::1")),
        (("10.244.2.7", "10.244.1.9"), POD, ("10.244.1.9", "10.244.2.7"), ("10.244.1.9", "10.244.2.7")),
        (("192.0.2.1", "10.244.2.7"), POD, ("192.0.2.1", "10.244.2.7"), ("10.244.2.7", "192.0.2.1")),
        (("127.0.0.1", "::1"), DUAL, ("::1", "127.0.0.1"), ("::1", "127.0.0.1")),
    ],
)
def test_order(
    found: tuple[str, ...], own: tuple[str, ...], glibc: tuple[str, ...], musl: tuple[str, ...]
) -> None:
    assert tuple(by_preference(found, own, "glibc")) == glibc
    assert tuple(by_preference(found, own, "musl")) == musl
