"""What packets' ways have in common as long as nobody moves: who is where, which routes and rules there are.

Connections, counters and dice are no part of it, so that one ground carries many packets. Each question is a function
of the state, remembered for those who ask again.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from kdisco.net.ends import at_address, end_of, listening, machine_at, nodes_by_address
from kdisco.net.fabric import HERE, Route, is_local, node_behind, node_network
from kdisco.net.fates import ruleset
from kdisco.net.masquerade import leaving, masquerade_rules
from kdisco.net.match import Sight
from kdisco.net.memo import Memo
from kdisco.net.onward import entered, onward, screened
from kdisco.net.packet import family, number
from kdisco.net.trace import UNREACHABLE, Deliver, Refuse, saying
from kdisco.net.trace import Route as Routed
from kdisco.net.words import RECEIVES, RESET, listens, routed
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kdisco.net.ends import End
    from kdisco.net.fabric import Network
    from kdisco.net.fates import Judged
    from kdisco.net.onward import Entered, Onward, Settled
    from kdisco.net.trace import Saying
    from kdisco.net.traverse import Way
    from kdisco.store.state import State

    Places = tuple[tuple[str, str], ...]  # hooks, as (table, chain)

__all__ = ["Ground", "closed_port", "ground"]

MOST = 1 << 12  # answers that are remembered to each question


class First(NamedTuple):
    """Where what an end sends goes first: by which route (None: there is none), and with which source."""

    route: Route | None
    source: str
    said: Saying


class Arrival(NamedTuple):
    """Who takes what arrives at an end ("": nobody listens), and what is said of it."""

    listener: str
    said: Saying


class Tunnel(NamedTuple):
    """The ends of what is wrapped around packets: the node's own address, and the other node's name and address."""

    here: str
    other: str
    there: str
    words: str


class Ground:
    """The cluster under the packets: nodes by address, ends, networks, routes, rules and who listens."""

    def __init__(self, state: State) -> None:
        keep = lru_cache(maxsize=MOST)
        self.nodes = nodes_by_address(state)
        self.network: Callable[[str], Network] = keep(partial(node_network, state))
        self.end: Callable[[str], End] = keep(partial(end_of, state))
        self.at: Callable[[str], End | None] = keep(partial(at_address, state))
        self.machine: Callable[[str], tuple[End | None, Saying]] = keep(partial(_machine, state))
        self.rules: Callable[[str, int], Judged] = keep(partial(ruleset, state))
        self.leaving: Callable[[str, str, str, int], Way] = keep(partial(_leaving, state))
        self.arrival: Callable[[End, str, int, str], Arrival] = keep(partial(_arrival, state))
        self.route: Callable[[str, str], Route | None] = keep(partial(_route, self.network, self.at))
        self.first: Callable[[End, str], First] = keep(_first)
        self.beside: Callable[[str, str, str], tuple[End | None, Saying]] = keep(partial(_beside, self.at))
        self.next: Callable[[str], tuple[str | None, Saying]] = keep(partial(_next, self.nodes))
        self.tunnel: Callable[[str, Route], Tunnel] = keep(partial(_tunnel, state))
        self.entered: Callable[..., Entered] = keep(entered)
        self.screened: Callable[[Settled, Places], Onward] = keep(partial(screened, self.network, self.rules))
        asked = state, self.network, self.rules, self.route, self.leaving
        self.onward: Callable[[Settled], Onward] = keep(partial(onward, *asked))


def _route(network: Callable[[str], Network], at: Callable[[str], End | None], node: str, ip: str) -> Route | None:
    """A node's route to an address; a Pod outside all nodes' ranges has one of its own, as routed networks give."""
    own = network(node)
    if is_local(own, ip):
        return HERE
    route = own.routes.lookup(ip)
    end = at(ip) if route is None or route.destination.endswith("/0") else None
    if end is None or end.kind != "pod":
        return route
    if end.node == node:
        return Route(ip, "veth")
    there = network(end.node).device("eth0")
    return Route(ip, "eth0", there.address(family(ip)) if there else "")


def _first(end: End, ip: str) -> First:
    """The way from an end itself to an address."""
    network = end.network
    if is_local(network, ip):
        return First(HERE, ip, ())
    route = network.routes.lookup(ip)
    if route is None:
        return First(None, "", saying("unreachable", Phrase("no route to {ip}", ip=ip)))
    device = network.device(route.device)
    source = device.address(family(ip)) if device else ""
    return First(route, source, saying("route", partial(routed, route, ip), cls=Routed, more={"route": route}))


def _beside(at: Callable[[str], End | None], node: str, ip: str, device: str) -> tuple[End | None, Saying]:
    """The Pod of a node behind a device that has an address."""
    end = at(ip)
    if end is None or end.node != node or end.kind != "pod":
        return None, ()
    return end, saying("bridge", Phrase("out by {device} to who has {ip}", device=device, ip=ip))


def _next(nodes: Mapping[str, str], ip: str) -> tuple[str | None, Saying]:
    """The node that has an address."""
    other = nodes.get(ip)
    return other, saying("nic", Phrase("out by eth0 to node {other}", other=other)) if other else ()


def _machine(state: State, ip: str) -> tuple[End | None, Saying]:
    """Who has an address beside the nodes."""
    end = machine_at(state, ip)
    return end, saying("nic", Phrase("out by {device} to who has {ip}", device="eth0", ip=ip)) if end else ()


def _arrival(state: State, end: End, ip: str, port: int, protocol: str) -> Arrival:
    """What becomes of what arrives at an end's address."""
    name, received = listening(state, end, ip, port, protocol), saying(end.kind, RECEIVES)
    if name:
        taken = saying("deliver", listens(name, port, protocol), cls=Deliver, more={"listener": name})
        return Arrival(name, received + taken)
    words = Phrase("nobody listens on {port}/{protocol}", port=port, protocol=protocol)
    return Arrival("", received + saying("refuse", words, cls=Refuse, more={"answer": closed_port(ip, protocol)}))


def closed_port(ip: str, protocol: str) -> str:
    """How the kernel that has an address says that nobody listens there."""
    return RESET if protocol == "tcp" else UNREACHABLE[family(ip)]


def _tunnel(state: State, node: str, route: Route) -> Tunnel:
    """What a node wraps packets in by a VXLAN route."""
    other, version = node_behind(state.view.table("nodes"), route), family(route.destination)
    here, there = (node_network(state, name).uplink(version) for name in (node, other))
    words = "wrapped in UDP {here} > {there} port 8472, unwrapped by node {other}"
    return Tunnel(here, other, there, Phrase(words, here=here, there=there, other=other))


def _leaving(state: State, node: str, source: str, destination: str, mark: int) -> Way:
    """The way of a packet that leaves a node through the rules of the Pod network itself."""
    sight = Sight(number(source), number(destination), "", 0, source_local=False, destination_local=False)
    return leaving(masquerade_rules(state, node, family(destination)), sight, mark)


_GROUNDS: Memo[Ground] = Memo(8)


def ground(state: State) -> Ground:
    """The ground of a state: the same one until an object, a component's sight, a sandbox or the settings change."""
    return _GROUNDS.get((state.tables, state.seen, state.sandboxes, state.config), (), lambda: Ground(state))
