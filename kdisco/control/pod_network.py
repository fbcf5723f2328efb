"""Addresses of Pods: the node's own range, one after the other, as the CNI plugin host-local gives them."""

from __future__ import annotations

import ipaddress

from kdisco.control.controller import Context
from kdisco.control.digest import digest
from kdisco.model.node import Node
from kdisco.model.pod import Pod

__all__ = ["no_address", "own_addresses"]

FIRST = 2  # number of the first address that a Pod can have

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def own_addresses(context: Context, node: Node) -> tuple[tuple[str, ...], int | None]:
    """The free address after the last one given, wrapping, one of each family; .1 is the node's bridge.

    Gives its lease too, the number of the address, which goes on counting when the range begins anew: up to then
    nobody needs to look who has which address. No address and None when the range is used up.
    """
    networks = _ranges(node)
    if not networks:
        return (), None
    span = min(network.num_addresses for network in networks) - 1 - FIRST
    last = context.leases.get(node.name)
    if last is not None and last + 1 - FIRST < span:
        return tuple(str(network[last + 1]) for network in networks), last + 1
    used = _used(context, node)
    if last is None:  # a node of a dump: nobody knows what it gave last
        numbers = (FIRST + place for place in range(span))
    else:
        numbers = (last + place for place in range(1, span + 1))
    for number in numbers:
        ips = tuple(str(network[FIRST + (number - FIRST) % span]) for network in networks)
        if used.isdisjoint(ips):
            return ips, number if last is not None or not used else number + span
    return (), None


def _used(context: Context, node: Node) -> set[str]:
    """The addresses that Pods of a node have."""
    boxes = (context.sandboxes.get(pod.key) for pod in context.view.table("pods").find("node", node.name))
    return {ip for box in boxes if box is not None for ip in box.ips}


def _ranges(node: Node) -> list[Network]:
    try:
        return [ipaddress.ip_network(cidr) for cidr in node.spec.pod_cidrs or (node.spec.pod_cidr,)]
    except ValueError:  # a dump may say anything
        return []


def no_address(pod: Pod, node: Node) -> str:
    """What a kubelet tells when a range is used up: host-local's words in flannel's in the runtime's in its own.

    Each family is a range of its own, and the smaller one is used up first.
    Upstream: plugins/ipam/host-local/main.go, backend/allocator/{allocator,range}.go.
    """
    sandbox = digest(f"{pod.metadata.uid}/sandbox")
    ranges = enumerate(_ranges(node))
    place, network = min(ranges, key=lambda each: each[1].num_addresses, default=(0, None))
    if network is None:  # what flanneld cannot read it does not start with
        words = "loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory"
    elif network.num_addresses <= FIRST:
        words = f"invalid range set {place}: invalid range 0: Network {network} too small to allocate from"
    else:
        last = network[-2] if network.version == 4 else network[-1]  # noqa: PLR2004 - IPv6 has no broadcast address
        words = f"failed to allocate for range {place}: no IP addresses available in range set: {network[1]}-{last}"
    return (
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
        f'"{sandbox}": plugin type="flannel" failed (add): {words}'
    )
