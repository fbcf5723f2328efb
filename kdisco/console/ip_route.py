"""``ip route``: the routing table, and the way to one address.

Upstream: iproute2 6.1 ip/iproute.c; Linux net/ipv4/route.c and net/ipv6/route.c for what a way is called.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from kdisco.console.ip_asked import Asked, command
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.net.devices import Link, links
from kdisco.net.ends import end_of
from kdisco.net.fabric import Network, is_local
from kdisco.net.link import link_local
from kdisco.net.packet import family

__all__ = ["routes"]

WHOLE = {4: "/32", 6: "/128"}
LINK_LOCAL = "fe80::/64"
EVERYBODY = "224.0.0.1"  # the one group that each device is in
TAIL = "metric 256 pref medium"  # of what the kernel has put into an IPv6 table by itself
MULTICAST = "rt_offload_failed"  # how this iproute2 reads the bit by which the kernel says multicast


def routes(session: Session, asked: Asked) -> CommandResult:
    """The routes of one family, of a device or a destination; or the way to an address."""
    found = command(asked, "route", ("get",))
    if isinstance(found, CommandResult):
        return found
    name, words = found
    if name == "get":
        return _got(session, words)
    version = asked.version or 4
    listed = _listed(session, version)
    if words[:1] == ("dev",) and len(words) > 1:
        device = f" dev {words[1]}"
        listed = [line.replace(device, "") for line in listed if f"{device} " in f"{line} "]
    elif words and words[0] not in ("table", "all"):
        wanted = words[0].removesuffix(WHOLE[version])
        listed = [line for line in listed if line.split()[0] == wanted]
    return CommandResult("".join(f"{line} \n" if version == 4 else f"{line}\n" for line in listed))  # noqa: PLR2004 - the IP version


def _listed(session: Session, version: int) -> list[str]:
    """The lines of a table: in IPv6 with the link-local ones, in front of the default route."""
    table = end_of(session.now(), session.where).network.routes.listed
    lines = [str(route) for route in table if family(route.destination) == version]
    if version == 4:  # noqa: PLR2004 - the IP version
        return lines
    own = [f"{LINK_LOCAL} dev {link.name} proto kernel {TAIL}" for link in _talking(session)]
    return sorted((*lines, *own), key=lambda line: (line.startswith("default"), line.startswith(LINK_LOCAL)))


def _talking(session: Session) -> list[Link]:
    """The devices with a link-local address."""
    quiet = ("loopback", "dummy")
    return [link for link in links(session.now(), session.where) if link.kind not in quiet and not link.idle]


def _got(session: Session, words: Sequence[str]) -> CommandResult:
    """``ip route get``: the way to one address."""
    text = words[0] if words else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return failed(f'Error: any valid prefix is expected rather than "{text}".')
    network = end_of(session.now(), session.where).network
    way = _way(network, str(address)) if address.version == 4 else _way6(session, network, str(address))  # noqa: PLR2004 - the IP version
    return CommandResult(way) if way else failed("RTNETLINK answers: Network is unreachable", 2)


def _way(network: Network, ip: str) -> str:
    if is_local(network, ip):
        return _told(f"local {ip} dev lo src {ip}", "<local> ")
    route, source = network.routes.lookup(ip), network.source_for(ip)
    if route is None:
        return ""
    if ipaddress.ip_address(ip).is_multicast:
        groups = "<local,mc> " if ip == EVERYBODY else "<mc> "
        return _told(f"multicast {ip} dev {route.device} src {source} {MULTICAST}", groups)
    if ip in ("255.255.255.255", _broadcast(network, route.device)):
        return _told(f"broadcast {ip} dev {route.device} src {source}", "<local,brd> ")
    via = f" via {route.via}" if route.via else ""
    return _told(f"{ip}{via} dev {route.device} src {source}", "")


def _told(way: str, cached: str) -> str:
    return f"{way} uid 0 \n    cache {cached}\n"


def _broadcast(network: Network, name: str) -> str:
    """The address of everybody on a device's network."""
    device = network.device(name)
    own = [text for text in device.addresses if family(text) == 4] if device else []  # noqa: PLR2004 - the IP version
    return str(ipaddress.ip_interface(own[0]).network.broadcast_address) if own else ""


def _way6(session: Session, network: Network, ip: str) -> str:
    if is_local(network, ip):
        return f"local {ip} from :: dev lo table local proto kernel src {ip} metric 0 pref medium\n"
    first = next(iter(_talking(session)), None)
    if ipaddress.ip_address(ip).is_link_local and first is not None:
        return f"{ip} from :: dev {first.name} proto kernel src {link_local(first.mac)} {TAIL}\n"
    route = network.routes.lookup(ip)
    if route is None:
        return ""
    via = f" via {route.via}" if route.via else ""
    tail = f"src {network.source_for(ip)} metric {256 if route.source else 1024} pref medium"
    return f"{ip} from ::{via} dev {route.device} {'proto kernel ' if route.source else ''}{tail}\n"
