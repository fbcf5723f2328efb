"""``tcpdump -i DEVICE -n``: what has passed there, as if it had listened all the time; ``-c`` the newest packets.

Upstream: tcpdump 4.99 tcpdump.c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kdisco.console.options import Given, Option, WrongOption, read, wrong
from kdisco.console.result import CommandResult, refuse
from kdisco.console.session import Session
from kdisco.net.capture import Captured
from kdisco.net.devices import links
from kdisco.wiretap import Capture, machine, tapped

__all__ = ["tcpdump"]

OPTIONS = (
    Option("i interface", value=True), Option("n"), Option("c", value=True), Option("q"), Option("v"), Option("t"),
    Option("l"), Option("e"), Option("s", value=True), Option("version"), Option("h help"), Option("D"),
)
VERSION = "tcpdump version 4.99.3\nlibpcap version 1.10.3"
USAGE = f"{VERSION}\nUsage: tcpdump [-Dhln] [ -c count ] [ -i interface ] [ --version ] [ expression ]"
LINKS = {"any": "LINUX_SLL2 (Linux cooked v2)"}
PROTOCOLS = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmp6": "icmp", "sctp": "sctp"}
JOINING = ("and", "&&")
Filter = Callable[[Captured], bool]


class WrongFilter(ValueError):
    """An expression that is not understood."""


def tcpdump(session: Session, arguments: list[str]) -> CommandResult:
    """Show what has passed."""
    try:
        given = read(arguments, OPTIONS)
    except WrongOption as problem:
        refuse(f"tcpdump: {wrong(problem)}\n{USAGE}")
    if "version" in given or "h" in given:
        return CommandResult(err=f"{VERSION if 'version' in given else USAGE}\n")
    names = [link.name for link in links(session.now(), session.where)]
    if "D" in given:
        return CommandResult("".join(f"{at}.{name} [Up, Running]\n" for at, name in enumerate((*names, "any"), 1)))
    device = given.last("i", next((name for name in names if name != "lo"), "lo"))
    if device not in (*names, "any"):
        refuse(f"tcpdump: {device}: No such device exists\n(No such device exists)")
    count = given.last("c", "0")
    if not count.isdecimal() or ("c" in given and not int(count)):
        refuse(f"tcpdump: invalid packet count {count}")
    try:
        fits = _filter(given.words)
    except WrongFilter:
        refuse(f"tcpdump: can't parse filter expression: {' '.join(given.words)}; "
                      "host, src, dst, port, tcp, udp, icmp joined by and are understood here")
    return _shown(session, given, device, fits)


def _shown(session: Session, given: Given, device: str, fits: Filter) -> CommandResult:
    state = session.now()
    here = machine(state, session.where)
    seen = [each for each in tapped(session.past(), here, "" if device == "any" else device) if fits(each)]
    kept = seen[-int(given.last("c", "0")[:9]) :]
    found = Capture(packets=tuple(kept), epoch=state.epoch, any=device == "any")
    kind = LINKS.get(device, "EN10MB (Ethernet)")
    head = "tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n" if "v" not in given else ""
    err = f"{head}listening on {device}, link-type {kind}, snapshot length 262144 bytes\n"
    tail = f"{len(kept)} packets captured\n{len(seen)} packets received by filter\n0 packets dropped by kernel\n"
    return CommandResult(f"{found}\n" if kept else "", err + tail)


def _filter(words: list[str]) -> Filter:
    """An expression as a test; raises WrongFilter."""
    left = iter(" ".join(words).split())
    tests = [_test(word, left) for word in left if word not in JOINING]
    return lambda each: all(test(each) for test in tests)


def _test(word: str, left: Iterator[str]) -> Filter:
    if word in PROTOCOLS:
        return lambda each: each.packet.protocol == PROTOCOLS[word]
    side = word if word in ("src", "dst") else ""
    kind = next(left, "") if side else word
    if kind in ("host", "port"):
        value = next(left, "")
    elif side:
        kind, value = "host", kind
    else:
        raise WrongFilter(word)
    if not value or (kind == "port" and not value.isdecimal()):
        raise WrongFilter(word)
    return lambda each: value in SIDES[kind, side](each)


SIDES: Mapping[tuple[str, str], Callable[[Captured], tuple[str, ...]]] = {
    ("host", ""): lambda each: (each.packet.source, each.packet.destination),
    ("host", "src"): lambda each: (each.packet.source,),
    ("host", "dst"): lambda each: (each.packet.destination,),
    ("port", ""): lambda each: (str(each.packet.sport), str(each.packet.dport)),
    ("port", "src"): lambda each: (str(each.packet.sport),),
    ("port", "dst"): lambda each: (str(each.packet.dport),),
}
