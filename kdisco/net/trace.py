"""What happened to a packet, hop by hop, with the packet before and after and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.net import fabric
from kdisco.net.conntrack import Entry
from kdisco.net.counters import Hooks
from kdisco.net.packet import Packet
from kdisco.net.policy import Judgement
from kdisco.net.rule import Rule
from kdisco.net.vxlan import Outer
from kdisco.phrase import Phrase, said
from kdisco.table import Bold, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kdisco.net.capture import Captured
    from kdisco.net.traverse import Way

    Why = str | Callable[[], str]  # what is said of a hop, or what will say it
    # a hop without its packet: its class and kind, the way through the rules, what its class has beside other fields
    More = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
    Said = tuple[type["Hop"], str, Why, Way | None, More]
    Saying = tuple[Said, ...]
    Note = tuple[str, Packet, Packet, Saying]  # hops as they are noted on the way: where, before, after

__all__ = [
    "KINDS",
    "NO_MORE",
    "UNREACHABLE",
    "VERDICTS",
    "Deliver",
    "Drop",
    "Encapsulate",
    "Hop",
    "Policy",
    "Refuse",
    "Reject",
    "Rewrite",
    "Route",
    "Session",
    "Trace",
    "saying",
]

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
    "policy": "NetworkPolicies judge a connection of a Pod, at that Pod",
    "snat": "the source is rewritten",
    "vxlan": "the packet travels wrapped in one between two nodes",
    "deliver": "somebody listens there",
    "refuse": "nobody listens there: a TCP reset comes back",
    "reject": "a rule answers with ICMP port unreachable",
    "drop": "a rule throws it away in silence",
    "unreachable": "there is no way to that address",
    "lost": "it never arrives: a machine without power, a cut cable, a firewall",
    "left": "it leaves the cluster for the world outside",
}
NO_MORE: Mapping[str, Any] = {}  # what a plain hop has beside its fields
UNREACHABLE = {  # the ICMP message of a REJECT, by family
    4: "ICMP destination unreachable: port unreachable (type 3, code 3)",
    6: "ICMPv6 destination unreachable: port unreachable (type 1, code 4)",
}
THERE, BACK = Phrase("there"), Phrase("back")
HEADS = ("", Phrase("hop"), Phrase("where"), Phrase("packet"), Phrase("why"))
VERDICTS = {  # how it can end
    "DELIVERED": Phrase("a listening Pod or process got it"),
    "REFUSED": Phrase("it arrived where nobody listens on that port"),
    "REJECT": Phrase("a rule refused it: the client reads connection refused at once"),
    "DROP": Phrase("a rule threw it away: the client waits until it gives up"),
    "UNREACHABLE": Phrase("nobody has that address, or no route leads there"),
    "LOST": Phrase("it got lost between two machines: the client waits until it gives up"),
    "LEFT": Phrase("it left the cluster by the node's default route"),
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
        counted = f" [{said(_visited(self))}]" if self.visited else ""
        return f"{self.kind:<11} {self.where:<28} {self.after}  {said(self.why)}{counted}"


@frozen(kw_only=True)
class Route(Hop):
    """The routing table decides; ``route`` is the line that does."""

    route: fabric.Route


@frozen(kw_only=True)
class Rewrite(Hop):
    """NAT gives a packet another end: ``what`` is destination, source or both."""

    @property
    def what(self) -> str:
        """Which end is another one now."""
        old, new = self.before, self.after
        ends = {
            "source": (old.source, old.sport) != (new.source, new.sport),
            "destination": (old.destination, old.dport) != (new.destination, new.dport),
        }
        return " and ".join(name for name, changed in ends.items() if changed)


@frozen(kw_only=True)
class Session(Hop):
    """The kernel looks a connection up, or notes it: ``entry`` as it is from now on, None where it was given up."""

    entry: Entry | None


@frozen(kw_only=True)
class Encapsulate(Hop):
    """The packet travels inside another one: ``outer`` are that one's headers."""

    outer: Outer


@frozen(kw_only=True)
class Policy(Hop):
    """NetworkPolicies judge the connection at one Pod."""

    judgement: Judgement


@frozen(kw_only=True)
class Deliver(Hop):
    """Somebody listens: ``listener`` is ``pod/ns/name`` or a process."""

    listener: str


@frozen(kw_only=True)
class Refuse(Hop):
    """Nobody listens: ``answer`` is a TCP reset or an ICMP message."""

    answer: str


@frozen(kw_only=True)
class Reject(Hop):
    """A rule refuses the packet: ``answer`` is the ICMP message that goes back, ``reporter`` whose address it bears.

    Which that is shows when it leaves: "" while the rules judge.
    """

    answer: str
    reporter: str = ""


@frozen(kw_only=True)
class Drop(Hop):
    """The packet is thrown away in silence, by ``by``: rules, a NetworkPolicy, or a full connection table."""

    by: str


def saying(
    kind: str, why: Why, way: Way | None = None, cls: type[Hop] = Hop, more: More = NO_MORE
) -> Saying:
    """One hop without its packet."""
    return ((cls, kind, why, way, more),)


