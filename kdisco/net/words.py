"""What a kernel says of what it does to a packet: made only when somebody reads it, as most packets nobody looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.fabric import HERE

if TYPE_CHECKING:
    from kdisco.net.conntrack import Entry
    from kdisco.net.fabric import Route
    from kdisco.net.packet import Packet
    from kdisco.net.rule import Rule
    from kdisco.net.target import Dnat
    from kdisco.net.traverse import Way

__all__ = ["comment", "judged", "noted", "rewritten", "routed", "words_of"]


def comment(way: Way) -> str:
    """What the rule that decided says, or by which chains it was found; "" when none did."""
    return (way.matched[-1].comment or words_of(way)) if way.end is not None and way.matched else ""


def words_of(way: Way) -> str:
    """What the rules on a way say; where they say nothing, the chains and maps that it went through."""
    comments = [rule.comment for rule in way.matched]
    said = [words for words in dict.fromkeys(comments) if words]
    if all(comments[-1:]):
        return "; ".join(said)
    return "; ".join([*said, " > ".join(dict.fromkeys([rule.chain for rule in way.matched]))])


def routed(route: Route, packet: Packet) -> str:
    """Where the routing table sends a packet."""
    return f"{packet.destination} is the node's own" if route is HERE else f"{packet.destination}: {route}"


def judged(way: Way, hook: str, when: str) -> str:
    """What the filter rules at a hook say."""
    return comment(way) or f"filter {hook}{when}: no rule is against it"


def rewritten(rule: Rule, end: Dnat) -> str:
    """Which rule gave a packet another destination."""
    return f"{rule.chain}: to {end.to}, before any route is looked up"


def noted(entry: Entry, now: float) -> str:
    """What conntrack keeps of a new connection."""
    return f"noted, so that the answer is rewritten back: {entry.line(now)}"
