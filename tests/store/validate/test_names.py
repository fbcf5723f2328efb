"""Shapes of names, labels, ports and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.store.validate import names

KEYS = [
    ("app", []),
    ("example.com/app_1.x", []),
    ("", ["name part must be non-empty", "name part must consist"]),
    ("/app", ["prefix part must be non-empty"]),
    ("Example/app", ["prefix part a lowercase RFC 1123 subdomain"]),
    ("a/b/c", ["a qualified name must consist"]),
    ("-app", ["name part must consist"]),
    ("a" * 64, ["name part must be no more than 63 bytes"]),
    (f"{'a' * 254}/app", ["prefix part must be no more than 253 bytes"]),
]


@pytest.mark.parametrize(("key", "beginnings"), KEYS)
def test_label_keys(key: str, beginnings: list[str]) -> None:
    found = list(names.qualified_name(key))
    assert len(found) == len(beginnings)
    assert all(words.startswith(start) for words, start in zip(found, beginnings, strict=True))


VALUES = [("", True), ("a", True), ("A_1.b-c", True), ("-a", False), ("a b", False), ("é", False), ("a" * 64, False)]


@pytest.mark.parametrize(("value", "fits"), VALUES)
def test_label_values(value: str, *, fits: bool) -> None:
    assert (not list(names.LABEL_VALUE.problems(value))) == fits


ADDRESSES = [
    ("10.0.0.1", ""),
    ("2001:DB8::1", ""),
    ("10.0.0.01", "must not have leading 0s"),
    ("::ffff:10.0.0.1", "must not be an IPv4-mapped IPv6 address"),
    ("10.0.0", names.WELL_FORMED),
    ("10.0.0.256", names.WELL_FORMED),
    ("localhost", names.WELL_FORMED),
    ("", names.WELL_FORMED),
    (" 10.0.0.1", names.WELL_FORMED),
]


@pytest.mark.parametrize(("text", "problem"), ADDRESSES)
def test_addresses(text: str, problem: str) -> None:
    assert names.address_problem(text) == problem


SPECIAL = [
    ("0.0.0.0", "may not be unspecified"),  # noqa: S104 - a text, bound to nothing
    ("::", "may not be unspecified"),
    ("127.8.0.1", "may not be in the loopback range"),
    ("169.254.169.254", "may not be in the link-local range"),
    ("fe80::1", "may not be in the link-local range"),
    ("224.0.0.9", "may not be in the link-local multicast range"),
    ("ff02::1", "may not be in the link-local multicast range"),
    ("192.0.2", "must be a valid IP address"),
]


@pytest.mark.parametrize(("text", "words"), SPECIAL)
def test_addresses_that_reach_nobody_else(text: str, words: str) -> None:
    ((_, _, told),) = names.ordinary_address("a", text)
    assert told.startswith(f'Invalid value: "{text}": {words}')


@given(st.ip_addresses())
def test_each_address_has_one_canonical_text(address: object) -> None:
    text = str(address)
    assert names.canonical(text) == names.canonical(text.upper()) == text


@pytest.mark.parametrize(("number", "fine"), [(0, False), (1, True), (65535, True), (65536, False), (-1, False)])
def test_port_numbers(number: int, *, fine: bool) -> None:
    assert (not list(names.port_number("a", number))) == fine
