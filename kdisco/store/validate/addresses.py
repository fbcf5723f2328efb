"""What IP addresses and ranges may look like, with the words for each breach.

Old fields take every spelling that is strict about leading zeros; a value that the object had before
is never refused (StrictIPCIDRValidation, on since 1.36). New fields want the one canonical spelling.
Upstream: apimachinery pkg/util/validation/ip.go, pkg/apis/core/validation ValidateEndpointIP.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from kdisco.store.field import Cause, invalid

__all__ = [
    "WELL_FORMED",
    "address",
    "address_problem",
    "canonical",
    "cidr",
    "endpoint_address",
    "exact_address",
    "exact_cidr",
    "family",
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

WELL_FORMED = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
WELL_FORMED_RANGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
DOTTED = re.compile(r"(.*:)?(\d+(?:\.\d+){3})")
Prefix = re.compile(r"(.*)/(\d+)")
SPECIAL: tuple[tuple[str, str], ...] = (  # what ipaddress calls such an address, and the server's words
    ("is_loopback", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
    ("is_link_local", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
)
LOCAL_MULTICAST = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"


def canonical(text: str) -> str:
    """The one way to write an address: the name of its IPAddress object."""
    return str(ipaddress.ip_address(text))


def family(text: str) -> str:
    """IPv4 or IPv6, of a well-formed address."""
    parsed = _parsed(text)
    return f"IPv{parsed[0].version}" if parsed else ""


def address_problem(text: str) -> str:
    """What is wrong with an IP address's text first of all, "" when nothing is."""
    return next(_problems(text), "")


def address(field: str, text: str, known: Collection[str] = ()) -> Iterator[Cause]:
    """What is wrong with an address in an old field; ``known`` are those that the object had before."""
    if text not in known:
        yield from (invalid(field, text, words) for words in _problems(text))


def exact_address(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with an address in a new field: it must be spelt in the one canonical way."""
    problems = list(address(field, text))
    yield from problems
    if not problems and canonical(text) != text:
        yield invalid(field, text, f'must be in canonical form ("{canonical(text)}")')


def endpoint_address(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with an address that packets from elsewhere must reach."""
    parsed = _parsed(text)
    if parsed is None:
        yield invalid(field, text, "must be a valid IP address")
        return
    found = parsed[0]
    if found.is_unspecified:
        yield invalid(field, text, f"may not be unspecified ({text})")
    yield from (invalid(field, text, words) for name, words in SPECIAL if getattr(found, name))
    first = found.packed[:3] if found.version == 4 else bytes((found.packed[0], found.packed[1] & 15))  # noqa: PLR2004 - the family
    if first in (b"\xe0\x00\x00", b"\xff\x02"):
        yield invalid(field, text, LOCAL_MULTICAST)


def cidr(field: str, text: str, known: Collection[str] = ()) -> Iterator[Cause]:
    """What is wrong with a range of addresses in an old field."""
    if text not in known and (problem := _range_problem(text)):
        yield invalid(field, text, problem)


def exact_cidr(field: str, text: str) -> Iterator[Cause]:
    """What is wrong with a range in a new field: it must be spelt in the one canonical way."""
    problem = _range_problem(text)
    if not problem and str(ipaddress.ip_network(text)) != text:
        problem = f'must be in canonical form ("{ipaddress.ip_network(text)}")'
    if problem:
        yield invalid(field, text, problem)


@lru_cache(maxsize=4096)  # slices repeat their addresses at every write
def _parsed(text: str) -> tuple[Address, bool] | None:
    """An address as Go's lenient parser reads it, and whether it has leading zeros; None when it is none."""
    dotted = DOTTED.fullmatch(text)
    zeros = False
    if dotted:
        octets = dotted[2].split(".")
        zeros = any(len(each) > 1 and each[0] == "0" for each in octets)
        text = (dotted[1] or "") + ".".join(str(int(each)) for each in octets)
    try:
        return (ipaddress.ip_address(text), zeros) if "%" not in text else None
    except ValueError:
        return None


def _problems(text: str) -> Iterator[str]:
    parsed = _parsed(text)
    if parsed is None:
        yield WELL_FORMED
        return
    found, zeros = parsed
    if zeros:
        yield "must not have leading 0s"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        yield "must not be an IPv4-mapped IPv6 address"


def _range_problem(text: str) -> str:
    parts = Prefix.fullmatch(text)
    parsed = _parsed(parts[1]) if parts else None
    if parts is None or parsed is None or int(parts[2]) > parsed[0].max_prefixlen:
        return WELL_FORMED_RANGE
    found, zeros = parsed
    if zeros or (len(parts[2]) > 1 and parts[2][0] == "0"):
        return "must not have leading 0s in IP or prefix length"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return "must not have an IPv4-mapped IPv6 address"
    network = ipaddress.ip_network(f"{found}/{parts[2]}", strict=False)
    return "" if network.network_address == found else "must not have bits set beyond the prefix length"
