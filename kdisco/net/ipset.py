"""The kernel's ipsets: what kube-proxy's IPVS mode keeps there, as values, as ``ipset list`` and for ``ipset restore``.

Upstream: pkg/proxy/ipvs/ipset.go, pkg/proxy/ipvs/ipset/ipset.go (v1.36); ipset 7 prints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.packet import address, number, span

if TYPE_CHECKING:
    from kdisco.net.match import Sight

__all__ = ["BITMAP", "KINDS", "SETS", "Member", "Named", "named", "text_of_list", "text_of_restore"]

IP, IP_PORT, IP_PORT_IP, IP_PORT_NET = "hash:ip", "hash:ip,port", "hash:ip,port,ip", "hash:ip,port,net"
BITMAP = "bitmap:port"
KINDS = {  # revision of the type, then bytes: empty and per member in IPv4, the same in IPv6
    IP: (5, 200, 40, 208, 64),
    IP_PORT: (6, 200, 48, 216, 72),
    IP_PORT_IP: (6, 208, 56, 232, 104),
    IP_PORT_NET: (8, 464, 56, 1256, 104),
    BITMAP: (3, 8264, 0, 8264, 0),
}
SETS = {  # name: type and what kube-proxy says of it where a rule asks it
    "KUBE-LOOP-BACK": (IP_PORT_IP, "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose"),
    "KUBE-CLUSTER-IP": (IP_PORT, "Kubernetes service cluster ip + port for masquerade purpose"),
    "KUBE-EXTERNAL-IP": (IP_PORT, "Kubernetes service external ip + port for masquerade and filter purpose"),
    "KUBE-EXTERNAL-IP-LOCAL": (
        IP_PORT,
        "Kubernetes service external ip + port with externalTrafficPolicy=local",
    ),
    "KUBE-LOAD-BALANCER": (IP_PORT, "Kubernetes service lb portal"),
    "KUBE-LOAD-BALANCER-FW": (
        IP_PORT,
        "Kubernetes service load balancer ip + port for load balancer with sourceRange",
    ),
    "KUBE-LOAD-BALANCER-LOCAL": (
        IP_PORT,
        "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
    ),
    "KUBE-LOAD-BALANCER-SOURCE-IP": (
        IP_PORT_IP,
        "Kubernetes service load balancer ip + port + source IP for packet filter purpose",
    ),
    "KUBE-LOAD-BALANCER-SOURCE-CIDR": (
        IP_PORT_NET,
        "Kubernetes service load balancer ip + port + source cidr for packet filter purpose",
    ),
    "KUBE-NODE-PORT-TCP": (BITMAP, "Kubernetes nodeport TCP port for masquerade purpose"),
    "KUBE-NODE-PORT-LOCAL-TCP": (BITMAP, "Kubernetes nodeport TCP port with externalTrafficPolicy=local"),
    "KUBE-NODE-PORT-UDP": (BITMAP, "Kubernetes nodeport UDP port for masquerade purpose"),
    "KUBE-NODE-PORT-LOCAL-UDP": (BITMAP, "Kubernetes nodeport UDP port with externalTrafficPolicy=local"),
    "KUBE-NODE-PORT-SCTP-HASH": (
        IP_PORT,
        "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
    ),
    "KUBE-NODE-PORT-LOCAL-SCTP-HASH": (
        IP_PORT,
        "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
    ),
    "KUBE-HEALTH-CHECK-NODE-PORT": (BITMAP, "Kubernetes health check node port"),
    "KUBE-IPVS-IPS": (IP, "Addresses on the ipvs interface"),
}
NAME_SIZE = 31  # of a set's name in the kernel
FAMILIES = {4: "inet", 6: "inet6"}
WIDEST = {4: "/32", 6: "/128"}


@frozen
class Member:
    """One member of a set: of an address, a protocol with a port and a third part what the set's type has.

    ``third`` is (network, mask): a range, or a single address.
    """

    text: str
    ip: int | None = None
    protocol: str = ""
    port: int = 0
    third: tuple[int, int] | None = None

    @classmethod
    def of_port(cls, port: int) -> Member:
        """Of a bitmap:port."""
        return cls(str(port), port=port)

    @classmethod
    def of_ip(cls, ip: str) -> Member:
        """Of a hash:ip."""
        return cls(address(ip), number(ip))

    @classmethod
    def of_end(cls, ip: str, protocol: str, port: int, third: str = "") -> Member:
        """Of a hash:ip,port, or with a third part of one that has it."""
        text = f"{address(ip)},{protocol}:{port}"
        if not third:
            return cls(text, number(ip), protocol, port)
        return cls(f"{text},{third}", number(ip), protocol, port, span(third))

    def fits(self, sight: Sight, ends: str) -> bool:
        """Whether a packet is meant, where ``ends`` says which of its ends each part is held against."""
        sides = ends.split(",")
        if self.ip is not None and self.ip != _side(sight, sides[0]):
            return False
        if self.port and (sight.dport != self.port or (self.protocol and sight.protocol != self.protocol)):
            return False
        return self.third is None or (self.stored and _side(sight, sides[2]) & self.third[1] == self.third[0])

    @property
    def stored(self) -> bool:
        """Whether the kernel takes it: not a range of everything (0.0.0.0/0), which no hash can hold."""
        return self.third is None or bool(self.third[1])


def _side(sight: Sight, side: str) -> int:
    return sight.source if side == "src" else sight.destination


@frozen
class Named:
    """A set by kube-proxy's ``key``: its ``name`` in the kernel, its type, and its comment in rules."""

    key: str
    name: str
    kind: str
    comment: str
    family: int

    @property
    def options(self) -> str:
        """What it is created with."""
        if self.kind == BITMAP:
            return "range 0-65535"
        return f"family {FAMILIES[self.family]} hashsize 1024 maxelem 65536"


