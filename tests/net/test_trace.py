"""Traces as text and as a table."""

from __future__ import annotations

from kdisco.net.packet import Packet
from kdisco.net.trace import Hop, Trace

ASK = Packet("10.61.0.50", 40000, "10.111.4.20", 80)
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
