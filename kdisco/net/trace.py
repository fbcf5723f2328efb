"""What happened to a packet, hop by hop, with the packet before and after and the reason."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.net.packet import Packet
from kdisco.net.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KINDS", "VERDICTS", "Hop", "Trace"]

KINDS = {  # what a hop can be
    "pod": "a Pod makes the packet, or receives it",
    "process": "a process of the node makes it, or receives it",
    "outside": "somebody outside the cluster makes it, or receives it",
    "veth": "the cable between a Pod and its node's bridge",
    "bridge": "the bridge of a node, the gateway of its Pods",
    "nic": "the node's own network interface",
    "conntrack": "the kernel looks the connection up, or notes it",
    "prerouting": "rules for what arrives, before the route is chosen",
    "output": "rules for what the node itself sends",
    "dnat": "the destination is rewritten",
    "route": "the routing table decides",
    "filter": "filter rules for what passes, enters or leaves",
    "snat": "the source is rewritten",
    "vxlan": "the packet travels wrapped in one between two nodes",
    "deliver": "somebody listens there",
    "refuse": "nobody listens there: a TCP reset comes back",
    "reject": "a rule answers with ICMP port unreachable",
    "drop": "a rule throws it away in silence",
    "unreachable": "there is no way to that address",
    "left": "it leaves the cluster for the world outside",
}
VERDICTS = {  # how it can end
    "DELIVERED": "a listening Pod or process got it",
    "REFUSED": "it arrived where nobody listens on that port",
    "REJECT": "a rule refused it: the client reads connection refused at once",
    "DROP": "a rule threw it away: the client waits until it gives up",
    "UNREACHABLE": "nobody has that address, or no route leads there",
    "LEFT": "it left the cluster by the node's default route",
}


@frozen(kw_only=True)
class Hop:
    """One step. ``kind`` is one of KINDS, ``where`` a thing as ``pod/ns/name`` or ``node/name``.

    ``visited`` counts the rules that the kernel looked at, ``rules`` are those that fitted.
    """

    kind: str
    where: str
    before: Packet
    after: Packet
    why: str
    visited: int = 0
    rules: tuple[Rule, ...] = ()

    @property
    def rewritten(self) -> bool:
        """Whether the packet left it changed."""
        return self.before != self.after

    def __str__(self) -> str:
        counted = f" [{self.visited} rules visited]" if self.visited else ""
        return f"{self.kind:<11} {self.where:<28} {self.after}  {self.why}{counted}"


@frozen(kw_only=True)
class Trace:
    """A packet's way and its answer's. ``verdict`` is one of VERDICTS; ``endpoint``: ``ip:port`` where it arrived."""

    hops: tuple[Hop, ...]
    verdict: str
    endpoint: str | None = None
    reply: tuple[Hop, ...] = field(default=())

    @property
    def delivered(self) -> bool:
        """Whether somebody who listens got it."""
        return self.verdict == "DELIVERED"

    @property
    def packet(self) -> Packet:
        """The packet as it was made."""
        return self.hops[0].before

    def hop(self, kind: str) -> Hop | None:
        """The first hop of a kind on the way there."""
        return next((hop for hop in self.hops if hop.kind == kind), None)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        wide = max(len(hop.where) for hop in (*self.hops, *self.reply))
        for title, hops in (("there", self.hops), ("back", self.reply)):
            for at, hop in enumerate(hops, 1):
                counted = f" ({hop.visited} rules visited)" if hop.visited else ""
                yield f"{title if at == 1 else '':<6}{at:>2} {hop.kind:<11} {hop.where:<{wide}}  {hop.after}"
                yield f"{'':<8} {'':<11} {'':<{wide}}  {hop.why}{counted}"
        yield f"=> {self.verdict}{f' {self.endpoint}' if self.endpoint else ''}: {VERDICTS[self.verdict]}"

    def _repr_html_(self) -> str:
        """A small table for notebooks; what changed a packet is bold."""
        head = "".join(f"<th>{name}</th>" for name in ("", "hop", "where", "packet", "why"))
        rows = "".join(
            _row(f"{arrow} {at}", hop)
            for arrow, hops in (("→", self.hops), ("←", self.reply))
            for at, hop in enumerate(hops, 1)
        )
        end = escape(f"{self.verdict} {self.endpoint or ''}".strip())
        caption = f"<caption><b>{end}</b>: {escape(VERDICTS[self.verdict])}</caption>"
        return f'<table class="kdisco trace">{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(number: str, hop: Hop) -> str:
    packet = escape(str(hop.after))
    shown = f"<b>{packet}</b>" if hop.rewritten else packet
    cells = [number, escape(hop.kind), escape(hop.where), shown, escape(hop.why)]
    return f'<tr class="{escape(hop.kind)}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
