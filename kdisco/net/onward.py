"""What a kernel does with a packet once its destination is settled: the route, filter rules, policies, the source.

Nothing of it is left to chance or to time, so that packets which look alike share one answer as long as nobody moves.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kdisco.net.counters import Hooks, Met
from kdisco.net.fabric import HERE, Network, Route, is_local
from kdisco.net.fates import Judge, Judged, filters, judge
from kdisco.net.match import Sight
from kdisco.net.packet import Packet, family, number
from kdisco.net.policy import judgements
from kdisco.net.target import Dnat, Masquerade
from kdisco.net.trace import UNREACHABLE, Drop, Policy, Reject, Rewrite, saying
from kdisco.net.trace import Route as Routed
from kdisco.net.traverse import Way
from kdisco.net.words import comment, judged, masked, rewritten, routed, words_of
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kdisco.net.trace import Said, Saying, Why
    from kdisco.store.state import State

__all__ = ["Entered", "Mask", "Onward", "Settled", "ended", "entered", "onward", "screened"]


class Settled(NamedTuple):
    """A packet whose destination is settled, as all that comes after can tell it from others.

    ``states`` are its connection's, ``new``: nothing was noted of it so far; ``started``: a process of the node made
    it; ``taken`` is the virtual server that IPVS took it for, ``served``: which has given it a real one. ``size`` in
    bytes.
    """

    node: str
    source: str
    destination: str
    dport: int
    protocol: str
    mark: int
    states: frozenset[str]
    started: bool
    new: bool
    taken: tuple[int, str, int] | None
    served: bool
    size: int


class Entered(NamedTuple):
    """What the hooks counted where a packet came in, and what is said of the nat rules and of what they changed."""

    met: Hooks
    said: Saying = ()
    changed: Saying = ()


class Mask(NamedTuple):
    """The address that a leaving packet gets as its source, by which way through the rules, and what is said of it."""

    address: str
    way: Way
    why: str


class Onward(NamedTuple):
    """What becomes of all packets that look alike: what is said, what the hooks counted, and where they go on.

    ``verdict`` is "" when they leave by ``route``; ``mask`` is what hides their source, where something does.
    """

    said: Saying
    met: Hooks
    route: Route | None
    verdict: str = ""
    mask: Mask | None = None


def ended(verdict: str, why: Why, version: int) -> Saying:
    """How a packet of a family ends in a kernel."""
    kind = verdict.lower()
    match verdict:
        case "REJECT":
            return saying(kind, why, cls=Reject, more={"answer": UNREACHABLE[version]})
        case "DROP":
            return saying(kind, why, cls=Drop, more={"by": why})
    return saying(kind, why)


def entered(hook: str, way: Way | None, size: int, unchanged: str = "") -> Entered:
    """What a packet meets where it comes in: mangle and, the first of a connection, nat with a ``way`` through it.

    ``unchanged`` is why nat leaves the destination as it is, where it does.
    """
    mangle: Met = ("mangle", hook, None, size, False)
    if way is None:
        return Entered((mangle,))
    met = mangle, ("nat", hook, way, size, way.end is not None)
    if not isinstance(way.end, Dnat):
        return Entered(met, saying(hook.lower(), unchanged, way))
    changed = saying("dnat", partial(rewritten, way.matched[-1], way.end), cls=Rewrite)
    return Entered(met, saying(hook.lower(), partial(words_of, way), way), changed)


def onward(
    state: State,
    network: Callable[[str], Network],
    rules: Callable[[str, int], Judged],
    route: Callable[[str, str], Route | None],
    leaving: Callable[[str, str, str, int], Way],
    settled: Settled,
) -> Onward:
    """Where a packet goes on from a node; the others are that state's questions about its ground."""
    version = family(settled.destination)
    way = route(settled.node, settled.destination)
    if way is None:
        nowhere = Phrase("no route to {ip}", ip=settled.destination)
        return Onward(ended("UNREACHABLE", nowhere, version), (), None, "UNREACHABLE")
    course = _Course(settled, network(settled.node), judge(rules(settled.node, version)))
    course.said += saying("route", routed(way, settled.destination), cls=Routed, more={"route": way})
    places = filters(starts=settled.started, stays=way is HERE, served=settled.served)
    verdict = course.screened(places) or course.forbidden(state, way)
    if verdict:
        return course.done(verdict)
    mask = course.out(way, leaving)
    return course.done("")._replace(route=way, mask=mask)


