"""NetworkPolicies at work: whether a new connection may leave one Pod and enter another.

The API server only stores them; the CNI enforces them, on the node of the Pod that is meant. The model does so on
every node: many CNIs do, flannel alone does not. A connection is judged where it is forwarded, after the filter rules
and before any SNAT: what leaves a Pod with its real destination, for kube-proxy's DNAT came before; what enters one
with the source that it arrived with. Only the first packet is judged: answers pass, and connections that stand stay.
A node always reaches its own Pods and they reach it, so that probes pass; a Pod always reaches itself; Pods on the
host network are their node. Upstream: networking.k8s.io/v1 types.go, sigs.k8s.io/kube-network-policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.networkpolicy import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)
from kdisco.model.pod import Pod
from kdisco.net.ends import pod_at
from kdisco.net.memo import Memo
from kdisco.net.packet import ECHO, Packet, family, number, span
from kdisco.phrase import Phrase, said
from kdisco.store.state import State

if TYPE_CHECKING:
    from kdisco.store.table import Table

__all__ = ["Judgement", "Rule", "judgements", "policies_of", "port_numbers", "rules_of", "selects"]

Rule = NetworkPolicyIngressRule | NetworkPolicyEgressRule
NAME = "kubernetes.io/metadata.name"


@frozen(kw_only=True)
class Judgement:
    """What the policies say of one connection at one Pod.

    ``direction`` is Egress or Ingress, ``pod`` is ``pod/ns/name``, ``policies`` (``ns/name``) those that isolate it.
    """

    direction: str
    pod: str
    allowed: bool
    policies: tuple[str, ...]
    why: str

    @property
    def words(self) -> str:
        """The word of the policies, at which Pod and in which direction."""
        return Phrase("{direction} of {pod}: {why}", direction=self.direction, pod=self.pod, why=self.why)

    def __str__(self) -> str:
        return str(said(self.words))


_BY_NAMESPACE: Memo[Mapping[str, tuple[NetworkPolicy, ...]]] = Memo(8)
_OF_POD: Memo[tuple[NetworkPolicy, ...]] = Memo(1 << 12)


def judgements(state: State, node: str, packet: Packet) -> Iterator[Judgement]:
    """What is said of a connection that a node forwards, first where it leaves a Pod of it, then where it enters one.

    Nothing is said of Pods that no policy selects.
    """
    table = state.tables.get("networkpolicies")
    if not table or not table.objects:
        return
    source, destination = (_pod(state, ip) for ip in (packet.source, packet.destination))
    if source is not None and destination is not None and source.key == destination.key:
        return
    for direction, pod in (("Egress", source), ("Ingress", destination)):
        if pod is None or _node_of(state, pod) != node:
            continue
        found = policies_of(table, pod, direction)
        if found:
            yield _Case(state, packet, direction, pod, source, destination).judged(found)


def policies_of(table: Table, pod: Pod, direction: str) -> tuple[NetworkPolicy, ...]:
    """The policies that isolate a Pod in a direction (Egress or Ingress), by name."""
    return _OF_POD.get((table, pod), (direction,), lambda: tuple(_isolating(table, pod, direction)))


def rules_of(policy: NetworkPolicy, direction: str) -> tuple[Rule, ...]:
    """What a policy allows in a direction."""
    return policy.spec.egress if direction == "Egress" else policy.spec.ingress


def selects(state: State, policy: NetworkPolicy, peer: NetworkPolicyPeer, pod: Pod) -> bool:
    """Whether a peer of a policy, by its selectors, is a Pod."""
    if peer.pod_selector is not None and not peer.pod_selector.selects(pod.labels):
        return False
    if peer.namespace_selector is None:
        return pod.namespace == policy.namespace
    namespace = state.view.get("namespaces", ("", pod.namespace))
    labels = namespace.labels if namespace is not None else {NAME: pod.namespace}  # a dump may lack it
    return peer.namespace_selector.selects(labels)


def port_numbers(pod: Pod | None, name: str, protocol: str) -> set[int]:
    """The numbers of a Pod's container ports of that name."""
    containers = pod.spec.containers if pod else ()
    ports = (port for container in containers for port in container.ports)
    return {port.container_port for port in ports if port.name == name and (port.protocol or "TCP") == protocol}


def _isolating(table: Table, pod: Pod, direction: str) -> Iterator[NetworkPolicy]:
    for policy in _by_namespace(table).get(pod.namespace, ()):
        if direction in policy.spec.directions and policy.spec.pod_selector.selects(pod.labels):
            yield policy


