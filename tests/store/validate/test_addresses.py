"""Spellings of addresses and ranges: which are taken in old fields, which in new ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.validate import addresses

MAPPED = "must not be an IPv4-mapped IPv6 address"
ZEROS = "must not have leading 0s"
TEXTS: list[tuple[str, list[str]]] = [
    ("10.0.0.1", []),
    ("2001:DB8::1", []),
    ("10.0.0.01", [ZEROS]),
    ("010.000.000.001", [ZEROS]),
    ("::ffff:10.0.0.1", [MAPPED]),
    ("::ffff:10.0.0.01", [ZEROS, MAPPED]),
    ("10.0.0", [addresses.WELL_FORMED]),
    ("10.0.0.256", [addresses.WELL_FORMED]),
    ("localhost", [addresses.WELL_FORMED]),
    ("fe80::1%eth0", [addresses.WELL_FORMED]),
    ("", [addresses.WELL_FORMED]),
    (" 10.0.0.1", [addresses.WELL_FORMED]),
]


def told(causes: object) -> list[str]:
    """The words of causes."""
    return [words for _, _, words in causes]  # type: ignore[attr-defined]  # an iterator of causes


@pytest.mark.parametrize(("text", "problems"), TEXTS)
def test_addresses_in_old_fields(text: str, problems: list[str]) -> None:
    assert told(addresses.address("a", text)) == [f'Invalid value: "{text}": {each}' for each in problems]
    assert addresses.address_problem(text) == next(iter(problems), "")
    assert not list(addresses.address("a", text, known=[text]))


def test_new_fields_want_the_canonical_spelling() -> None:
    assert not list(addresses.exact_address("a", "2001:db8::1"))
    words = 'Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")'
    assert told(addresses.exact_address("a", "2001:DB8::1")) == [words]
    words = 'Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")'
    assert told(addresses.exact_cidr("a", "2001:DB8::/64")) == [words]
    assert told(addresses.exact_address("a", "x")) == [f'Invalid value: "x": {addresses.WELL_FORMED}']


SPECIAL = [
    ("0.0.0.0", "may not be unspecified (0.0.0.0)"),  # noqa: S104 - a text, bound to nothing
    ("::", "may not be unspecified (::)"),
    ("127.8.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("169.254.169.254", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
    ("fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
    ("224.0.0.9", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    ("ff12::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
    ("192.0.2", "must be a valid IP address"),
]


@pytest.mark.parametrize(("text", "words"), SPECIAL)
def test_addresses_that_reach_nobody_else(text: str, words: str) -> None:
    assert told(addresses.endpoint_address("a", text)) == [f'Invalid value: "{text}": {words}']


@pytest.mark.parametrize("text", ["10.0.0.1", "224.0.1.1", "ff05::1", "2001:db8::1"])
def test_other_addresses_are_fine(text: str) -> None:
    assert not list(addresses.endpoint_address("a", text))


RANGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
RANGES = [
    ("10.0.0.0/8", ""),
    ("2001:db8::/64", ""),
    ("10.0.0.1/8", "must not have bits set beyond the prefix length"),
    ("10.0.0.0/08", "must not have leading 0s in IP or prefix length"),
    ("010.0.0.0/8", "must not have leading 0s in IP or prefix length"),
    ("::ffff:10.0.0.0/104", "must not have an IPv4-mapped IPv6 address"),
    ("10.0.0.0", RANGE),
    ("10.0.0.0/33", RANGE),
    ("10.0.0.0/x", RANGE),
]


@pytest.mark.parametrize(("text", "problem"), RANGES)
def test_ranges(text: str, problem: str) -> None:
    assert told(addresses.cidr("a", text)) == ([f'Invalid value: "{text}": {problem}'] if problem else [])
    assert not list(addresses.cidr("a", text, known=[text]))


@given(st.ip_addresses())
def test_each_address_has_one_canonical_text(address: object) -> None:
    text = str(address)
    assert addresses.canonical(text) == addresses.canonical(text.upper()) == text
    assert addresses.family(text) == ("IPv6" if ":" in text else "IPv4")
