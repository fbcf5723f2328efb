"""A name below the cluster's zone, taken apart: which Service, endpoint, port or Pod is asked for.

Upstream: coredns plugin/kubernetes/parse.go, plugin/pkg/dnsutil/reverse.go (1.14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.address import IPV4, parse_ip
from kdisco.model.domain import REVERSE

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["POD", "SVC", "RecordRequest", "address_of_pod", "address_of_reverse", "parse"]

SVC, POD = "svc", "pod"
NIBBLES = 4  # hexadecimal digits in one group of an IPv6 address


@frozen(kw_only=True)
class RecordRequest:
    """What a name asks for; ``kind`` is svc, pod, or "" for a name that exists and holds nothing.

    Below pod ``service`` is the address with dashes. Empty ``port`` or ``protocol`` match any. ``place`` is a
    zone of nodes, to whose endpoints the name is confined, or with ``prefer`` only if it has any.
    """

    kind: str = ""
    namespace: str = ""
    service: str = ""
    endpoint: str = ""
    port: str = ""
    protocol: str = ""
    place: str = ""
    prefer: bool = False


def parse(rest: Sequence[str], *, zonal: bool = False) -> RecordRequest | None:
    """What the lower-case labels left of the zone ask for, None where no such name can exist.

    ``zonal`` says whether names of zones of nodes are understood: ``ZONE.pin._zone.SVC.NS.svc``.
    """
    match rest:
        case () | ("svc" | "pod",):
            return RecordRequest()
        case (*place, "pin" | "prefer" as directive, "_zone", service, namespace, "svc") if zonal and place:
            name = ".".join(place)
            return RecordRequest(
                kind=SVC, namespace=namespace, service=service, place=name, prefer=directive == "prefer"
            )
        case (*left, "svc" | "pod" as kind):
            return _below(kind, left)
    return None


def _below(kind: str, left: Sequence[str]) -> RecordRequest | None:
    match left:
        case (namespace,):
            return RecordRequest(kind=kind, namespace=namespace)
        case (service, namespace):
            return RecordRequest(kind=kind, namespace=namespace, service=service)
        case (endpoint, service, namespace):
            return RecordRequest(kind=kind, namespace=namespace, service=service, endpoint=endpoint)
        case (port, protocol, service, namespace):
            # One underscore of each is taken off; a label of nothing but "_" so matches every port.
            port, protocol = port.removeprefix("_"), protocol.removeprefix("_")
            return RecordRequest(kind=kind, namespace=namespace, service=service, port=port, protocol=protocol)
    return None


def address_of_pod(label: str) -> str:
    """The address that a dashed label spells, unchecked: three single dashes make it IPv4."""
    return label.replace("-", "." if label.count("-") == 3 and "--" not in label else ":")  # noqa: PLR2004 - a.b.c.d


def address_of_reverse(labels: Sequence[str]) -> str | None:
    """The address that an in-addr.arpa or ip6.arpa name (lower-case labels) spells, None when it is partial.

    Up to three labels too many at the left of an ip6.arpa name are not looked at, as upstream.
    """
    zone, digits = tuple(labels[-2:]), labels[-3::-1]
    if zone == REVERSE[0]:
        found = parse_ip(".".join(digits))
        return found[1] if found and found[0] == IPV4 else None
    if zone == REVERSE[1]:
        groups = ["".join(digits[at : at + NIBBLES]) for at in range(0, len(digits) - NIBBLES + 1, NIBBLES)]
        found = parse_ip(":".join(groups))
        return found[1] if found else None
    return None
