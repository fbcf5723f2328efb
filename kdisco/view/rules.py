"""A node's rules for one Service as a graph: from its address over the chains of its mode to one of its endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kdisco.view import dot
from kdisco.view.diagram import Diagram
from kdisco.view.jumps import HOOKS, READERS, Jump, reached
from kdisco.view.words import words

__all__ = ["rules"]

Words = Mapping[str, str]
MOST = 40  # jumps drawn
LETTERS = 34  # of a chain's name that fit


def rules(
    text: str,
    service: str,
    node: str = "",
    lang: str | None = None,
    mode: str = "iptables",
    owners: Mapping[str, str] | None = None,
) -> Diagram:
    """The rules of the Service ``ns/name``, read from kube-proxy's text of a mode.

    That is iptables-restore's or ``iptables-save -c``'s (then with packets), ``nft -f``'s, or ``ipvsadm -Ln``'s, for
    which ``owners`` tells whose an address is. Raises UsageError for an unknown ``lang``; a Service without rules gives
    a picture that says so.
    """
    say = words(lang)
    title = f"{say['rules'].format(node=node, mode=mode)}: {service}"
    read = READERS[mode](text, owners or {}) if mode == "ipvs" else READERS[mode](text)
    found = reached(read, service)
    if not found:
        told = f"{title}\n{say['no endpoints']}"
        return Diagram(dot.graph(title, [dot.node("none", label=say["no endpoints"], **dot.thing("rule"))]), told)
    shown = found[:MOST]
    lines = [*_chains(shown, say), *_jumps(shown, say)]
    told = "\n".join([title, *(", ".join(filter(None, _told(each, say))) for each in found)])
    return Diagram(dot.graph(title, lines, rankdir="LR", nodesep=0.12, ranksep=0.5), told)


def _chains(found: Sequence[Jump], say: Words) -> Iterator[str]:
    tails = {each.chain for each in found}
    target = "Masq" if "IPVS" in tails else "DNAT"  # as ipvsadm and iptables say it
    for name in dict.fromkeys(part for each in found for part in (each.chain, each.to)):
        last = name not in tails and name[:1].isdigit() | name.startswith("[")
        kind, below = ("", target) if last else _parts(name)
        body = dot.label(
            dot.strong(dot.cut(kind or name, LETTERS), 10), *([dot.muted(dot.cut(below, LETTERS), 8)] if below else [])
        )
        thing = dot.thing("pod", name, states=("ready",)) if last else dot.thing("rule", name)
        told = f"{name}: {say['rewrites']}" if last else name
        yield dot.node(name, label=body, margin="0.12,0.05", tooltip=told, shape="box", **thing)


def _parts(name: str) -> tuple[str, str]:
    """A chain's name in two lines: what it is for, and which one."""
    if name in HOOKS:
        return name, {"service-ips": "vmap", "service-nodeports": "vmap"}.get(name, "")
    if name.startswith("KUBE-"):
        kind, _, rest = name.rpartition("-")
        return kind, rest
    kind, _, rest = name.partition("-")
    return (kind, rest.partition("-")[2]) if rest else (name, "")


def _jumps(found: Sequence[Jump], say: Words) -> Iterator[str]:
    for at, each in enumerate(found):
        told = ", ".join(filter(None, (each.match if each.chain in HOOKS else _chance(each, say), _packets(each, say))))
        label = f" {told} " if told else None
        line = 2.2 if each.packets else None
        yield dot.edge(each.chain, each.to, id=f"edge.{at}", label=label, tooltip=each.comment, penwidth=line)


def _told(each: Jump, say: Words) -> tuple[str, ...]:
    match = each.match if each.chain in HOOKS else ""
    return f"{each.chain} -> {each.to}", _chance(each, say), match, _packets(each, say)


def _chance(each: Jump, say: Words) -> str:
    if each.probability is not None:
        return say["chance"].format(chance=each.probability)
    return say["connections"].format(count=each.match) if each.match and each.chain not in HOOKS else ""


def _packets(each: Jump, say: Words) -> str:
    return say["packets"].format(count=each.packets) if each.packets else ""
