"""Domain names as their labels."""

from __future__ import annotations

import pytest

from kdisco.model.domain import REVERSE, labels_of, within


@pytest.mark.parametrize(
    ("domain", "labels"),
    [("", ()), (".", ()), ("Web.Default.", ("web", "default")), ("cluster.local", ("cluster", "local"))],
)
def test_labels(domain: str, labels: tuple[str, ...]) -> None:
    assert labels_of(domain) == labels


@pytest.mark.parametrize(
    ("name", "zones", "inside"),
    [
        ("1.10.in-addr.arpa", REVERSE, True), ("web.local", [("local",)], True), ("local", [("local",)], True),
        ("nonlocal", [("local",)], False), ("a.b", [()], True), ("", [("local",)], False), ("a.b", [], False),
    ],
)
def test_a_name_is_in_a_zone(name: str, zones: list[tuple[str, ...]], inside: bool) -> None:  # noqa: FBT001 - a row
    assert within(labels_of(name), zones) is inside
