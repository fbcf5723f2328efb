"""The columns of Services and of what stands behind them. Upstream: pkg/printers/internalversion/printers.go."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.console.kubectl.document import Document, age_of, at, format_labels, name_of, selector_text, several
from kdisco.net.packet import target

__all__ = [
    "cidr_cells", "endpoints_cells", "endpoints_text", "ip_cells", "policy_cells", "service_cells", "slice_cells",
]

MOST = 3  # addresses or ports that a cell shows
NONE, UNSET = "<none>", "<unset>"


def service_cells(service: Document, now: float) -> list[str]:
    """Type, addresses and ports of a Service."""
    kind = at(service, "spec", "type", default="ClusterIP")
    address = at(service, "spec", "clusterIPs", 0) or at(service, "spec", "clusterIP") or NONE
    ports = ",".join(_port(each) for each in at(service, "spec", "ports", default=()))
    return [
        name_of(service), kind, address, _external(service, kind), ports or NONE, age_of(service, now),
        format_labels(at(service, "spec", "selector")),
    ]


def _port(port: Document) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node}/{port.get('protocol', 'TCP')}"


def _external(service: Document, kind: str) -> str:
    """Where a Service can be reached from outside the cluster."""
    given = list(at(service, "spec", "externalIPs", default=()))
    if kind == "LoadBalancer":
        ingress = at(service, "status", "loadBalancer", "ingress", default=())
        return ",".join(sorted({each.get("ip") or each.get("hostname", "") for each in ingress}) + given) or "<pending>"
    if kind == "ExternalName":
        return str(at(service, "spec", "externalName", default=""))
    return ",".join(given) or NONE


def endpoints_cells(found: Document, now: float) -> list[str]:
    """The ready addresses of an Endpoints object."""
    return [name_of(found), endpoints_text(found), age_of(found, now)]


def endpoints_text(found: Document) -> str:
    """The first ready addresses with their ports. Upstream: formatEndpoints."""
    return several(_reached(found), MOST, "") if at(found, "subsets") else NONE


def _reached(found: Document) -> Iterator[str]:
    for subset in at(found, "subsets", default=()):
        addresses = [each.get("ip", "") for each in subset.get("addresses") or ()]
        if not subset.get("ports"):
            yield from addresses
        for port in subset.get("ports") or ():
            yield from (target(each, port["port"]) for each in addresses)


def slice_cells(found: Document, now: float) -> list[str]:
    """Ports and addresses of an EndpointSlice, whatever their state."""
    ports = (str(each.get("port") or each.get("name") or "*") for each in found.get("ports") or ())
    addresses = (one for each in found.get("endpoints") or () for one in each.get("addresses") or ())
    return [
        name_of(found), str(found.get("addressType", "")), several(ports, MOST, UNSET),
        several(addresses, MOST, UNSET), age_of(found, now),
    ]


def policy_cells(policy: Document, now: float) -> list[str]:
    """The Pods that a NetworkPolicy is about."""
    return [name_of(policy), selector_text(at(policy, "spec", "podSelector")), age_of(policy, now)]


def cidr_cells(found: Document, now: float) -> list[str]:
    """The ranges of a ServiceCIDR."""
    return [name_of(found), ",".join(at(found, "spec", "cidrs", default=())), age_of(found, now)]


def ip_cells(found: Document, _now: float) -> list[str]:
    """Whose an IPAddress is."""
    parent = at(found, "spec", "parentRef", default={})
    group = f".{parent['group']}" if parent.get("group") else ""
    space = f"/{parent['namespace']}" if parent.get("namespace") else ""
    text = f"{parent.get('resource', '')}{group}".lower() + f"{space}/{parent.get('name', '')}"
    return [name_of(found), text if parent else NONE]
