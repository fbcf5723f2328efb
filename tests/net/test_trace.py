"""Traces as text and as a table."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from kdisco.net.packet import Packet
from kdisco.net.trace import Hop, Trace, saying
from kdisco.net.traverse import Way

if TYPE_CHECKING:
    from collections.abc import Callable

ASK = Packet("10.61.0.50", 40000, "10.111.4.20", 80)
SEVEN = Way(visited=7)
TRACE = Trace(
    hops=(
        Hop(kind="pod", where="pod/shop/<client>", before=ASK, after=ASK, why="asks"),
        Hop(kind="dnat", where="node/alder", before=ASK, after=ASK.to("10.61.0.5", 8080), why="to a Pod", visited=7),
    ),
    verdict="DELIVERED",
    endpoint="10.61.0.5:8080",
    reply=(Hop(kind="pod", where="pod/shop/web-1", before=ASK.answer, after=ASK.answer, why="answers"),),
)


def test_text() -> None:
    assert str(TRACE).splitlines() == [
        "there  1 pod         pod/shop/<client>  10.61.0.50:40000 > 10.111.4.20:80 tcp",
        "                                        asks",
        "       2 dnat        node/alder         10.61.0.50:40000 > 10.61.0.5:8080 tcp",
        "                                        to a Pod (7 rules visited)",
        "back   1 pod         pod/shop/web-1     10.111.4.20:80 > 10.61.0.50:40000 tcp",
        "                                        answers",
        "=> DELIVERED 10.61.0.5:8080: a listening Pod or process got it",
    ]


def test_table_is_escaped_and_shows_what_changed() -> None:
    html = TRACE._repr_html_()
    assert "<client>" not in html
    assert "pod/shop/&lt;client&gt;" in html
    assert html.count("<tr>") == 1 + len(TRACE.hops) + len(TRACE.reply)
    assert html.count("<td><strong>") == 1


def test_what_it_knows() -> None:
    assert TRACE.delivered
    assert TRACE.packet == ASK
    assert TRACE.hop("dnat") is TRACE.hops[1]
    assert TRACE.hop("vxlan") is None
    assert str(TRACE.hops[1]).endswith("to a Pod [7 rules visited]")


def noted() -> Trace:
    """The same trace with its hops only noted; a word of one is left for later."""
    there: list[Any] = [
        ("pod/shop/<client>", ASK, ASK, saying("pod", "asks")),
        ("node/alder", ASK, ASK.to("10.61.0.5", 8080), saying("dnat", partial("to a {}".format, "Pod"), SEVEN)),
    ]
    back: list[Any] = [("pod/shop/web-1", ASK.answer, ASK.answer, saying("pod", "answers"))]
    return Trace.noted(there, back, verdict="DELIVERED", endpoint="10.61.0.5:8080")


def stored(trace: Trace) -> Trace:
    """A trace that was pickled."""
    found: Trace = pickle.loads(pickle.dumps(trace))  # noqa: S301 - what it reads it has just written
    return found


@pytest.mark.parametrize("look", [lambda same: same, copy.copy, copy.deepcopy, attrs.evolve, stored])
def test_a_noted_trace_is_the_same_whatever_is_done_first(look: Callable[[Trace], Trace]) -> None:
    assert look(noted()) == TRACE
    assert hash(look(noted())) == hash(TRACE)
    assert repr(look(noted())) == repr(TRACE)
    assert str(look(noted())) == str(TRACE)
    assert look(noted()).reply == TRACE.reply


def test_hops_are_made_once_and_nothing_else_is_made_up() -> None:
    trace = noted()
    assert trace.hops is trace.hops
    with pytest.raises(AttributeError, match="hop_s"):
        trace.hop_s  # type: ignore[attr-defined]  # noqa: B018
