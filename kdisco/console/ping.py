"""``ping``, that of iputils and busybox's. Four packets where no count is given, since nobody is there to stop it.

A Service's address answers as its proxy mode lets it. Upstream: iputils 20221126 ping/; busybox 1.35 networking/ping.c.
"""

from __future__ import annotations

import math
from statistics import mean

from attrs import frozen

from kdisco.console.contact import NO_HOST, REFUSAL, UNREACHABLE, Contact
from kdisco.console.options import Given, Option, WrongOption, read, wrong
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.dns.resolver import address_of
from kdisco.net.capture import capture
from kdisco.net.fabric import node_network
from kdisco.net.packet import family
from kdisco.net.trace import Reject
from kdisco.wiretap import machine

__all__ = ["ping", "small_ping"]

OPTIONS = (
    Option("c", value=True), Option("i", value=True), Option("W", value=True), Option("w", value=True), Option("q"),
    Option("n"), Option("4"), Option("6"), Option("s", value=True), Option("t", value=True), Option("I", value=True),
    Option("V"), Option("h"),
)
USAGE = "\nUsage\n  ping [options] <destination>\n"
SMALL_USAGE = "BusyBox v1.35.0 multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n\nSend ICMP ECHO_REQUESTs to HOST"
DEFAULT_COUNT, MOST = 4, 20  # packets
SIZE = 56  # bytes of data
UNKNOWN = {"EAI_AGAIN": "Temporary failure in name resolution"}
TTL = 64
NOT_SENT = "ping: sendmsg: Operation not permitted\n"
ERRORS = {  # of the families, in ping's words
    4: {REFUSAL: "Destination Port Unreachable", NO_HOST: "Destination Host Unreachable"},
    6: {REFUSAL: "Destination unreachable: Port unreachable", NO_HOST: "Destination unreachable: Address unreachable"},
}


@frozen(kw_only=True)
class Wish:
    """What is asked for: ``name`` as typed and its address, ``count`` packets, ``interval`` in seconds."""

    name: str
    address: str
    count: int
    interval: float
    quiet: bool


def ping(session: Session, arguments: list[str]) -> CommandResult:
    """Ping as iputils does."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        word = "invalid option -- '-'" if problem.word.startswith("--") else wrong(problem)
        return failed(f"ping: {word}\n{USAGE}", 2)
    if "V" in given:
        return CommandResult("ping from iputils 20221126\n")
    if (complaint := _complaint(given)) or not given.words:
        return failed(complaint or "ping: usage error: Destination address required")
    name = given.words[-1]
    address, error = _address(session, given, name)
    if not address:
        return failed(f"ping: {name}: {UNKNOWN.get(error, 'Name or service not known')}", 2)
    return _sent(session, _wish(given, name, address))


def small_ping(session: Session, arguments: list[str]) -> CommandResult:
    """Ping as busybox does."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        return failed(f"ping: {wrong(problem)}\n{SMALL_USAGE}")
    if not given.words:
        return failed(SMALL_USAGE)
    for name in ("c", "W", "w", "s", "t"):
        if not given.last(name, "1").isdecimal():
            return failed(f"ping: invalid number '{given.last(name)}'")
    name = given.words[0]
    address, _ = _address(session, given, name)
    return _sent_small(session, _wish(given, name, address)) if address else failed(f"ping: bad address '{name}'")


def _complaint(given: Given) -> str:
    for name in ("c", "W", "w", "s", "t"):
        text = given.last(name, "1")
        if not (text.isascii() and text.isdecimal()):
            return f"ping: invalid argument: '{text}'"
    if not int(given.last("c", "1")):
        return f"ping: invalid argument: '{given.last('c')}': out of range: 1 <= value <= {(1 << 63) - 1}"
    return f"ping: bad timing interval: {given.last('i')}" if _interval(given) is None else ""


def _interval(given: Given) -> float | None:
    try:
        value = float(given.last("i", "1"))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= 1e6 else None  # noqa: PLR2004 - beyond that it is absurd


def _wish(given: Given, name: str, address: str) -> Wish:
    return Wish(
        name=name,
        address=address,
        count=min(int(given.last("c", str(DEFAULT_COUNT))[:9]), MOST),
        interval=_interval(given) or 0.0,
        quiet="q" in given,
    )


def _address(session: Session, given: Given, name: str) -> tuple[str, str]:
    literal = address_of(name)
    if literal:
        return literal, ""
    found = session.lookup(name, "inet" if "4" in given else "inet6" if "6" in given else "unspec")
    return next(iter(found.addresses), ""), found.error or ""


