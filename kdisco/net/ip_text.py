"""Devices, addresses, neighbours and forwarding tables as ``ip`` and ``bridge`` print them.

Blanks at the ends of lines, which the tools leave, are left out. Upstream: iproute2 6.1 ip/ipaddress.c,
ip/ipneigh.c, bridge/fdb.c.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from kdisco.net.link import link_local
from kdisco.net.packet import family

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from kdisco.net.devices import Link
    from kdisco.net.neighbours import Forward, Neighbour

__all__ = ["addresses_text", "fdb_text", "links_text", "neighbours_text"]

UP = "BROADCAST,MULTICAST,UP,LOWER_UP"
SHOWN = {  # by kind: flags, queue discipline, state
    "loopback": ("LOOPBACK,UP,LOWER_UP", "noqueue", "UNKNOWN"),
    "nic": (UP, "fq_codel", "UP"),
    "vxlan": (UP, "noqueue", "UNKNOWN"),
    "bridge": (UP, "noqueue", "UP"),
    "veth": (UP, "noqueue", "UP"),
    "dummy": ("BROADCAST,NOARP", "noop", "DOWN"),
    "idle": ("NO-CARRIER,BROADCAST,MULTICAST,UP", "noqueue", "DOWN"),
}
EVERYBODY = "ff:ff:ff:ff:ff:ff"
FOREVER = "       valid_lft forever preferred_lft forever"
POINT_TO_POINT = 31  # the longest IPv4 prefix without a broadcast address


def links_text(links: Iterable[Link]) -> str:
    """The devices as ``ip link`` prints them."""
    return "\n".join(line for link in links for line in _head(link, " mode DEFAULT"))


def addresses_text(links: Iterable[Link], version: int = 0) -> str:
    """The devices with their addresses as ``ip addr`` prints them; ``version`` 4 or 6: those that have some of it."""
    return "\n".join(line for link in links for line in _listed(link, version))


def _listed(link: Link, version: int) -> Iterator[str]:
    own = tuple(_addresses(link, version))
    if own or not version:
        yield from (*HEADS[version](link), *own)


def neighbours_text(found: Iterable[Neighbour]) -> str:
    """The neighbours as ``ip neigh`` prints them."""
    return "\n".join(
        " ".join([each.address, "dev", each.device, *(["lladdr", each.mac] if each.mac else []), each.state])
        for each in found
    )


def fdb_text(found: Iterable[Forward]) -> str:
    """A forwarding table as ``bridge fdb`` prints it."""
    return "\n".join(_forward(each) for each in found)


def _forward(each: Forward) -> str:
    words = [each.mac, "dev", each.device, *(["dst", each.to] if each.to else [])]
    words += ["master", each.master] if each.master else ["self"]
    return " ".join([*words, *(["permanent"] if each.permanent else [])])


def _head(link: Link, mode: str = "") -> Iterator[str]:
    flags, queue, state = SHOWN["idle" if link.idle else link.kind]
    name = link.name if link.peer is None else f"{link.name}@if{link.peer}"
    master = f" master {link.master}" if link.master else ""
    group = f"{mode} group default" + ("" if link.kind == "dummy" else " qlen 1000")
    yield f"{link.number}: {name}: <{flags}> mtu {link.mtu} qdisc {queue}{master} state {state}{group}"
    if link.kind == "loopback":
        yield f"    link/loopback {link.mac} brd {link.mac}"
    else:
        yield f"    link/ether {link.mac} brd {EVERYBODY}{_behind(link)}"


def _behind(link: Link) -> str:
    """Where a cable's other end is."""
    return "" if link.peer is None else f" link-netns {link.space}" if link.space else " link-netnsid 0"


def _head4(link: Link) -> Iterator[str]:
    """A device where its hardware address is not asked for."""
    yield next(_head(link)) + _behind(link)


def _head6(link: Link) -> Iterator[str]:
    """A device as IPv6 tells of it: in short, and with a cable's other end taken for a device of the same number."""
    flags, _, state = SHOWN["idle" if link.idle else link.kind]
    other = "" if link.peer is None else "@eth0" if link.pod else f"@if{link.peer}"
    queue = "" if link.kind == "dummy" else " qlen 1000"
    yield f"{link.number}: {link.name}{other}: <{flags}> mtu {link.mtu} state {state}{queue}"


HEADS: Mapping[int, Callable[[Link], Iterator[str]]] = {0: _head, 4: _head4, 6: _head6}  # by what is asked for


def _addresses(link: Link, version: int) -> Iterator[str]:
    scope = "host" if link.kind == "loopback" else "global"
    label = "lo" if link.kind == "loopback" else link.name
    for text in sorted(link.addresses, key=family):
        if version not in (0, family(text)):
            continue
        if family(text) == 4:  # noqa: PLR2004 - the IP version
            yield f"    inet {text}{_broadcast(link, text)} scope {scope} {label}"
        else:
            yield f"    inet6 {text} scope {scope}"
        yield FOREVER
    if link.kind not in ("loopback", "dummy") and not link.idle and version != 4:  # noqa: PLR2004 - the IP version
        yield f"    inet6 {link_local(link.mac)}/64 scope link"
        yield FOREVER


def _broadcast(link: Link, text: str) -> str:
    network = ipaddress.ip_interface(text).network
    if link.kind == "loopback" or network.prefixlen >= POINT_TO_POINT:
        return ""
    return f" brd {network.broadcast_address}"