def _by_namespace(table: Table) -> Mapping[str, tuple[NetworkPolicy, ...]]:
    return _BY_NAMESPACE.get((table,), (), lambda: _grouped(table))


def _grouped(table: Table) -> Mapping[str, tuple[NetworkPolicy, ...]]:
    found: dict[str, list[NetworkPolicy]] = {}
    for policy in table.objects.values():
        found.setdefault(policy.namespace, []).append(policy)
    return {namespace: tuple(policies) for namespace, policies in found.items()}


def _pod(state: State, ip: str) -> Pod | None:
    key = pod_at(state, ip)
    found: Pod | None = state.view.get("pods", key) if key else None
    return found


def _node_of(state: State, pod: Pod) -> str:
    box = state.sandboxes.get(pod.key)
    return box.node if box else ""


@frozen
class _Case:
    """One connection at one of its Pods."""

    state: State
    packet: Packet
    direction: str
    pod: Pod
    source: Pod | None
    destination: Pod | None

    def judged(self, policies: tuple[NetworkPolicy, ...]) -> Judgement:
        """The word of the policies that isolate the Pod: one rule that allows it is enough."""
        names = tuple(f"{policy.namespace}/{policy.name}" for policy in policies)
        for policy, name in zip(policies, names, strict=True):
            for at, rule in enumerate(rules_of(policy, self.direction), 1):
                if self._fits(policy, rule):
                    return self._said(names, _allowed(name, at), allowed=True)
        packet = self.packet
        ip, other = (
            (packet.destination, self.destination) if self.direction == "Egress" else (packet.source, self.source)
        )
        whom = f"{ip} (pod/{other.namespace}/{other.name})" if other else ip
        return self._said(names, _forbidden(self.direction, names, _with_port(whom, packet)))

    def _said(self, names: tuple[str, ...], why: str, *, allowed: bool = False) -> Judgement:
        pod = f"pod/{self.pod.namespace}/{self.pod.name}"
        return Judgement(direction=self.direction, pod=pod, allowed=allowed, policies=names, why=why)

    def _fits(self, policy: NetworkPolicy, rule: Rule) -> bool:
        """Whether a rule allows it: one of its peers and one of its ports; none named are all."""
        peers, ports = rule.peers, rule.ports
        return (not ports or any(self._port(port) for port in ports)) and (
            not peers or any(self._peer(policy, peer) for peer in peers)
        )

    def _port(self, wanted: NetworkPolicyPort) -> bool:
        protocol, port = (wanted.protocol or "TCP").upper(), wanted.port
        if self.packet.protocol.upper() != protocol:
            return False
        if port is None:
            return True
        if isinstance(port, str):
            return self.packet.dport in port_numbers(self.destination, port, protocol)
        return port <= self.packet.dport <= (port if wanted.end_port is None else wanted.end_port)

    def _peer(self, policy: NetworkPolicy, peer: NetworkPolicyPeer) -> bool:
        egress = self.direction == "Egress"
        if peer.ip_block is not None:
            return _within(peer.ip_block, self.packet.destination if egress else self.packet.source)
        other = self.destination if egress else self.source
        return other is not None and selects(self.state, policy, peer, other)


def _allowed(name: str, at: int) -> str:
    return Phrase("NetworkPolicy {policy} allows it by rule {rule}", policy=name, rule=at)


def _with_port(whom: str, packet: Packet) -> str:
    if packet.protocol == ECHO:
        return Phrase("{whom} by icmp", whom=whom)
    return Phrase("{whom} on {port}/{protocol}", whom=whom, port=packet.dport, protocol=packet.protocol)


def _forbidden(direction: str, names: tuple[str, ...], whom: str) -> str:
    """That policies isolate a Pod, and none of their rules allows a connection to or from somebody."""
    words = {"policies": ", ".join(names), "whom": whom}
    if direction == "Egress":
        if len(names) > 1:
            return Phrase("NetworkPolicies {policies} isolate it, and no rule allows to {whom}", **words)
        return Phrase("NetworkPolicy {policies} isolates it, and no rule allows to {whom}", **words)
    if len(names) > 1:
        return Phrase("NetworkPolicies {policies} isolate it, and no rule allows from {whom}", **words)
    return Phrase("NetworkPolicy {policies} isolates it, and no rule allows from {whom}", **words)


def _within(block: IPBlock, ip: str) -> bool:
    """Whether an address lies in a block and in none of its exceptions."""
    if not _in(block.cidr, ip):
        return False
    return not any(_in(cidr, ip) for cidr in block.except_)


def _in(cidr: str, ip: str) -> bool:
    if family(cidr) != family(ip):
        return False
    network, mask = span(cidr)
    return number(ip) & mask == network
