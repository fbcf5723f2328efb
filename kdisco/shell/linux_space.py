"""A cluster's parts in a Linux kernel, as values: namespaces, what is fed to which program there, listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.control.listen import answering
from kdisco.model.pod import Pod
from kdisco.net.packet import family

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kdisco.net.fabric import Interface, Route
    from kdisco.store.state import Sandbox, State

__all__ = [
    "FORWARDING",
    "PREFIX",
    "QUIET",
    "RESOLV_CONF",
    "Feed",
    "Listener",
    "Settings",
    "Space",
    "addressed",
    "batch",
    "host",
    "impatient",
    "name_of",
    "pod_listeners",
    "routed",
]

PREFIX = "kd-"  # of all names that this machine sees
DNS_PORT = 53
RESOLV_CONF = "/etc/resolv.conf"
QUIET = (  # of each new namespace, before it has devices: nothing is filtered or slowed that kube-proxy would not
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
    ("net/ipv4/conf/all/send_redirects", "0"),
    ("net/ipv4/conf/default/send_redirects", "0"),
    ("net/ipv4/icmp_ratemask", "0"),
    ("net/ipv4/icmp_msgs_per_sec", "100000"),
    ("net/ipv4/icmp_msgs_burst", "100000"),
    ("net/ipv6/icmp/ratelimit", "0"),
    ("net/ipv6/conf/all/accept_dad", "0"),
    ("net/ipv6/conf/default/accept_dad", "0"),
    ("net/ipv6/conf/default/accept_ra", "0"),
)
FORWARDING = (("net/ipv4/ip_forward", "1"), ("net/ipv6/conf/all/forwarding", "1"))

Settings = tuple[tuple[str, str], ...]


@frozen
class Feed:
    """A program, and the text for its standard input. ``netns NAME`` in a batch of ``ip`` names a Space."""

    program: tuple[str, ...]
    text: str


@frozen
class Listener:
    """A port on which somebody answers with a name. ``dns``: the CoreDNS Pod (``ns/name``) whose answers it gives."""

    address: str
    port: int
    protocol: str
    name: str
    dns: str = ""


@frozen(kw_only=True)
class Space:
    """One network namespace. ``name`` as ends are named: ``pod/ns/name``, ``node/name``, ``outside``.

    ``before`` and ``after`` the feeds are settings as (path below /proc/sys, value). ``files`` are (path, text) of
    those that a process here finds in the place of the host's; ``addresses`` are those that it is known by, ``node``
    where a Pod runs.
    """

    name: str
    addresses: tuple[str, ...] = ()
    node: str = ""
    before: Settings = QUIET
    feeds: tuple[Feed, ...] = ()
    after: Settings = ()
    listeners: tuple[Listener, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def name_of(space: str) -> str:
    """The name of a space for ``ip netns``: ``kd-node.node-1``."""
    return PREFIX + space.replace("/", ".")


def impatient(*devices: str) -> Settings:
    """That nobody on a link has an address is known after 0.3 seconds, not after 3."""
    return tuple((f"net/{each}/neigh/{name}/retrans_time_ms", "100") for name in devices for each in ("ipv4", "ipv6"))


def pod_listeners(state: State, box: Sandbox) -> Iterator[Listener]:
    """Where a Pod answers now."""
    pod = state.view.get("pods", box.pod)
    if not isinstance(pod, Pod):
        return
    own = "/".join(box.pod)
    for port, protocol in sorted(answering(pod, box)):
        if protocol in ("TCP", "UDP"):
            dns = own if port == DNS_PORT and pod.metadata.labels.get("k8s-app") == "kube-dns" else ""
            for ip in box.ips:
                yield Listener(ip, port, protocol.lower(), f"pod/{own}", dns)


def batch(lines: Iterable[str], *program: str) -> Feed:
    """Lines for ``ip -batch`` or another program that reads commands so."""
    return Feed((*(program or ("ip",)), "-batch", "-"), "".join(f"{line}\n" for line in lines))


def addressed(device: Interface) -> Iterator[str]:
    """Give a device its addresses; the kernel gives the loopback its own."""
    if device.name == "lo":
        return
    for text in device.addresses:
        how = "nodad" if family(text) == 6 else "" if text.endswith("/32") else "brd +"  # noqa: PLR2004 - the IP version
        yield f"addr add {text} dev {device.name} {how}"


def routed(routes: Iterable[Route]) -> Iterator[str]:
    """The routes that do not come with an address, each behind those by which its gateway is known."""
    for route in sorted(routes, key=lambda route: bool(route.via) and not route.onlink):
        if not route.source:
            words = ["route add", route.destination, f"via {route.via}" if route.via else "", f"dev {route.device}"]
            yield " ".join([word for word in words if word] + ["onlink"] * route.onlink)


def host(ip: str) -> str:
    """One address as a network."""
    return f"{ip}/{128 if family(ip) == 6 else 32}"  # noqa: PLR2004 - bits of an address
