"""What the Pod network itself does to sources: a Pod's packet to the world leaves with its node's address.

flanneld's own chain, behind kube-proxy's in POSTROUTING. Pods see one another's addresses, and so does who is asked
from outside by way of the Pod's own node; the world sees nodes.
Upstream: flannel pkg/trafficmngr/iptables/iptables.go (masqRules, masqIP6Rules; --ip-masq).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.iptables import MASQUERADE_BIT
from kdisco.net.match import Comment, Destination, Marked, Match, Source
from kdisco.net.memo import Memo
from kdisco.net.packet import family
from kdisco.net.rule import Rule
from kdisco.net.target import Jump, Masquerade, Target, Verdict
from kdisco.net.traverse import Way

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.net.match import Sight
    from kdisco.store.state import State

__all__ = ["CHAIN", "leaving", "masquerade_rules", "masquerade_text"]

CHAIN = "FLANNEL-POSTRTG"
WORDS = Comment("flanneld masq")
MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
RETURN, TO_NODE = Verdict("RETURN"), Masquerade()

_RULES: Memo[tuple[Rule, ...]] = Memo(1 << 10)
_FOUND: Memo[tuple[Rule, ...]] = Memo(1 << 7)


def masquerade_rules(state: State, node: str, version: int) -> tuple[Rule, ...]:
    """The rules of the chain on a node; none where the node has no range of Pods of that family."""
    here = state.tables.get("nodes"), state.config
    return _FOUND.get(here, (node, version), lambda: _masquerade_rules(state, node, version))


def _masquerade_rules(state: State, node: str, version: int) -> tuple[Rule, ...]:
    found: Node | None = state.view.get("nodes", ("", node))
    wide = next((cidr for cidr in state.config.pod_cidrs if family(cidr) == version), "")
    if found is None or not wide:
        return ()
    return _RULES.get((found,), (wide,), lambda: _rules(found, wide, version))


def _rules(node: Node, wide: str, version: int) -> tuple[Rule, ...]:
    own = next((cidr for cidr in node.spec.pod_cidrs or (node.spec.pod_cidr,) if cidr and family(cidr) == version), "")
    if not own:
        return ()
    rows: tuple[tuple[Match, Match, Target], ...] = (
        (Source(own), Destination(wide), RETURN),
        (Source(wide), Destination(own), RETURN),
        (Source(wide, negated=True), Destination(own), RETURN),
        (Source(wide), Destination(MULTICAST[version], negated=True), TO_NODE),
        (Source(wide, negated=True), Destination(wide), TO_NODE),
    )
    place = ("nat", CHAIN)
    first = Rule(place, (Marked(MASQUERADE_BIT), WORDS), RETURN)
    return (first, *(Rule(place, (source, to, WORDS), target) for source, to, target in rows))


def leaving(rules: tuple[Rule, ...], sight: Sight, mark: int) -> Way:
    """A leaving packet's way through the chain."""
    for at, rule in enumerate(rules):
        for match in rule.matches:
            if not match.holds(sight, mark):
                break
        else:
            return Way(mark, (rule,), (at,), at + 1, rule.target)
    return Way(mark, visited=len(rules))


def masquerade_text(state: State, node: str, version: int) -> str:
    """The chain for ``iptables-restore --noflush``, "" where there is none."""
    rules = masquerade_rules(state, node, version)
    if not rules:
        return ""
    jump = Rule(("nat", "POSTROUTING"), (WORDS,), Jump(CHAIN))
    lines = ["*nat", f":{CHAIN} - [0:0]", *(rule.restored() for rule in (jump, *rules)), "COMMIT"]
    return "\n".join(lines) + "\n"