def named(key: str, family: int) -> Named:
    """One of kube-proxy's sets in a family; the two of a dual-stack node have different names."""
    kind, comment = SETS[key]
    name = key if family == 4 else key.replace("KUBE-", "KUBE-6-", 1)[:NAME_SIZE]  # noqa: PLR2004 - the IP version
    return Named(key, name, kind, comment, family)


def text_of_list(members: Mapping[str, Iterable[Member]], family: int, references: Mapping[str, int]) -> str:
    """What ``ipset list`` prints; ``references`` counts the rules that ask each set, by its name in the kernel."""
    return "\n".join(
        "".join(f"{line}\n" for line in _listed(named(key, family), members.get(key, ()), references)) for key in SETS
    )


def _listed(found: Named, members: Iterable[Member], references: Mapping[str, int]) -> Iterator[str]:
    entries = [_shown(member.text, found) for member in members]
    revision, *sizes = KINDS[found.kind]
    empty, each = sizes[:2] if found.family == 4 else sizes[2:]  # noqa: PLR2004 - the IP version
    seed = hashlib.sha256(found.name.encode()).hexdigest()[:8]  # the kernel draws it when the set is made
    hashed = "" if found.kind == BITMAP else f" bucketsize 12 initval 0x{seed}"
    yield f"Name: {found.name}"
    yield f"Type: {found.kind}"
    yield f"Revision: {revision}"
    yield f"Header: {found.options}{hashed}"
    yield f"Size in memory: {empty + each * len(entries)}"
    yield f"References: {references.get(found.name, 0)}"
    yield f"Number of entries: {len(entries)}"
    yield "Members:"
    yield from entries


def _shown(text: str, found: Named) -> str:
    """A member as ipset prints it: a range of one address is that address."""
    return text.removesuffix(WIDEST[found.family]) if found.kind == IP_PORT_NET else text


def text_of_restore(members: Mapping[str, Iterable[Member]], family: int) -> str:
    """What ``ipset restore`` makes the same sets of: kube-proxy's own commands, one a line."""
    lines = []
    for key in SETS:
        found = named(key, family)
        lines.append(f"create {found.name} {found.kind} {found.options} -exist")
        lines += [f"add {found.name} {member.text} -exist" for member in members.get(key, ())]
    return "".join(f"{line}\n" for line in lines)
