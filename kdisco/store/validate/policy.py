"""What NetworkPolicies must be. Upstream: pkg/apis/networking/validation ValidateNetworkPolicySpec, ValidateIPBlock."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator

from kdisco.model.networkpolicy import (
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)
from kdisco.store.field import Cause, forbidden, invalid, required, unsupported
from kdisco.store.validate.addresses import cidr
from kdisco.store.validate.names import label_selector, named_port, port_number

__all__ = ["network_policy"]

PROTOCOLS = ("TCP", "UDP", "SCTP")
TYPES = ("Ingress", "Egress")
Rule = NetworkPolicyIngressRule | NetworkPolicyEgressRule


def network_policy(new: NetworkPolicy, old: NetworkPolicy | None) -> Iterator[Cause]:
    """Selectors that can be read, ports and ranges that exist, one kind of peer at a time."""
    spec = new.spec
    known = frozenset(_cidrs(old.spec)) if old is not None else frozenset[str]()
    yield from label_selector("spec.podSelector", spec.pod_selector)
    sides: list[tuple[str, str, tuple[Rule, ...]]] = [("ingress", "from", spec.ingress), ("egress", "to", spec.egress)]
    for side, name, rules in sides:
        for i, rule in enumerate(rules):
            at = f"spec.{side}[{i}]"
            for j, port in enumerate(rule.ports):
                yield from _port(f"{at}.ports[{j}]", port)
            for j, peer in enumerate(rule.peers):
                yield from _peer(f"{at}.{name}[{j}]", peer, known)
    if len(spec.policy_types) > len(TYPES):
        yield invalid("spec.policyTypes", spec.policy_types, "may not specify more than two policyTypes")
        return
    for i, word in enumerate(spec.policy_types):
        if word not in TYPES:
            yield unsupported(f"spec.policyTypes[{i}]", word, TYPES)


def _cidrs(spec: NetworkPolicySpec) -> Iterator[str]:
    """The ranges that a policy had before: they may stay as they are."""
    rules: list[Rule] = [*spec.ingress, *spec.egress]
    for rule in rules:
        for peer in rule.peers:
            if peer.ip_block is not None:
                yield from (peer.ip_block.cidr, *peer.ip_block.except_)


def _port(at: str, found: NetworkPolicyPort) -> Iterator[Cause]:
    port, last = found.port, found.end_port
    if found.protocol is not None and found.protocol not in PROTOCOLS:
        yield unsupported(f"{at}.protocol", found.protocol, PROTOCOLS)
    if isinstance(port, int):
        yield from port_number(f"{at}.port", port)
        if last is not None:
            if last < port:
                yield invalid(f"{at}.endPort", last, "must be greater than or equal to `port`")
            yield from port_number(f"{at}.endPort", last)
        return
    if last is not None:
        words = "not specified" if port is None else "non-numeric"
        yield invalid(f"{at}.endPort", last, f"may not be specified when `port` is {words}")
    if port is not None:
        yield from named_port(f"{at}.port", port)


def _peer(at: str, peer: NetworkPolicyPeer, known: Collection[str]) -> Iterator[Cause]:
    selectors = (("podSelector", peer.pod_selector), ("namespaceSelector", peer.namespace_selector))
    given = [(name, selector) for name, selector in selectors if selector is not None]
    for name, selector in given:
        yield from label_selector(f"{at}.{name}", selector)
    if peer.ip_block is not None:
        yield from _block(f"{at}.ipBlock", peer.ip_block, known)
        if given:
            yield forbidden(at, "may not specify both ipBlock and another peer")
    elif not given:
        yield required(at, "must specify a peer")


def _block(at: str, block: IPBlock, known: Collection[str]) -> Iterator[Cause]:
    if not block.cidr:
        yield required(f"{at}.cidr")
        return
    yield from cidr(f"{at}.cidr", block.cidr, known)
    whole = _network(block.cidr)
    if whole is None:
        return
    for i, text in enumerate(block.except_):
        yield from cidr(f"{at}.except[{i}]", text, known)
        part = _network(text)
        if part is not None and (part.network_address not in whole or whole.prefixlen >= part.prefixlen):
            yield invalid(f"{at}.except[{i}]", text, "must be a strict subset of `cidr`")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None
