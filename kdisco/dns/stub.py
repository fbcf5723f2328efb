"""What the stub resolvers of both libraries have in common: their configuration, a question sent, what came back.

Upstream: glibc resolv/res_init.c (2.36); musl src/network/resolvconf.c (1.2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field, frozen

from kdisco.dns.lookup import NO_REPLY, Walk
from kdisco.model.address import parse_ip
from kdisco.net.trace import Trace

__all__ = ["Ask", "Asked", "Conf", "Reply", "Stub", "can_be_asked", "joined", "read_conf"]

LONGEST_NAME, LONGEST_LABEL = 253, 63
MOST_NAMESERVERS = 3
MOST_NDOTS = 15
MUSL_LINE = 254  # characters that musl reads of one line; a longer line is not looked at
LIMITS = {"glibc": {"attempts": 5, "timeout": 30}, "musl": {"attempts": 10, "timeout": 60}}
SWITCHES = ("rotate", "single-request", "single-request-reopen", "use-vc", "no-tld-query", "no-aaaa", "edns0")
EDNS_SIZE = 1200  # bytes that glibc says it takes


@frozen(kw_only=True)
class Reply:
    """What came back for one question.

    ``rcode`` is a name, NO_REPLY when nothing came in time, UNREACHABLE when the network refused it; ``records``
    are (owner, type, data) of the answer. ``seconds`` is how long it took, ``truncated`` the TC bit. ``by`` says
    who answered, ``why`` what became of the question where nobody did; ``trace`` is its packet's way,
    ``messages`` are what it and its answer carried.
    """

    rcode: str = "NOERROR"
    records: tuple[tuple[str, str, str], ...] = ()
    seconds: float = 0.0
    truncated: bool = False
    by: str = ""
    why: str = ""
    trace: Trace | None = field(default=None, repr=False)
    messages: tuple[bytes, bytes] = field(default=(b"", b""), repr=False)

    @property
    def came(self) -> bool:
        """Whether anything came, be it a refusal."""
        return self.rcode != NO_REPLY


@frozen(kw_only=True)
class Asked:
    """One question on its way to one server; ``qname`` has its final dot.

    Questions with the same ``socket`` leave by the same source port. ``udp_size`` in bytes, None without EDNS.
    """

    server: str
    qname: str
    qtype: str
    protocol: str = "udp"
    socket: int = 0
    udp_size: int | None = None


Ask = Callable[[Asked], Reply]


@frozen(kw_only=True)
class Conf:
    """resolv.conf as one library reads it. ``timeout`` in seconds; ``switches`` are the options without a number."""

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    searches: tuple[str, ...] = ()
    ndots: int = 1
    attempts: int = 2
    timeout: int = 5
    switches: frozenset[str] = frozenset()


def read_conf(text: str, libc: str) -> Conf:
    """Read resolv.conf: the last ``search`` or ``domain`` wins, options add up, three nameservers count.

    A ``search`` without domains leaves glibc with the one before, musl with none.
    """
    servers: list[str] = []
    searches: tuple[str, ...] = ()
    numbers = {"ndots": 1, "attempts": 2, "timeout": 5}
    switches: set[str] = set()
    for line in text.splitlines():
        if line[:1].isspace() or (libc == "musl" and len(line) > MUSL_LINE):
            continue
        match line.split():
            case ["nameserver", address, *_] if parse_ip(address):
                servers.append(address)
            case ["search" | "domain" as word, *domains] if domains or libc == "musl":
                searches = tuple(domains[:1] if word == "domain" and libc == "glibc" else domains)
            case ["options", *options]:
                _options(options, numbers, switches, libc)
    return Conf(
        nameservers=tuple(servers[:MOST_NAMESERVERS]) or ("127.0.0.1",),
        searches=searches,
        switches=frozenset(switches),
        **numbers,
    )


def _options(options: Sequence[str], numbers: dict[str, int], switches: set[str], libc: str) -> None:
    limits = {"ndots": MOST_NDOTS, **LIMITS[libc]}
    for option in options:
        name, _, value = option.partition(":")
        if name in numbers and value.isdecimal():
            numbers[name] = min(int(value), limits[name])
        elif option in SWITCHES and libc == "glibc":
            switches.add(option)


@define(kw_only=True)
class Stub:
    """One getaddrinfo() at work; what it asks is written into ``walk``.

    ``socket`` counts the sockets it opened, ``turn`` the searches for a server, ``careful`` whether it sends the
    two questions one after the other (1) and by a socket each (2), as glibc does once one of two was not answered.
    """

    conf: Conf
    ask: Ask
    walk: Walk
    types: tuple[str, ...]
    socket: int = 0
    turn: int = 0
    careful: int = 0

    @property
    def udp_size(self) -> int | None:
        """What its questions say that it takes, in bytes; None without EDNS."""
        return EDNS_SIZE if "edns0" in self.conf.switches else None

    def send(
        self, server: str, qname: str, qtype: str, domain: str | None, socket: int, protocol: str = "udp"
    ) -> Reply:
        """Put one question to one server, and write down how it ended; ``domain`` made the name, if one did."""
        asked = Asked(
            server=server, qname=qname, qtype=qtype, protocol=protocol, socket=socket, udp_size=self.udp_size
        )
        reply = self.ask(asked)
        self.walk.note(asked, reply, domain)
        return reply

    def opened(self) -> int:
        """The number of a new socket."""
        self.socket += 1
        return self.socket


def joined(name: str, domain: str | None) -> str:
    """A name with a search domain behind it, without final dot."""
    return ".".join(part for part in (name, (domain or "").removesuffix(".").removeprefix(".")) if part)


def can_be_asked(name: str) -> bool:
    """Whether a name without final dot fits into a question."""
    return len(name) <= LONGEST_NAME and all(0 < len(label) <= LONGEST_LABEL for label in name.split("."))
