"""What rules and NetworkPolicies may tell of an address or of labels: the ranges and the keys that they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from kdisco.model.networkpolicy import NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule
from kdisco.net.packet import family, number, span
from kdisco.store.state import State

__all__ = ["Ranges", "asked_labels"]


@frozen
class Ranges:
    """The ranges of a cluster that somebody asks for, and those of its nodes."""

    asked: tuple[tuple[int, int, int], ...]  # family, network, mask
    nodes: tuple[tuple[str, int, int, int], ...] = field(repr=False)

    @classmethod
    def of(cls, state: State) -> Ranges:
        """Those of a state."""
        proxy, policies = state.config.proxy, state.view.list("networkpolicies")
        cidrs = {*state.config.pod_cidrs, *map(str.strip, (proxy.cluster_cidr or "").split(","))}
        asked = sorted(cidrs.union(*map(_blocks, policies)) - {""})
        own = [
            (node.name, family(cidr), *span(cidr))
            for node in state.view.list("nodes")
            for cidr in node.spec.pod_cidrs or (node.spec.pod_cidr,)
            if cidr
        ]
        return cls(tuple((family(cidr), *span(cidr)) for cidr in asked), tuple(own))

    def within(self, ip: str) -> tuple[int, ...]:
        """What may be asked of an address: its family, and which ranges hold it."""
        version, value = family(ip), number(ip)
        held = [at for at, (kind, net, mask) in enumerate(self.asked) if kind == version and value & mask == net]
        return version, *held

    def holders(self, ip: str) -> frozenset[str]:
        """The nodes whose range of Pods holds an address: one, or nobody."""
        version, value = family(ip), number(ip)
        return frozenset([name for name, kind, net, mask in self.nodes if kind == version and value & mask == net])


def _blocks(policy: NetworkPolicy) -> Iterator[str]:
    """The ranges that a policy names."""
    rules: Iterable[NetworkPolicyIngressRule | NetworkPolicyEgressRule] = (*policy.spec.ingress, *policy.spec.egress)
    for rule in rules:
        for peer in rule.peers:
            if peer.ip_block is not None:
                yield from (peer.ip_block.cidr, *peer.ip_block.except_)


def asked_labels(state: State) -> tuple[str, ...]:
    """The keys of the labels by which NetworkPolicies know who may come in."""
    policies: Iterator[NetworkPolicy] = state.view.list("networkpolicies")
    peers = (peer for each in policies for rule in each.spec.ingress for peer in rule.peers)
    selectors = [peer.pod_selector for peer in peers if peer.pod_selector is not None]
    keys = {key for each in selectors for key in each.match_labels}
    return tuple(sorted(keys.union(need.key for each in selectors for need in each.match_expressions)))
