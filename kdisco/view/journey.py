"""From a name to an answer, in numbered steps: the lookup, then the packet, its rewriting, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.phrase import said
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.stage import Actor, Step, steps_drawn, steps_told
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.net.trace import Hop, Trace
    from kdisco.view.discovery import Walk

__all__ = ["journey"]

Words = Mapping[str, str]
POD, KERNEL, DNS = (150.0, 46.0), (150.0, 62.0), (150.0, 46.0)  # points
RIGHT, UP = 226.0, 118.0  # from one to the next, and up to DNS
TOP = -76.0  # points: where the words begin


def journey(walk: Walk, trace: Trace | None, name: str, pod: str, lang: str | None = None) -> Diagram:
    """What happens when a Pod (``ns/name``) connects to ``name``: ``trace`` is its packet, None where no name came.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    title = say["journey title"].format(pod=pod.rpartition("/")[2], name=name)
    actors = _actors(pod, trace, say)
    steps = [*_lookup(walk, name, pod, say), *(_way(trace, pod, say) if trace is not None else ())]
    text = "\n".join([title, *steps_told(steps)])
    return Diagram(dot.graph(title, steps_drawn(actors, steps, TOP), layout="nop2"), text)


def _actors(pod: str, trace: Trace | None, say: Words) -> dict[str, Actor]:
    """The Pod that asks, DNS above it, the kernels that its packet passes, and where it arrives."""
    asker, name = f"pod/{pod}", pod.rpartition("/")[2]
    found = {
        "CoreDNS": Actor(
            box=Box(0, UP, *DNS), words=("CoreDNS", "kube-system"), kind="dns", key=("kube-system", "coredns")
        ),
        asker: Actor(
            box=Box(0, 0, *POD), words=(name, say["application"]), kind="pod", key=tuple(pod.split("/")),
            states=("ready",),
        ),
    }  # fmt: skip
    places = list(dict.fromkeys(hop.where for hop in trace.hops)) if trace is not None else []
    for at, where in enumerate((each for each in places if each != asker), 1):
        kind, _, rest = where.partition("/")
        node = kind == "node"
        shown = say["kernel of"].format(node=rest) if node else rest.rpartition("/")[2] or where
        found[where] = Actor(
            box=Box(at * RIGHT, 0, *(KERNEL if node else POD)),
            words=(shown, say["application"] if kind == "pod" else ""),
            kind={"pod": "pod", "node": "k8s-node"}.get(kind, "client"),
            key=tuple(rest.split("/")) or (where,),
            states=("ready",) if kind == "pod" else (),
        )
    return found


def _lookup(walk: Walk, name: str, pod: str, say: Words) -> Iterator[Step]:
    asker = f"pod/{pod}"
    last = walk.questions[-1][0].rstrip(".") if walk.questions else name
    count = say["step asked"].format(count=len(walk.questions))
    yield Step(tail=asker, head="CoreDNS", words=(say["step ask"].format(name=name), f"{count}; {last}"))
    found = ", ".join(walk.addresses) or walk.error or "-"
    states = () if walk.addresses else ("refused",)
    yield Step(tail="CoreDNS", head=asker, words=(say["step told"].format(found=found),), states=states, dashed=True)


def _way(trace: Trace, pod: str, say: Words) -> Iterator[Step]:
    """The packet's stations: sent, rewritten, carried on, arrived, and back the same way."""
    asker = f"pod/{pod}"
    places = list(dict.fromkeys(hop.where for hop in trace.hops))
    packet = trace.packet
    route = next((said(hop.why, say["lang"]) for hop in trace.hops if hop.kind == "route" and hop.where == asker), "")
    end = f"{packet.destination}:{packet.dport}"
    if len(places) > 1:
        yield Step(tail=asker, head=places[1], words=(say["step send"].format(end=end), route))
    for place, following in zip(places[1:], [*places[2:], ""], strict=True):
        hops = [hop for hop in trace.hops if hop.where == place]
        yield from _at(hops, place, following, say)
    if not trace.delivered:
        told = (say["step end"].format(verdict=trace.verdict), said(trace.hops[-1].why, say["lang"]))
        yield Step(tail=places[-1], head=places[-1], words=told, states=("refused",))
    elif trace.reply:
        yield from _back(trace, places, say)


def _at(hops: Sequence[Hop], place: str, following: str, say: Words) -> Iterator[Step]:
    """What one place does to the packet, and where it goes from there."""
    changed = next((hop for hop in hops if hop.rewritten), None)
    if changed is not None:
        old, new = str(changed.before).split(), str(changed.after).split()
        told = say["step rewrite"].format(before=old[2], after=new[2])
        if old[2] == new[2]:
            told = f"SNAT: {old[0]} \u2192 {new[0]}"
        yield Step(tail=place, head=place, words=(told, said(changed.why, say["lang"])), states=("changed",))
    if following.startswith("node/"):
        wrapped = any(hop.kind == "vxlan" for hop in hops)
        told = say["step carry"].format(node=following.removeprefix("node/"))
        yield Step(tail=place, head=following, words=(told, say["step wrapped"] if wrapped else ""))
    elif following:
        yield Step(tail=place, head=following, words=(say["step arrive"].format(end=str(hops[-1].after).split()[2]),))


def _back(trace: Trace, places: Sequence[str], say: Words) -> Iterator[Step]:
    """The answer: it leaves as itself, and arrives as from whom was asked."""
    last = trace.reply[-1]
    undone = next((hop for hop in reversed(trace.reply) if hop.rewritten), None)  # its source is rewritten last
    told = (say["step undo"].format(end=str(last.after).split()[0]), said(undone.why, say["lang"])) if undone else ()
    yield Step(tail=places[-1], head=places[-2], words=(say["step back"], str(trace.reply[0].before)), dashed=True)
    for tail, head in zip(places[-2:0:-1], places[-3::-1], strict=False):
        here = told if undone is not None and undone.where == tail else ()
        onward = say["step carry"].format(node=head.rpartition("/")[2])
        yield Step(tail=tail, head=head, words=here or (onward,), states=("changed",) if here else (), dashed=True)