def _told(notes: Iterable[Note]) -> tuple[Hop, ...]:
    """The hops that were noted, with the words and headers that were left for later."""
    return tuple([
        cls(
            kind=kind,
            where=where,
            before=before,
            after=after,
            why=why() if callable(why) else why,
            visited=way.visited if way is not None else 0,
            rules=way.matched if way is not None else (),
            **(more() if callable(more) else more),
        )
        for where, before, after, hops in notes
        for cls, kind, why, way, more in hops
    ])


@frozen(kw_only=True)
class Trace:
    """A packet's way and its answer's, at ``time`` (seconds of cluster time).

    ``verdict`` is one of VERDICTS; ``endpoint``: ``ip:port`` where it arrived. Of a trace that was ``noted`` the hops
    are made when somebody first reads them: most packets are sent for their verdict.
    """

    hops: tuple[Hop, ...]
    verdict: str
    endpoint: str | None = None
    reply: tuple[Hop, ...] = field(default=())
    time: float = 0.0
    met: tuple[tuple[str, tuple[Hooks, ...]], ...] = field(default=(), eq=False, repr=False)
    _notes: Mapping[str, list[Note]] = field(default=NO_MORE, init=False, eq=False, repr=False)  # of hops and reply

    @classmethod
    def noted(cls, there: list[Note], reply: list[Note], **fields: Any) -> Trace:
        """A trace with its hops as they were noted; nobody may note more there. ``fields`` are the others."""
        trace = cls(hops=(), **fields)
        object.__setattr__(trace, "_notes", {"hops": there, "reply": reply})
        object.__delattr__(trace, "hops")
        object.__delattr__(trace, "reply")
        return trace

    if not TYPE_CHECKING:  # which would take any name for one of a trace

        def __getattr__(self, name: str) -> Any:
            """The hops of a trace that was noted, there or back, when they are first asked for."""
            if name in ("hops", "reply"):
                object.__setattr__(self, name, _told(self._notes[name]))
            return object.__getattribute__(self, name)

    @property
    def delivered(self) -> bool:
        """Whether somebody who listens got it."""
        return self.verdict == "DELIVERED"

    @property
    def packet(self) -> Packet:
        """The packet as it was made."""
        return self.hops[0].before

    @property
    def visits(self) -> tuple[tuple[str, str, str, int], ...]:
        """How many rules each kernel looked at, at every hook: (node, table, built-in chain, rules), node by node."""
        rows = [(node, *each) for node, met in self.met for hooks in met for each in hooks]
        return tuple((node, table, chain, way.visited) for node, table, chain, way, *_ in rows if way is not None)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """What NetworkPolicies said on the way there."""
        return tuple(hop for hop in self.hops if isinstance(hop, Policy))

    @property
    def outer(self) -> Outer | None:
        """The headers of the packet around this one on the way between two nodes, None where it travelled bare."""
        return next((hop.outer for hop in self.hops if isinstance(hop, Encapsulate)), None)

    def hop(self, kind: str) -> Hop | None:
        """The first hop of a kind on the way there."""
        return next((hop for hop in self.hops if hop.kind == kind), None)

    def capture(
        self, interface: str = "any", where: str = "", *, question: bytes = b"", answer: bytes = b""
    ) -> tuple[Captured, ...]:
        """What ``tcpdump -i INTERFACE`` at a machine (``node/name``, ``pod/ns/name``; "": all) would see, in order.

        ``question`` and ``answer`` are what the packets carry, where they carry something.
        """
        from kdisco.net.capture import capture  # noqa: PLC0415 - captures are made of traces

        return capture(self, interface, where, question=question, answer=answer)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        wide = max(len(hop.where) for hop in (*self.hops, *self.reply))
        for title, hops in ((THERE, self.hops), (BACK, self.reply)):
            for at, hop in enumerate(hops, 1):
                counted = f" ({said(_visited(hop))})" if hop.visited else ""
                yield f"{said(title) if at == 1 else '':<6}{at:>2} {hop.kind:<11} {hop.where:<{wide}}  {hop.after}"
                yield f"{'':<8} {'':<11} {'':<{wide}}  {said(hop.why)}{counted}"
        yield f"=> {said(self._ended())}"

    def _ended(self) -> str:
        end = f"{self.verdict} {self.endpoint or ''}".strip()
        return Phrase("{end}: {meaning}", end=end, meaning=VERDICTS[self.verdict])

    def html(self, lang: str | None = None) -> str:
        """A small table in a language, None: the one that was set; what changed a packet stands out."""
        rows = [
            (Phrase("{way} {number}", way=way, number=at), hop.kind, hop.where,
             Bold(str(hop.after)) if hop.rewritten else str(hop.after), hop.why)
            for way, hops in ((THERE, self.hops), (BACK, self.reply))
            for at, hop in enumerate(hops, 1)
        ]  # fmt: skip
        return table("trace", self._ended(), HEADS, rows, lang)

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return self.html()


def _visited(hop: Hop) -> str:
    return Phrase("{count} rules visited", count=hop.visited)
