"""What may be given to a cluster from Python."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from kdisco import arguments
from kdisco.errors import BadRequest, UsageError
from kdisco.store.events import LookUp

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: arguments.texts(name=5), "name: 5 is not text"),
    (lambda: arguments.texts(name="a", namespace=None), "namespace: None is not text"),
    (lambda: arguments.names("groups", "dev"), "groups: 'dev' is not a list of names"),
    (lambda: arguments.names("groups", ["dev", 5]), r"groups: \['dev', 5\] is not a list of names"),
    (lambda: arguments.names("groups", None), "groups: None is not a list of names"),
    (lambda: arguments.one_of("type", "x", ("a", "b")), "type: 'x' is not one of 'a', 'b'"),
    (lambda: arguments.one_of("type", ["a"], ("a",)), r"type: \['a'\] is not one of 'a'"),
    (lambda: arguments.whole("since", -1), "since: -1 is not a whole number from 0 on"),
    (lambda: arguments.whole("since", value=True), "since: True is not"),
    (lambda: arguments.whole("since", 1.0), "since: 1.0 is not"),
    (lambda: arguments.whole("since", 9, 8), "since: 9 is not a whole number from 0 to 8"),
    (lambda: arguments.duration("seconds", "x"), "seconds: 'x' is not a number of seconds"),
    (lambda: arguments.duration("seconds", math.nan), "seconds: nan is not"),
    (lambda: arguments.duration("seconds", math.inf), "seconds: inf is not"),
    (lambda: arguments.duration("seconds", value=True), "seconds: True is not"),
    (lambda: arguments.duration("seconds", -0.1), "seconds: -0.1 is not"),
    (lambda: arguments.moment("now", "soon"), "now: 'soon' is not a time like 2026-01-15T12:00:00Z"),
    (lambda: arguments.moment("now", 5), "now: 5 is not a time"),
    (lambda: arguments.function("observer", 5), "observer: 5 cannot be called"),
    (lambda: arguments.look_up("203.0.113.5", "web"), "Could not resolve host: web; only Pods and nodes"),
    (lambda: arguments.selected(5), "selector: 5 is not text"),  # type: ignore[arg-type]  # wrong on purpose
]


@pytest.mark.parametrize(("ask", "words"), REFUSED)
def test_what_cannot_be_meant_is_said_with_its_name_and_value(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ask()


def test_a_selector_that_does_not_parse_is_the_servers_error() -> None:
    with pytest.raises(BadRequest):
        arguments.selected("a in (")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (arguments.names("groups", ["dev", "ops"]), ("dev", "ops")),
        (arguments.names("groups", ()), ()),
        (arguments.whole("since", 0), 0),
        (arguments.whole("since", 8, 8), 8),
        (arguments.duration("seconds", 0), 0),
        (arguments.duration("seconds", 1.5), 1.5),
        (arguments.moment("now", "2026-01-01T00:00:00Z"), 1767225600.0),
        (arguments.function("observer", len), len),
        (arguments.selected(None), None),
    ],
)
def test_what_can_be_meant_is_given_back(found: Any, expected: Any) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("source", "asker"),
    [
        ("pod/default/a", {"pod": "default/a"}), ("default/a", {"pod": "default/a"}),
        ("node/node-1", {"node": "node-1"}), ("node/a", {"node": "a"}), ("pod/node/a", {"pod": "node/a"}),
    ],
)
def test_a_name_is_looked_up_where_the_source_is(source: str, asker: dict[str, str]) -> None:
    assert arguments.look_up(source, "web", 3) == LookUp(name="web", turn=3, **asker)


@pytest.mark.parametrize(
    ("text", "found"), [("10.0.0.1", True), ("fd00::1", True), ("web", False), ("10.0.0", False), ("", False)]
)
def test_what_nobody_needs_to_look_up(text: str, found: bool) -> None:  # noqa: FBT001 - a row of the table
    assert arguments.is_address(text) is found


def test_text_and_known_words_pass() -> None:
    arguments.texts(name="a", namespace="")
    arguments.one_of("type", None, (None, "a"))


@pytest.mark.parametrize("selector", ["app=web", {"app": "web"}])
def test_a_selector_is_text_or_labels(selector: Any) -> None:
    found = arguments.selected(selector)
    assert found is not None
    assert found.selects({"app": "web"})
    assert not found.selects({"app": "other"})


def test_a_painter_is_found_by_its_kind_and_knows_its_keywords() -> None:
    def band(_cluster: object, _lang: str | None, wide: int = 1) -> int:
        return wide

    kinds = {"band": band, "line": band}
    assert arguments.painter("plot", kinds, "band", ("wide",)) is band
    with pytest.raises(UsageError, match=r"plot: 'bnd' is not one of band, line; did you mean band\?"):
        arguments.painter("plot", kinds, "bnd", ())
    with pytest.raises(UsageError, match="plot band: no keyword high; there are lang, wide"):
        arguments.painter("plot", kinds, "band", ("high",))
