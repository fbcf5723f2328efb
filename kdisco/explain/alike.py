"""Which sources are alike: nothing on a packet's way tells them apart, so that one tries for all of them.

What becomes of a connection hangs on who opens it only by

- the machine: what is out of the ordinary with it, the connections that it tracks, what its kube-proxy has seen; a
  machine with any of that is like no other, the rest are alike by the sort of their interfaces;
- the place: whether the machine has to do with where the connection goes: who has the address, or its range, is there;
- the link: of which sort a Pod's is, and which of the ranges that rules and NetworkPolicies ask for hold its addresses;
- the NetworkPolicies that keep it from there; and a Pod that asks for itself is like no other;
- for a Service's address, the endpoints that the node's rules choose among.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from attrs import frozen

from kdisco.control.listen import answering
from kdisco.explain.groups import Group, Groups, Ranked
from kdisco.explain.sources import Source
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.model.networkpolicy import NetworkPolicy
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.net.ends import end_of, nodes_by_address, pod_at
from kdisco.net.memo import Memo
from kdisco.net.packet import Packet, family, number
from kdisco.net.policy import judgements, policies_of
from kdisco.net.proxy import front_ends, ports_of
from kdisco.store.state import Sandbox, State

__all__ = ["Alike", "Target", "alike"]

Target = tuple[str, int, str]  # address, port, protocol
SPORT = 40000  # a source port: no NetworkPolicy asks for it


_ALIKE: Memo[Alike] = Memo(4)


def alike(state: State) -> Alike:
    """What may be told of the sources of a state."""
    return _ALIKE.get((state,), (), lambda: Alike(state, Groups(state)))


@frozen(eq=False)
class Alike:
    """The sources of one state, and which of them have the same way to a target."""

    state: State
    groups: Groups

    def to(self, target: Target, among: Iterable[Group] | None = None) -> list[tuple[Ranked, Hashable]]:
        """One source of each class that has a way of its own to a target, in their order, with what tells that way.

        ``among``: of these groups alone, None for all.
        """
        way, (itself, home) = self.ways(target), self._at(target[0])
        found: dict[Hashable, Ranked] = {}
        for group in self.groups.all if among is None else among:
            if family(target[0]) not in group.traits.families:
                continue
            first = group.but(itself)
            if first is not None:
                kind = way(group)
                found[kind] = min(first, found.get(kind, first))
            if itself is not None and group is home:
                found["itself", group.machine, group.traits.link] = itself
        return sorted((first, kind) for kind, first in found.items())

    def ways(self, target: Target) -> Callable[[Group], Hashable]:
        """What tells the way of a group's members to a target: equal where it is the same."""
        holders, guarded, itself = self._holders(target), bool(self._guards(target[0])), self._at(target[0])[0]
        judged: dict[Hashable, Hashable] = {}

        def way(group: Group) -> Hashable:
            traits, place = group.traits, group.node if holders is None or group.node in holders else ""
            if not traits.isolated and not (guarded and traits.seen):
                return group.machine, place, traits.link
            if traits not in judged:
                judged[traits] = self._forbidden((group.but(itself) or group.members[0])[1], target)
            return group.machine, place, traits.link, judged[traits]

        return way

    def treated(self, service: Service, ip: str) -> list[list[Group]]:
        """The groups, together where the rules treat them alike when they ask for a Service's address.

        They get the same by the same dice: a refusal, or one of the same endpoints.
        """
        treatment, found = self.treatment(service, ip), dict[Hashable, list[Group]]()
        for group in self.groups.all:
            if family(ip) in group.traits.families:
                found.setdefault(treatment(group), []).append(group)
        return list(found.values())

    def treatment(self, service: Service, ip: str) -> Callable[[Group], Hashable]:
        """What tells how rules treat a group that asks for a Service's address: equal where they do alike."""
        holders, local = self.groups.ranges.holders(ip), service.spec.internal_traffic_policy == "Local"
        differ = local or self._hinted(service)
        chosen = {node: self._chosen(service, node, family(ip)) if differ else () for node in self.groups.machines}

        def told(group: Group) -> Hashable:
            place = group.node if group.node in holders else ""
            return group.machine, place, group.traits.link, chosen[group.node]

        return told

    def _hinted(self, service: Service) -> bool:
        """Whether a Service's slices say for whom an endpoint is."""
        listed = self.state.view.table("endpointslices").find("label", service.namespace, SERVICE_NAME, service.name)
        return any(endpoint.hints for each in listed for endpoint in each.endpoints or ())

    def _chosen(self, service: Service, node: str, version: int) -> Hashable:
        """The endpoints that an ordinary node chooses among for a Service's address."""
        return tuple([
            (port.has_endpoints, *(end.target for end in (port.near if port.internal_local else port.cluster)))
            for port in ports_of(self.state.view, service, node, version)
        ])

    def sort(self, target: Target) -> Hashable:
        """What a Pod's address is like for who goes there: of equal ones each is reached where another is.

        None for an address that is like no other, or where nobody answers.
        """
        ip, port, protocol = target
        box, ranges = self._box(ip), self.groups.ranges
        pod: Pod | None = self.state.view.get("pods", box.pod) if box else None
        if box is None or pod is None or (port, protocol.upper()) not in answering(pod, box):
            return None
        if self._holders(target) != frozenset([box.node]):
            return None
        guards = tuple([each.name for each in self._guards(ip)])
        named = tuple([each.ports for each in pod.spec.containers]) if guards else ()  # policies may name a port
        return box.node, ranges.within(ip), ranges.holders(ip), port, protocol, pod.namespace, guards, named

    # Who is there

    def _holders(self, target: Target) -> frozenset[str] | None:
        """The nodes that have to do with an address; None stands for all: rules rewrite it."""
        ip, port, protocol = target
        if front_ends(self.state.view, family(ip)).owners((number(ip), protocol, port)):
            return None
        box, node = self._box(ip), nodes_by_address(self.state).get(ip)
        return self.groups.ranges.holders(ip).union([box.node] if box else [node] if node else [])

    def _box(self, ip: str) -> Sandbox | None:
        """The sandbox of the Pod that has an address of its own."""
        key = pod_at(self.state, ip)
        return self.state.sandboxes.get(key) if key else None

    def _at(self, ip: str) -> tuple[Ranked | None, Group | None]:
        """The Pod among the sources that has an address, with its group."""
        key = pod_at(self.state, ip)
        return self.groups.homes.get("/".join(key) if key else "", (None, None))

    # NetworkPolicies

    def _guards(self, ip: str) -> tuple[NetworkPolicy, ...]:
        """Those that isolate the Pod that has an address from others."""
        table, key = self.state.tables.get("networkpolicies"), pod_at(self.state, ip)
        pod: Pod | None = self.state.view.get("pods", key) if key else None
        return policies_of(table, pod, "Ingress") if table and pod else ()

    def _forbidden(self, source: Source, target: Target) -> Hashable:
        """Those that keep a Pod from a target, by direction; none where they allow it."""
        ip, port, protocol = target
        packet = Packet(end_of(self.state, source.end).source_for(ip), SPORT, ip, port, protocol)
        box = self._box(ip)
        nodes = dict.fromkeys((source.node, box.node if box else source.node)) if packet.source else {}
        said = [each for node in nodes for each in judgements(self.state, node, packet)]
        return tuple([(each.direction, each.policies) for each in said if not each.allowed])
