"""Shapes of names, labels, ports and addresses."""

from __future__ import annotations

import pytest

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


DOMAINS = [
    ("db.example.test", ""),
    ("db.example.test.", ""),
    ("", "Required value"),
    ("db", 'Invalid value: "db": should be a domain with at least two segments separated by dots'),
    ("a_b.test", 'Invalid value: "a_b.test": a lowercase RFC 1123 subdomain must consist'),
    ("a" * 64 + ".test", f'Invalid value: "{"a" * 64}": must be no more than 63 bytes'),
]


@pytest.mark.parametrize(("text", "words"), DOMAINS)
def test_names_of_several_labels(text: str, words: str) -> None:
    found = [told for _, _, told in names.domain_name("a", text)]
    assert len(found) == bool(words)
    assert all(told.startswith(words) for told in found)


PORTS = [(80, 0), (0, 1), ("http", 0), ("-http--", 2), ("8080", 1), ("a" * 16, 1), ("HTTP", 2)]


@pytest.mark.parametrize(("value", "problems"), PORTS)
def test_ports_are_numbers_or_names(value: int | str, problems: int) -> None:
    assert len(list(names.port("a", value))) == problems


@pytest.mark.parametrize(("number", "fine"), [(0, False), (1, True), (65535, True), (65536, False), (-1, False)])
def test_port_numbers(number: int, *, fine: bool) -> None:
    assert (not list(names.port_number("a", number))) == fine
