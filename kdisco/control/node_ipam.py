"""Pod CIDRs: each node gets its own part of the Pod network. Upstream: pkg/controller/nodeipam/ipam/range_allocator.go.

The part has /24 addresses in IPv4 and /64 in IPv6 (--node-cidr-mask-size-ipv4, -ipv6), taken in order; where the
Pod network has too few such parts for the cluster's nodes, the mask is as much longer as they need.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, own_key, update
from kdisco.model.meta import Key
from kdisco.model.node import Node

__all__ = ["CONTROLLER", "MASKS"]

MASKS = {4: 24, 6: 64}


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Give a node that has no Pod CIDR the first free one of each family; none left: it stays without."""
    node: Node | None = context.view.get("nodes", key)
    if node is None or node.spec.pod_cidr or node.deleting:
        return
    taken = {cidr for each in context.stored.list("nodes") for cidr in (each.spec.pod_cidrs or (each.spec.pod_cidr,))}
    given = [_first_free(cidr, taken, context.config.nodes) for cidr in context.config.pod_cidrs]
    if None not in given:
        cidrs = tuple(str(cidr) for cidr in given)
        yield update(evolve(node, spec=evolve(node.spec, pod_cidr=cidrs[0], pod_cidrs=cidrs)))


def _first_free(pod_cidr: str, taken: set[str], nodes: int) -> str | None:
    network = ipaddress.ip_network(pod_cidr)
    needed = network.prefixlen + max(nodes - 1, 0).bit_length()
    mask = min(max(MASKS[network.version], needed), network.max_prefixlen)
    return next((str(part) for part in network.subnets(new_prefix=mask) if str(part) not in taken), None)


CONTROLLER = Controller("nodeipam", {"nodes": own_key}, reconcile)
