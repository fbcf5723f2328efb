"""getaddrinfo() in a Pod, glibc's and musl's: what needs no question, which questions are asked, and its end.

Measured against glibc 2.36 and musl 1.2.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kdisco.dns import glibc, musl
from kdisco.dns.hostsfile import entries
from kdisco.dns.lookup import Lookup, Walk
from kdisco.dns.preference import by_preference
from kdisco.dns.stub import Ask, Asked, Conf, Reply, Stub, read_conf
from kdisco.errors import UsageError
from kdisco.model.address import IPV4, parse_ip

__all__ = ["FAMILIES", "Asked", "Conf", "Lookup", "Reply", "lookup", "read_conf"]

FAMILIES = {"unspec": ("A", "AAAA"), "inet": ("A",), "inet6": ("AAAA",)}
RESOLVERS: dict[str, Callable[[Stub, str], str | None]] = {"glibc": glibc.resolve, "musl": musl.resolve}
WRONG_FAMILY = {"glibc": "EAI_ADDRFAMILY", "musl": "EAI_NONAME"}
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")
PARTS = 4  # of an IPv4 address
LOCALHOST = "127.0.0.1\tlocalhost\n"


def lookup(
    name: str,
    resolv_conf_text: str,
    ask: Ask,
    libc: str = "glibc",
    family: str = "unspec",
    *,
    hosts: str = LOCALHOST,
    own: Sequence[str] = (),
) -> Lookup:
    """What getaddrinfo(name) does and finds.

    ``ask`` sends one question. ``hosts`` is the text of /etc/hosts; ``own`` the asking Pod's addresses, with the
    length of their networks (``10.244.1.5/24``), which decide the order of what is found.
    Raises UsageError for a libc or family that there is not.
    """
    for setting, value, choices in (("libc", libc, RESOLVERS), ("family", family, FAMILIES)):
        if value not in choices:
            msg = f"{setting}: {value!r} is not one of {', '.join(choices)}"
            raise UsageError(msg)
    conf = read_conf(resolv_conf_text, libc)
    walk = Walk(name=name, libc=libc, searches=conf.searches, ndots=conf.ndots)
    literal = address_of(name)
    if literal:
        fits = _type(literal) in FAMILIES[family]
        return walk.found([literal], name) if fits else walk.failed(WRONG_FAMILY[libc])
    known = _listed(hosts, name, libc, family, own)
    if known is not None:
        return walk.found(by_preference(known[0], own, libc), known[1]) if known[0] else walk.failed("EAI_NONAME")
    stub = Stub(conf=conf, ask=ask, walk=walk, types=FAMILIES[family])
    error = RESOLVERS[libc](stub, name)
    return walk.failed(error) if error else walk.found(by_preference(walk.addresses, own, libc), walk.canonical)


def address_of(text: str) -> str:
    """The address that a text stands for, "" for none: in any form that inet_aton() knows, ``10.1`` is 10.0.0.1."""
    found = parse_ip(text)
    if found:
        return found[1]
    parts = text.split(".")
    if len(parts) > PARTS or not all(NUMBER.fullmatch(part) for part in parts):
        return ""
    try:
        *high, low = [int(part, 8 if part.startswith("0") and part.isdecimal() else 0) for part in parts]
    except ValueError:
        return ""
    rest = PARTS - len(high)
    if any(value > 0xFF for value in high) or low >= 1 << 8 * rest:  # noqa: PLR2004 - a byte
        return ""
    return ".".join(str(byte) for byte in bytes(high) + low.to_bytes(rest, "big"))


def _listed(
    hosts: str, name: str, libc: str, family: str, own: Sequence[str]
) -> tuple[list[str], str] | None:
    """Addresses and canonical name that the hosts file gives; None where DNS is asked.

    musl asks nobody for a name that is listed, be it with the wrong family; glibc does, but knows that localhost
    at ::1 is 127.0.0.1 too.
    """
    wanted = name if libc == "musl" else name.lower()
    ipv6 = any(":" in each for each in own)  # a Pod without it has no ::1 either
    lines = [
        each
        for each in entries(hosts)
        if wanted in (each.names if libc == "musl" else map(str.lower, each.names)) and (ipv6 or each.address != "::1")
    ]
    addresses = list(dict.fromkeys(each.address for each in lines))
    fitting = [each for each in addresses if _type(each) in FAMILIES[family]]
    if not fitting and libc == "glibc" and family == "inet" and "::1" in addresses:
        fitting = ["127.0.0.1"]
    if fitting or (addresses and libc == "musl"):
        return fitting, lines[0].names[0]
    return None


def _type(address: str) -> str:
    found = parse_ip(address)
    return "A" if found and found[0] == IPV4 else "AAAA"
