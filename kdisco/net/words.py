"""What a kernel says of what it does to a packet: made only when somebody reads it, as most packets nobody looks at.

What is always the same stands here as a constant; the functions are called late, by ``functools.partial``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.fabric import HERE
from kdisco.net.packet import ECHO
from kdisco.phrase import Phrase, joined

if TYPE_CHECKING:
    from kdisco.net.conntrack import Entry
    from kdisco.net.fabric import Route
    from kdisco.net.rule import Rule
    from kdisco.net.target import Dnat
    from kdisco.net.traverse import Way

__all__ = [
    "ANOTHER_PORT",
    "ANSWERS",
    "ARRIVES",
    "CABLE_IN",
    "CABLE_OUT",
    "GATEWAY",
    "GETS_ANSWER",
    "NO_SERVICE",
    "PING",
    "RECEIVES",
    "REFUSED",
    "REMEMBERED",
    "RESET",
    "SAME_BRIDGE",
    "SOURCE_LAST",
    "comment",
    "judged",
    "listens",
    "masked",
    "noted",
    "rewritten",
    "routed",
    "words_of",
]

ANSWERS, RESET = Phrase("answers"), Phrase("a reset")
ARRIVES = Phrase("arrives at eth0")
CABLE_IN, CABLE_OUT = Phrase("through the cable into the Pod"), Phrase("through the cable to its node")
GATEWAY = Phrase("cni0: the Pods' gateway")
SAME_BRIDGE = Phrase("cni0: same bridge; br_netfilter shows it to the rules all the same")
RECEIVES, GETS_ANSWER = Phrase("receives the packet"), Phrase("gets the answer")
NO_SERVICE = Phrase("no Service is meant: the destination stays")
ANOTHER_PORT = Phrase("another connection has this source port and destination: a new source port")
REFUSED = Phrase("ICMP port unreachable goes back at once: the client reads connection refused")
PING = Phrase("ICMP port unreachable goes back at once: ping prints Destination Port Unreachable")
REMEMBERED = {  # whether it is an answer, whether its destination is another one
    (True, True): Phrase("an answer of a known connection: no nat rule is asked, its destination is as noted"),
    (True, False): Phrase("an answer of a known connection: no nat rule is asked"),
    (False, True): Phrase("a packet of a known connection: no nat rule is asked, its destination is as noted"),
    (False, False): Phrase("a packet of a known connection: no nat rule is asked"),
}
SOURCE_LAST = Phrase("as conntrack noted: on the way out, after the filter rules")


def comment(way: Way) -> str:
    """What the rule that decided says, or by which chains it was found; "" when none did."""
    return (way.matched[-1].comment or words_of(way)) if way.end is not None and way.matched else ""


def words_of(way: Way) -> str:
    """What the rules on a way say; where they say nothing, the chains and maps that it went through."""
    comments = [rule.comment for rule in way.matched]
    said = [words for words in dict.fromkeys(comments) if words]
    if all(comments[-1:]):
        return joined("; ", said)
    return joined("; ", [*said, " > ".join(dict.fromkeys([rule.chain for rule in way.matched]))])


def routed(route: Route, ip: str) -> str:
    """Where the routing table sends what is for an address."""
    return Phrase("{ip} is the node's own", ip=ip) if route is HERE else f"{ip}: {route}"


def judged(way: Way, table: str, hook: str) -> str:
    """What the filter rules at a hook of a table say: of ``filter``, or of ``early``, which comes before nat."""
    if told := comment(way):
        return told
    if table == "early":
        return Phrase("filter {hook} before nat: no rule is against it", hook=hook)
    return Phrase("filter {hook}: no rule is against it", hook=hook)


def masked(device: str, *, plugin: bool) -> str:
    """Why a packet gets a device's address: the network plugin's rules say so, or kube-proxy's mark."""
    if plugin:
        words = "flanneld masq: packets that are not between Pods leave with the address of {device}"
        return Phrase(words, device=device)
    return Phrase("marked packets leave with the address of {device}", device=device)


def listens(name: str, port: int, protocol: str) -> str:
    """Who takes a packet."""
    if protocol == ECHO:
        return Phrase("{name} answers a ping", name=name)
    return Phrase("{name} listens on {port}/{protocol}", name=name, port=port, protocol=protocol)


def rewritten(rule: Rule, end: Dnat) -> str:
    """Which rule gave a packet another destination."""
    return Phrase("{chain}: to {end}, before any route is looked up", chain=rule.chain, end=end.to)


def noted(entry: Entry, now: float) -> str:
    """What conntrack keeps of a new connection."""
    line = entry.line(now)
    if entry.rewritten:
        return Phrase("noted, so that the answer is rewritten back: {entry}", entry=line)
    return Phrase("noted, so that the answer is known as one: {entry}", entry=line)
