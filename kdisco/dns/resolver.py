"""The stub resolvers in a Pod, glibc's and musl's: which questions one getaddrinfo() asks, in which order, and its end.

Measured against glibc 2.36 and musl 1.2.3. Upstream: glibc resolv/res_query.c, res_send.c; musl
src/network/lookup_name.c, res_msend.c, resolvconf.c.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import field, frozen

from kdisco.dns.lookup import NOTHING_CAME, Lookup, Walk, by_preference
from kdisco.dns.names import IPV4, parse_ip
from kdisco.errors import UsageError

__all__ = ["Conf", "Lookup", "Reply", "lookup", "read_conf"]

FAMILIES = {"unspec": ("A", "AAAA"), "inet": ("A",), "inet6": ("AAAA",)}
HOSTS = {"localhost": ("127.0.0.1",)}
LONGEST_NAME, LONGEST_LABEL = 253, 63
MOST_NAMESERVERS = 3
MOST_NDOTS = 15
MUSL_LINE = 254  # characters that musl reads of one line; a longer line is not looked at
MUSL_SERVFAIL_SENDS = 3  # times that musl sends a question within one attempt when it only gets SERVFAIL
WALKS_ON = ("NXDOMAIN", "NODATA", "SERVFAIL")  # outcomes after which glibc tries the next search domain
LIMITS = {"glibc": {"attempts": 5, "timeout": 30}, "musl": {"attempts": 10, "timeout": 60}}


@frozen(kw_only=True)
class Reply:
    """What came back for one packet. ``rcode`` is a name, "" when nothing came; ``records`` (owner, type, data).

    ``seconds`` is how long it took.
    """

    rcode: str = "NOERROR"
    records: tuple[tuple[str, str, str], ...] = ()
    seconds: float = 0.0


Ask = Callable[[str, str, str], Reply]  # nameserver, qname with final dot, qtype


@frozen(kw_only=True)
class Conf:
    """resolv.conf as one libc reads it. ``timeout`` in seconds."""

    nameservers: tuple[str, ...] = ("127.0.0.1",)
    searches: tuple[str, ...] = ()
    ndots: int = 1
    attempts: int = 2
    timeout: int = 5


def read_conf(text: str, libc: str) -> Conf:
    """Read resolv.conf: the last ``search`` or ``domain`` wins, options add up, three nameservers count."""
    servers: list[str] = []
    searches: tuple[str, ...] = ()
    numbers = {"ndots": 1, "attempts": 2, "timeout": 5}
    limits = {"ndots": MOST_NDOTS, **LIMITS[libc]}
    for line in text.splitlines():
        if libc == "musl" and len(line) > MUSL_LINE:
            continue
        match line.split():
            case ["nameserver", address, *_]:
                servers.append(address)
            case ["search" | "domain", *domains]:
                searches = tuple(domains)
            case ["options", *options]:
                for option in options:
                    name, _, value = option.partition(":")
                    if name in numbers and value.isdecimal():
                        numbers[name] = min(int(value), limits[name])
    return Conf(nameservers=tuple(servers[:MOST_NAMESERVERS]) or ("127.0.0.1",), searches=searches, **numbers)


def lookup(
    name: str,
    resolv_conf_text: str,
    ask: Ask,
    libc: str = "glibc",
    family: str = "unspec",
    *,
    hosts: Mapping[str, Sequence[str]] = HOSTS,
    own: Sequence[str] = (),
) -> Lookup:
    """What getaddrinfo(name) does and finds.

    ``ask`` sends one packet: (nameserver, qname with final dot, qtype). ``hosts`` is /etc/hosts: name to
    addresses; ``own`` the asking Pod's addresses, by which RFC 6724 prefers one family.
    Raises UsageError for a libc or family that there is not.
    """
    for setting, value, known in (("libc", libc, RESOLVERS), ("family", family, FAMILIES)):
        if value not in known:
            msg = f"{setting}: {value!r} is not one of {', '.join(known)}"
            raise UsageError(msg)
    conf = read_conf(resolv_conf_text, libc)
    types = FAMILIES[family]
    walk = Walk(name=name, libc=libc, searches=conf.searches, ndots=conf.ndots)
    numeric = parse_ip(name)
    listed = (numeric[1],) if numeric else hosts.get(name.lower(), ())
    if listed:
        fitting = [each for each in listed if _type(each) in types]
        missing = "EAI_ADDRFAMILY" if libc == "glibc" else "EAI_NONAME"
        return walk.found(fitting, name) if fitting else walk.failed(missing)
    if not _can_be_asked(name.removesuffix(".")):
        return walk.failed("EAI_NONAME")
    error = RESOLVERS[libc](Stub(conf=conf, ask=ask, walk=walk, types=types), name)
    return walk.failed(error) if error else walk.found(by_preference(walk.addresses, own), walk.canonical)


@frozen(kw_only=True)
class Stub:
    """One getaddrinfo() at work; what it asks is written into ``walk``."""

    conf: Conf
    ask: Ask
    walk: Walk = field(eq=False)
    types: tuple[str, ...]

    def send(self, server: str, qname: str, types: Sequence[str], domain: str | None) -> list[Reply]:
        """Send the questions of one candidate to one server at once, and write down how each ended."""
        replies = [self.ask(server, qname, each) for each in types]
        for qtype, reply in zip(types, replies, strict=True):
            self.walk.note(qname, qtype, reply.rcode, reply.records, domain)
        return replies


def _glibc(stub: Stub, name: str) -> str | None:
    """The error, None when addresses were found. Upstream: __res_context_search."""
    plain = name.removesuffix(".")
    first = plain.count(".") >= stub.conf.ndots or name.endswith(".")
    searches = () if name.endswith(".") else stub.conf.searches
    outcomes: list[str] = []
    as_is: str | None = None
    for domain in (*([None] if first else []), *searches):
        outcome = _glibc_candidate(stub, plain, domain)
        if outcome in ("found", "alias"):
            return None if outcome == "found" else "EAI_NONAME"
        if domain is None:
            as_is = outcome
        else:
            outcomes.append(outcome)
        if domain is not None and outcome not in WALKS_ON:
            break
    tried = first or any(not domain.strip(".") for domain in searches)
    if not tried:
        outcome = _glibc_candidate(stub, plain, None)
        if outcome in ("found", "alias"):
            return None if outcome == "found" else "EAI_NONAME"
        outcomes.append(outcome)
    return _glibc_error(as_is, outcomes)


def _glibc_error(as_is: str | None, outcomes: Sequence[str]) -> str:
    """The name as it is decides when it was asked first; else NODATA goes before SERVFAIL, that before the last."""
    worst = next((each for each in ("NODATA", "SERVFAIL") if each in outcomes), None)
    decides = as_is if as_is is not None else worst or outcomes[-1]
    return {"NXDOMAIN": "EAI_NONAME", "NODATA": "EAI_NODATA"}.get(decides, "EAI_AGAIN")


def _glibc_candidate(stub: Stub, plain: str, domain: str | None) -> str:
    """found, alias (a CNAME alone), or the rcode that a candidate came to; every server in turn, twice."""
    full = ".".join(part for part in (plain, (domain or "").strip(".")) if part)
    if not _can_be_asked(full):
        return "NXDOMAIN"
    outcome = NOTHING_CAME
    for _ in range(stub.conf.attempts):
        for position, server in enumerate(stub.conf.nameservers):
            replies = stub.send(server, f"{full}.", stub.types, domain)
            stub.walk.wait(max(_glibc_wait(stub.conf, position, reply) for reply in replies))
            if any(reply.records for reply in replies):
                return "found" if stub.walk.take(f"{full}.", [reply.records for reply in replies]) else "alias"
            bad = [reply.rcode for reply in replies if reply.rcode != "NOERROR"]
            outcome = bad[0] if bad else "NODATA"
            if outcome in ("NXDOMAIN", "NODATA"):
                return outcome
    return outcome


def _glibc_wait(conf: Conf, position: int, reply: Reply) -> float:
    if reply.rcode:
        return reply.seconds
    wait = conf.timeout << position
    return float(max(wait // len(conf.nameservers), 1) if position else wait)


def _musl(stub: Stub, name: str) -> str | None:
    """The error, None when addresses were found. Upstream: name_from_dns_search."""
    plain = name.removesuffix(".")
    walks = plain.count(".") < stub.conf.ndots and not name.endswith(".")
    for domain in (*(stub.conf.searches if walks else ()), None):
        full = f"{plain}.{domain}" if domain else plain
        if domain == "." or not _can_be_asked(full.removesuffix(".")):
            stub.walk.wait(stub.conf.timeout)  # no question can be made of it, and none is answered
            return "EAI_AGAIN"
        outcome = _musl_candidate(stub, f"{full.removesuffix('.')}.", domain)
        if outcome == "found":
            return None
        if outcome != "NXDOMAIN":
            return {"NODATA": "EAI_NONAME", "SERVFAIL": "EAI_AGAIN", NOTHING_CAME: "EAI_AGAIN"}.get(outcome, "EAI_FAIL")
    return "EAI_NONAME"


def _musl_candidate(stub: Stub, qname: str, domain: str | None) -> str:
    """found, or the rcode that decides: all servers are asked at once and the first usable reply counts."""
    failed = False
    for _ in range(stub.conf.attempts):
        usable, failed = _musl_attempt(stub, qname, domain)
        if len(usable) == len(stub.types):
            stub.walk.wait(max(reply.seconds for reply in usable.values()))
            if stub.walk.take(qname, [reply.records for reply in usable.values()]):
                return "found"
            deciding = usable[stub.types[0]]
            return "NODATA" if deciding.rcode == "NOERROR" else deciding.rcode
    stub.walk.wait(stub.conf.timeout)
    return "SERVFAIL" if failed else NOTHING_CAME


def _musl_attempt(stub: Stub, qname: str, domain: str | None) -> tuple[dict[str, Reply], bool]:
    """The first usable reply to each question, and whether a server failed; only SERVFAIL is asked again at once."""
    usable: dict[str, Reply] = {}
    failed = False
    for _ in range(MUSL_SERVFAIL_SENDS):
        pending = [qtype for qtype in stub.types if qtype not in usable]
        rounds = [stub.send(server, qname, pending, domain) for server in stub.conf.nameservers]
        for qtype, replies in zip(pending, zip(*rounds, strict=True), strict=True):
            good = [reply for reply in replies if reply.rcode in ("NOERROR", "NXDOMAIN")]
            if good:
                usable[qtype] = min(good, key=lambda reply: reply.seconds)
        failed = any(reply.rcode == "SERVFAIL" for replies in rounds for reply in replies)
        if len(usable) == len(stub.types) or not failed:
            break
    return usable, failed


RESOLVERS: dict[str, Callable[[Stub, str], str | None]] = {"glibc": _glibc, "musl": _musl}


def _type(address: str) -> str:
    found = parse_ip(address)
    return "A" if found and found[0] == IPV4 else "AAAA"


def _can_be_asked(name: str) -> bool:
    """Whether a name without final dot fits into a question."""
    return len(name) <= LONGEST_NAME and all(0 < len(label) <= LONGEST_LABEL for label in name.split("."))


