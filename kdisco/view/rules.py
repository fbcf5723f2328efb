"""kube-proxy's rules for one Service as a graph: from KUBE-SERVICES over KUBE-SVC to one of the KUBE-SEPs."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.view import dot
from kdisco.view.diagram import Diagram
from kdisco.view.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Jump", "jumps", "rules"]

LINE = re.compile(r"^-A (?P<chain>\S+) (?P<rest>.*)$")
OPTION = re.compile(r"(?:^| )(?P<name>-d|--dport|--probability|--to-destination|-j|-p) (?P<value>\S+)")
COMMENT = re.compile(r'--comment (?:"([^"]*)"|(\S+))')
HOOKS = ("KUBE-SERVICES", "KUBE-NODEPORTS")
MARK = "KUBE-MARK-MASQ"
MOST = 40  # jumps drawn


@frozen(kw_only=True)
class Jump:
    """A rule that leads on: from a chain to a chain, or by DNAT to ``ip:port``."""

    chain: str
    to: str
    comment: str
    match: str
    probability: Fraction | None = None


def rules(restore: str, service: str, node: str = "", lang: str = "en") -> Diagram:
    """The nat rules of the Service ``ns/name``, read from kube-proxy's iptables-restore text.

    Raises UsageError for an unknown ``lang``; a Service without rules gives a picture that says so.
    """
    say = words(lang)
    title = f"{say['rules'].format(node=node, mode='iptables')}: {service}"
    found = _reached(jumps(restore), service)
    if not found:
        text = f"{title}\n{say['no endpoints']}"
        return Diagram(dot.graph(title, [dot.node("none", label=say["no endpoints"], **dot.thing("rule"))]), text)
    shown = found[:MOST]
    lines = [*_chains(shown), *_jumps(shown, say)]
    text = "\n".join([title, *(", ".join(filter(None, _told(each, say))) for each in found)])
    return Diagram(dot.graph(title, lines, rankdir="LR", nodesep=0.12, ranksep=0.5), text)


def jumps(restore: str) -> list[Jump]:
    """The jumps of the nat table in their order, those that only mark left out; chances are of the whole chain."""
    nat = restore.partition("*nat")[2].partition("COMMIT")[0]
    found: list[Jump] = []
    left: dict[str, Fraction] = {}
    for line in filter(None, map(LINE.match, nat.splitlines())):
        options = {each["name"]: each["value"] for each in OPTION.finditer(COMMENT.sub("", line["rest"]))}
        to = options.get("--to-destination") or options.get("-j", "")
        if to == MARK or not to or not line["chain"].startswith("KUBE-"):
            continue
        comment = COMMENT.search(line["rest"])
        said = (comment[1] or comment[2] or "") if comment else ""
        match = ":".join(filter(None, (options.get("-d", "").partition("/")[0], options.get("--dport", ""))))
        chance = None
        if to.startswith("KUBE-SEP-") and " -m recent" not in line["rest"]:
            rest = left.get(line["chain"], Fraction(1))
            part = Fraction(1, round(1 / float(options.get("--probability", 1))))
            chance, left[line["chain"]] = rest * part, rest * (1 - part)
        found.append(Jump(chain=line["chain"], to=to, comment=said, match=match, probability=chance))
    return found


def _reached(found: Sequence[Jump], service: str) -> list[Jump]:
    """The jumps into a Service and all that follow from them."""
    name = re.compile(rf"^{re.escape(service)}(?::| |$)")
    ours = [each for each in found if each.chain in HOOKS and name.match(each.comment)]
    chains = {each.to for each in ours}
    size = -1
    while size != len(chains):
        size = len(chains)
        chains |= {each.to for each in found if each.chain in chains}
    return [*ours, *(each for each in found if each.chain in chains)]


def _chains(found: Sequence[Jump]) -> Iterator[str]:
    for name in dict.fromkeys(part for each in found for part in (each.chain, each.to)):
        chain = name.startswith("KUBE-")
        kind, _, rest = name.rpartition("-") if chain and name not in HOOKS else ("", "", name)
        below = rest if kind else "" if chain else "DNAT"
        body = dot.label(dot.strong(kind or rest, 10), *([dot.muted(below, 8)] if below else []))
        thing = dot.thing("rule", name) if chain else dot.thing("pod", name, states=("ready",))
        yield dot.node(name, label=body, margin="0.12,0.05", tooltip=name, shape="box", **thing)


def _jumps(found: Sequence[Jump], say: Mapping[str, str]) -> Iterator[str]:
    for at, each in enumerate(found):
        told = each.match if each.chain in HOOKS else _chance(each, say)
        label = f" {told} " if told else None
        yield dot.edge(each.chain, each.to, id=f"edge.{at}", label=label, tooltip=each.comment)


def _told(each: Jump, say: Mapping[str, str]) -> tuple[str, ...]:
    return f"{each.chain} -> {each.to}", _chance(each, say), each.match


def _chance(each: Jump, say: Mapping[str, str]) -> str:
    return "" if each.probability is None else say["chance"].format(chance=each.probability)
