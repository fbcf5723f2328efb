"""What the kernel of one node was told in IPVS mode, for one family: virtual servers, ipsets, and a few rules.

A packet's virtual server and its place in the sets are found by where it is going to, whatever the number of Services.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net import ipvs_rules
from kdisco.net.forks import Forks
from kdisco.net.ipset import SETS, Member
from kdisco.net.ipvs import VirtualServer, servers_of
from kdisco.net.ipvs_device import bound
from kdisco.net.ipvs_members import BARRED, members_of
from kdisco.net.memo import Memo
from kdisco.net.packet import family, number
from kdisco.net.proxy import Entry, ServicePort
from kdisco.net.ruleset import NOTHING, Fragment
from kdisco.net.told import Told

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.model.service import Service
    from kdisco.net.iptables import Settings
    from kdisco.net.ipvs import Server
    from kdisco.net.ipvs_rules import Has
    from kdisco.net.match import Sight
    from kdisco.net.rule import Place, Rule
    from kdisco.net.traverse import Way
    from kdisco.store.table import View

__all__ = ["IpvsRuleset"]

LOOP_BACK, BOUND, HEALTH = "KUBE-LOOP-BACK", "KUBE-IPVS-IPS", "KUBE-HEALTH-CHECK-NODE-PORT"
Members = Mapping[str, tuple[Member, ...]]  # by set


@frozen
class _Shared:
    """What follows from the Services alone: the sets that have members, and the load balancers barred to the node."""

    filled: frozenset[str]
    barred: tuple[Member, ...]


_MEMBERS: Memo[Members] = Memo(1 << 16)
_SHARED: Memo[_Shared] = Memo(64)
_SERVERS: Memo[tuple[VirtualServer, ...]] = Memo(1 << 16)


def _filed(ports: tuple[ServicePort, ...], settings: Settings) -> Members:
    found: dict[str, dict[str, Member]] = {}
    for port in ports:
        for key, member in members_of(port, settings):
            found.setdefault(key, {}).setdefault(member.text, member)
    return {key: tuple(members.values()) for key, members in found.items()}


class IpvsRuleset(Told):
    """The virtual servers, sets and rules of IPVS mode, as the kernel of ``node`` was told them."""

    exact = True  # a set holds the local ones

    def __init__(self, view: View, node: str, settings: Settings) -> None:
        super().__init__(view, node, settings)
        self.bound = bound(view, settings.family, settings.node_ips)
        self._bound = frozenset(map(number, self.bound))
        self.jumps = ipvs_rules.jumps(settings)
        shared = _SHARED.get((self.front, settings), (), self._shared)
        local = {LOOP_BACK} if any(LOOP_BACK in self.members_of(each) for each in self.front.services) else set()
        self.rules = ipvs_rules.rules(settings, self._has, shared.filled | local, shared.barred, self._pods())
        self._chains: dict[Place, tuple[Rule, ...]] = {}
        for rule in (*reversed(self.jumps), *ipvs_rules.kubelet_guard(settings), *self.rules):
            self._chains[rule.place] = (*self._chains.get(rule.place, ()), rule)
        self._servers: dict[Entry, VirtualServer | None] = {}
        self._looped: frozenset[Entry] | None = None
        self.ways: dict[Hashable, Way] = {}
        self.gone = Forks()

    def _pods(self) -> tuple[str, ...]:
        """The ranges of the node's Pods."""
        here: Node | None = self.view.get("nodes", ("", self.node))
        listed = (here.spec.pod_cidrs or (here.spec.pod_cidr,)) if here else ()
        return tuple(cidr for cidr in listed if cidr and family(cidr) == self.settings.family)

    def _shared(self) -> _Shared:
        found = [self.members_of(service) for service in self.front.services]
        filled = frozenset(key for members in found for key in members) - {LOOP_BACK, BARRED}
        return _Shared(filled, tuple(member for members in found for member in members.get(BARRED, ())))

    # The chains

    def chain(self, place: Place) -> tuple[Rule, ...]:
        """The rules of a chain, in the kernel's order."""
        return self._chains.get(place, ())

    def candidates(
        self, place: Place, sight: Sight, within: Fragment, *, counting: bool = False  # noqa: ARG002 - all are few
    ) -> Iterator[tuple[int, Rule, Fragment]]:
        """The rules of a chain in order: (position, rule, nothing of any Service)."""
        for at, rule in enumerate(self.chain(place)):
            yield at, rule, NOTHING

    def length(self, place: Place, within: Fragment) -> int:  # noqa: ARG002 - no chain is a Service's
        """How many rules a chain has."""
        return len(self.chain(place))

    def alike(self, place: Place, sight: Sight) -> Hashable:  # noqa: ARG002 - no dice are thrown in any chain
        """What the rules can tell of a packet."""
        ends = sight.source, sight.destination, sight.protocol, sight.dport, sight.virtual
        return *ends, sight.source_local, sight.destination_local, sight.states

    def kin(self, source: int, destination: int, protocol: str, dport: int) -> Hashable:  # noqa: ARG002 - see below
        """What the rules can tell of a source that sends there: sets may hold a single one."""
        return source

    # The sets

    def members_of(self, service: Service) -> Members:
        """What one Service puts into the sets."""
        ports, flags = self.ports_of(service), self.settings
        return _MEMBERS.get((ports, flags), (), lambda: _filed(ports, flags))

    def members(self) -> Members:
        """All members of every set, in the order of the Services; made anew at each call."""
        found: dict[str, dict[str, Member]] = {key: {} for key in SETS}
        for service in self.front.services:
            for key, members in self.members_of(service).items():
                if key != BARRED:
                    found[key].update((member.text, member) for member in members if member.stored)
        found[BOUND] = {ip: Member.of_ip(ip) for ip in self.bound}
        return {key: tuple(members.values()) for key, members in found.items()}

    def _has(self, key: str) -> Has:
        """How a packet is looked up in a set."""
        if key == BOUND:
            return lambda sight, _ends: sight.destination in self._bound
        if key == LOOP_BACK:
            return self._loops

        def has(sight: Sight, ends: str) -> bool:
            at = sight.source if ends.startswith("src") else sight.destination
            protocol = "tcp" if key == HEALTH else sight.protocol
            owners = self.front.owners((at, protocol, sight.dport))
            return any(
                member.fits(sight, ends) for each in owners for member in self.members_of(each).get(key, ())
            )

        return has

    def _loops(self, sight: Sight, _ends: str) -> bool:
        """Whether a packet goes to the endpoint that it comes from: few do, and only for them all are gone through."""
        if sight.source != sight.destination:
            return False
        if self._looped is None:
            found = (self.members_of(each).get(LOOP_BACK, ()) for each in self.front.services)
            self._looped = frozenset((each.ip or 0, each.protocol, each.port) for ends in found for each in ends)
        return (sight.destination, sight.protocol, sight.dport) in self._looped

    # The virtual servers

    def servers_of(self, service: Service) -> tuple[VirtualServer, ...]:
        """The virtual servers of one Service."""
        ports, flags = self.ports_of(service), self.settings
        made = (each for port in ports for each in servers_of(port, flags))
        return _SERVERS.get((ports, flags), (), lambda: tuple(made))

    def servers(self) -> Mapping[Server, VirtualServer]:
        """All virtual servers; where two Services claim one, the later has it."""
        return {each.key: each for service in self.front.services for each in self.servers_of(service)}

    def server(self, entry: Entry) -> VirtualServer | None:
        """The virtual server that a packet is for, by (address, protocol, port)."""
        if entry not in self._servers:
            owners = reversed(self.front.owners(entry))
            found = (each for service in owners for each in reversed(self.servers_of(service)) if each.entry == entry)
            server = next(found, None)
            if server is None:
                return None  # what is no Service's is soon looked up, and has no end
            self._servers[entry] = server
        return self._servers[entry]