def screened(
    network: Callable[[str], Network],
    rules: Callable[[str, int], Judged],
    settled: Settled,
    places: tuple[tuple[str, str], ...],
) -> Onward:
    """What the filter rules at some hooks do with a packet, wherever it would go on."""
    course = _Course(settled, network(settled.node), judge(rules(settled.node, family(settled.destination))))
    return course.done(course.screened(places))


class _Course:
    """One packet under way."""

    def __init__(self, settled: Settled, network: Network, rules: Judge) -> None:
        self.settled, self.network, self.rules = settled, network, rules
        self.said: list[Said] = []
        self.met: list[Met] = []
        self.sight = Sight(
            number(settled.source),
            number(settled.destination),
            settled.protocol,
            settled.dport,
            settled.started or is_local(network, settled.source),
            is_local(network, settled.destination),
            settled.states,
            None,
            settled.taken,
        )

    def done(self, verdict: str) -> Onward:
        """What there is to tell of it."""
        return Onward(tuple(self.said), tuple(self.met), None, verdict)

    def screened(self, places: Iterable[tuple[str, str]]) -> str:
        """How the filter rules at some hooks end the packet, "" when they let it pass."""
        for table, hook in places:
            if hook != "OUTPUT":  # which came first
                self._pass("mangle", hook)
            way = self.rules.through(table, hook, self.sight, self.settled.mark)
            self._pass(table, hook, way)
            if table == "filter" or way.visited:  # where there can be no rules, nothing is said
                self.said += saying("filter", judged(way, table, hook), way)
            if way.verdict in ("REJECT", "DROP"):
                return self._ended(way.verdict, comment(way))
        return ""

    def forbidden(self, state: State, route: Route) -> str:
        """DROP where NetworkPolicies are against a new connection that is forwarded, else ""."""
        settled = self.settled
        if route is HERE or settled.started or "NEW" not in settled.states:
            return ""
        packet = Packet(settled.source, 0, settled.destination, settled.dport, settled.protocol)
        for judgement in judgements(state, settled.node, packet):
            words = judgement.words
            self.said += saying("policy", words, cls=Policy, more={"judgement": judgement})
            if not judgement.allowed:
                return self._ended("DROP", words)
        return ""

    def out(self, route: Route, leaving: Callable[[str, str, str, int], Way]) -> Mask | None:
        """Leave, or go up to a process: what hides the source of a connection that is new here."""
        if self.settled.started or route is not HERE:
            self._pass("mangle", "POSTROUTING")
        if not self.settled.new:
            return None
        if route is HERE and not self.settled.started:
            self._pass("nat", "INPUT")
            return None
        return self._masked(route, leaving)

    def _masked(self, route: Route, leaving: Callable[[str, str, str, int], Way]) -> Mask | None:
        settled = self.settled
        way = met = self.rules.through("nat", "POSTROUTING", self.sight, settled.mark)
        plugin = not isinstance(way.end, Masquerade)
        if plugin:
            way = leaving(settled.node, settled.source, settled.destination, settled.mark)
        masked_by = isinstance(way.end, Masquerade)
        self._pass("nat", "POSTROUTING", met, decided=masked_by)
        # lo and a Pod's own cable have no address that anybody else could answer: the first of another is taken
        device = self.network.device("" if route is HERE else route.device) or self.network.device("eth0")
        if not masked_by or device is None:
            return None
        address = device.address(family(settled.destination)) or settled.source
        return Mask(address, way, masked(device.name, plugin=plugin))

    def _pass(self, table: str, hook: str, way: Way | None = None, *, decided: bool = False) -> None:
        self.met.append((table, hook, way, self.settled.size, decided or (way is not None and way.end is not None)))

    def _ended(self, verdict: str, why: Why) -> str:
        self.said += ended(verdict, why, family(self.settled.destination))
        return verdict
