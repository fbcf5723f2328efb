"""URLs in their parts."""

from __future__ import annotations

import pytest

from kdisco.console.url import parse_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web", ("http", "web", 80, "/")), ("http://web", ("http", "web", 80, "/")),
        ("HTTP://web:8080/a?b#c", ("http", "web", 8080, "/a?b")),
        ("web?x", ("http", "web", 80, "/?x")), ("[fd00::1]:81/x", ("http", "fd00::1", 81, "/x")),
        ("https://web", ("https", "web", 443, "/")),
        ("http://me:secret@web/", ("http", "web", 80, "/")), ("web:", ("http", "web", 80, "/")),
    ],
)
def test_parts(text: str, parts: tuple[str, str, int, str]) -> None:
    found = parse_url(text)
    assert found is not None
    assert (found.scheme, found.host, found.port, found.path) == parts


@pytest.mark.parametrize(
    "text", ["", "http://", "http://we b", "http://web:99999", "http://web:abc", "://web", "http:///x", "a{b"]
)
def test_what_is_none(text: str) -> None:
    assert parse_url(text) is None


def test_a_host_field_has_the_port_where_it_is_not_the_usual() -> None:
    found = [parse_url(text) for text in ("web:80", "web:81", "https://web", "[::1]:80")]
    assert [each.authority for each in found if each] == ["web", "web:81", "web", "[::1]"]
    texts = ["http://web:80/", "http://web:81/", "https://web/", "http://[::1]:80/"]
    assert [str(each) for each in found if each] == texts