def _flow(session: Session) -> int:
    return 1 + session.number((1 << 16) - 1)


def _ttl(session: Session, found: Contact) -> int:
    """What is left of the answer's hops: one less for each router."""
    seen = capture(found.trace, where=machine(session.now(), session.where))
    return seen[-1].segment.ttl if seen else TTL


def _sent(session: Session, wish: Wish) -> CommandResult:
    six = ":" in wish.address
    named = wish.name != wish.address
    out = f"PING {wish.name}({wish.address}) {SIZE} data bytes\n" if six else (
        f"PING {wish.name} ({wish.address}) {SIZE}({SIZE + 28}) bytes of data.\n"
    )
    flow, times, errors, err = _flow(session), [], 0, ""
    for number in range(1, wish.count + 1):
        found = session.connect(wish.address, 1, "icmp", flow, close=False)
        if found.error == UNREACHABLE:
            return failed(f"ping: connect: {UNREACHABLE}", 2)
        whom = f"{wish.name} ({wish.address})" if named else wish.address
        if not found.error:
            times.append(round(found.seconds * 1000, 3))
            line = f"64 bytes from {whom}: icmp_seq={number} ttl={_ttl(session, found)} time={_shown(times[-1])} ms\n"
            out += "" if wish.quiet else line
        elif (words := _icmp(found)):
            errors += 1
            reporter = _reporter(session, found)
            out += "" if wish.quiet else f"From {reporter} icmp_seq={number} {words}\n"
            # the own kernel's rules threw it away, which the system call says too
            err += NOT_SENT if found.error == REFUSAL and reporter == found.source and not wish.quiet else ""
    return CommandResult(out + _summary(wish, times, errors), err, 0 if times else 1)


def _icmp(found: Contact) -> str:
    """The ICMP error that came back; "" for silence."""
    return ERRORS[family(found.trace.packet.destination)].get(found.error, "")


def _reporter(session: Session, found: Contact) -> str:
    """Who says so: the node that rejects it or has nobody to give it to, or oneself."""
    *_, last = (*found.trace.hops, *found.trace.reply)
    if isinstance(last, Reject):
        return last.reporter
    if not last.where.startswith("node/"):
        return found.source
    return node_network(session.now(), last.where.removeprefix("node/")).source_for(last.after.source) or found.source


def _shown(milliseconds: float) -> str:
    digits = 3 if milliseconds < 1 else 2 if milliseconds < 10 else 1  # noqa: PLR2004 - four figures
    return f"{milliseconds:.{digits}f}"


def _summary(wish: Wish, times: list[float], errors: int) -> str:
    lost = (wish.count - len(times)) * 100 // wish.count
    told = f", +{errors} errors" if errors else ""
    spent = int((wish.count - 1) * wish.interval * 1000 + sum(times[:-1]))
    text = (f"\n--- {wish.name} ping statistics ---\n{wish.count} packets transmitted, {len(times)} received{told}, "
            f"{lost}% packet loss, time {spent}ms\n")
    if not times:
        return f"{text}\n"
    middle = mean(times)
    spread = math.sqrt(max(mean([each * each for each in times]) - middle * middle, 0.0))
    return f"{text}rtt min/avg/max/mdev = {min(times):.3f}/{middle:.3f}/{max(times):.3f}/{spread:.3f} ms\n"


def _sent_small(session: Session, wish: Wish) -> CommandResult:
    out = f"PING {wish.name} ({wish.address}): {SIZE} data bytes\n"
    flow, times = _flow(session), []
    for number in range(wish.count):
        found = session.connect(wish.address, 1, "icmp", flow, close=False)
        if found.error == UNREACHABLE:
            return CommandResult(out, f"ping: sendto: {UNREACHABLE}\n", 1)
        if not found.error:
            times.append(round(found.seconds * 1000, 3))
            line = f"64 bytes from {wish.address}: seq={number} ttl={_ttl(session, found)} time={times[-1]:.3f} ms\n"
            out += "" if wish.quiet else line
    lost = (wish.count - len(times)) * 100 // max(wish.count, 1)
    out += (f"\n--- {wish.name} ping statistics ---\n{wish.count} packets transmitted, {len(times)} packets received, "
            f"{lost}% packet loss\n")
    if times:
        out += f"round-trip min/avg/max = {min(times):.3f}/{mean(times):.3f}/{max(times):.3f} ms\n"
    return CommandResult(out, "", 0 if times else 1)
