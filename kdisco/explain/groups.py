"""The sources of a state in groups: those of one node that nothing tells apart but who they are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property

from attrs import field, frozen

from kdisco.explain.ranges import Ranges, asked_labels
from kdisco.explain.sources import Source, sources
from kdisco.model.pod import Pod
from kdisco.net.conntrack import Conntrack
from kdisco.net.fabric import node_network
from kdisco.net.ipvs_device import KUBE_IPVS0
from kdisco.net.lost import USUAL, host
from kdisco.net.packet import family
from kdisco.net.policy import policies_of
from kdisco.store.state import State

__all__ = ["Group", "Groups", "Ranked", "Traits"]

Ranked = tuple[int, Source]  # with its place among all sources
RULED = ("services", "endpointslices", "nodes", "servicecidrs")  # what kube-proxy makes rules of


@frozen
class Traits:
    """What may be told of a source beside its node.

    ``link``: the sort of a Pod's, and which ranges hold its addresses; "" for processes of the node. ``isolated``:
    the NetworkPolicies about what it sends; ``seen``: what those about others may look at, None where there are none.
    """

    link: Hashable
    families: frozenset[int]
    isolated: tuple[str, ...] = ()
    seen: Hashable = None


@frozen(eq=False)
class Group:
    """Sources of one node with the same traits; ``machine`` is what may be told of the node."""

    node: str
    machine: Hashable
    traits: Traits
    members: tuple[Ranked, ...] = field(repr=False)

    def but(self, other: Ranked | None) -> Ranked | None:
        """The first member that is not this one."""
        return next((each for each in self.members if each != other), None)


@frozen(slots=False, eq=False)  # so that what is looked up is looked up once
class Groups:
    """The groups of one state."""

    state: State

    @cached_property
    def all(self) -> tuple[Group, ...]:
        """All of them, in the order of their first members."""
        found: dict[tuple[str, Traits], list[Ranked]] = {}
        for place, source in enumerate(sources(self.state)):
            found.setdefault((source.node, self.traits(source)), []).append((place, source))
        return tuple(Group(node, self.machines[node], traits, tuple(each)) for (node, traits), each in found.items())

    @cached_property
    def homes(self) -> Mapping[str, tuple[Ranked, Group]]:
        """Each Pod that may send, by ``ns/name``, with its group."""
        return {each[1].name: (each, group) for group in self.all for each in group.members if each[1].name}

    @cached_property
    def ranges(self) -> Ranges:
        """What may be asked of addresses."""
        return Ranges.of(self.state)

    def traits(self, source: Source) -> Traits:
        """What may be told of a source; on a node that remembers connections it is like no other."""
        state, alone = self.state, source if self._remembers(source.node) else None
        if not source.name:
            node = state.view.get("nodes", ("", source.node))
            return Traits("", frozenset(map(family, node.internal_ips)))
        namespace, _, name = source.name.partition("/")
        ips = state.sandboxes[(namespace, name)].ips
        link, families = (alone, *(self._link(source.node, ip) for ip in ips)), frozenset(map(family, ips))
        table = state.tables.get("networkpolicies")
        if not table or not table.objects:
            return Traits(link, families)
        pod: Pod = state.view.get("pods", (namespace, name))
        isolated = tuple([each.name for each in policies_of(table, pod, "Egress")])
        return Traits(link, families, isolated, (namespace, *map(pod.labels.get, self._asked)))

    def _link(self, node: str, ip: str) -> Hashable:
        """Whether a Pod's address is of its node's range, or of another's, and what may be asked of it."""
        holders = self.ranges.holders(ip)
        return self.ranges.within(ip), node in holders, holders - {node}

    @cached_property
    def _asked(self) -> tuple[str, ...]:
        return asked_labels(self.state)

    @cached_property
    def machines(self) -> Mapping[str, Hashable]:
        """What may be told of each node: its name where anything is out of the ordinary, else its interfaces."""
        return {node.name: self._machine(node.name) for node in self.state.view.list("nodes")}

    def _machine(self, node: str) -> Hashable:
        state = self.state
        seen = state.seen_by(f"kube-proxy@{node}").tables
        heard = all(seen.get(kind) is state.tables.get(kind) for kind in RULED)
        shunned = any(node in each.blocked for each in state.hosts.values())
        if not heard or shunned or host(state, node) != USUAL or self._remembers(node):
            return node
        devices = [each for each in node_network(state, node).interfaces if each.name != KUBE_IPVS0]
        return tuple([(each.name, *map(self._sort, each.addresses)) for each in devices])

    def _sort(self, address: str) -> Hashable:
        return self.ranges.within(address.partition("/")[0])

    def _remembers(self, node: str) -> bool:
        """Whether a node's kernel remembers connections, or whom it gave to whom."""
        table: Conntrack = self.state.conntrack.get(node) or Conntrack()
        turns = table.schedule
        return bool(len(table.entries) or len(table.recent) or len(turns.turns) or len(turns.templates))
