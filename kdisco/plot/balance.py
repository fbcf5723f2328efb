"""Connections to one Service counted by Pod, beside how many each should get: by chance, or in turn."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.net.ends import end_of
from kdisco.phrase import Phrase
from kdisco.plot.figure import HATCHES, INK, LANES, MUTED, Plot
from kdisco.plot.modes import in_mode
from kdisco.plot.subject import asker, front
from kdisco.plot.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from kdisco.cluster import Cluster
    from kdisco.model.service import Service

__all__ = ["Tally", "balance", "drawn", "tally"]

RATE = 1000  # connections a second of cluster time
SIGMAS = 1.96  # of a normal distribution: 95 % are within
BARS = 0.8


@frozen(kw_only=True)
class Tally:
    """Who answered how often of ``sent`` connections, beside each Pod's share of chance; ``mode`` is kube-proxy's."""

    service: str
    mode: str
    sent: int
    counts: Mapping[str, int]
    shares: Mapping[str, float]

    @property
    def pods(self) -> tuple[str, ...]:
        """All that should get, or got, a connection."""
        return tuple(sorted({*self.counts, *self.shares}))

    @property
    def in_turn(self) -> bool:
        """Whether IPVS deals them out in turn; else chance does."""
        return self.mode == "ipvs"

    def expected(self, pod: str) -> float:
        """How many a Pod is to get."""
        return self.sent * self.shares.get(pod, 0.0)

    def band(self, pod: str) -> tuple[float, float]:
        """Between which counts 95 of 100 runs are; in turn, what is left after whole rounds alone differs."""
        middle, share = self.expected(pod), self.shares.get(pod, 0.0)
        if self.in_turn:
            return float(floor(middle)), float(ceil(middle))
        width = SIGMAS * sqrt(self.sent * share * (1 - share))
        return max(0.0, middle - width), min(float(self.sent), middle + width)


def tally(cluster: Cluster, source: str, service: Service, connections: int) -> Tally:
    """Make so many connections in the cluster itself, a thousand a second; raises UsageError as ``load`` does."""
    if type(connections) is not int or connections < 1:
        msg = f"connections: {connections!r} is not a whole number above 0"
        raise UsageError(msg)
    if not service.virtual_ips or not service.spec.ports:
        words = "service/{name} has no address of its own, or no port: nothing is balanced"
        msg = Phrase(words, name=service.name)
        raise UsageError(msg)
    address, port = service.virtual_ips[0], service.spec.ports[0].port
    shares = _shares(cluster, source, address, port)
    if not shares:
        name = f"service/{service.name}"
        words = "{name}: no connection from {source} would reach a Pod; see explain('{name}')"
        msg = Phrase(words, name=name, source=source)
        raise UsageError(msg)
    found = cluster.load(rate=RATE, seconds=connections / RATE, source=source, to=address, port=port)
    counts = {name.removeprefix("pod/"): count for name, count in found.pods.items()}
    return Tally(
        service=service.name, mode=cluster.config.proxy.mode, sent=found.sent, counts=FrozenMap(counts),
        shares=FrozenMap(shares),
    )  # fmt: skip


def _shares(cluster: Cluster, source: str, address: str, port: int) -> dict[str, float]:
    """Each Pod's share of chance, by the rules of the node where the packet meets them."""
    state, end = cluster.state, end_of(cluster.state, source)
    nodes = [each.name for each in state.view.list("nodes")]
    node = end.node if end.node in nodes else nodes[0]
    owners = {ip: "/".join(pod.key) for pod in state.view.list("pods") for ip in pod.addresses if not pod.finished}
    shares: dict[str, float] = {}
    for fate in cluster.proxy(node).fates(end.source_for(address), address, port):
        if fate.verdict == "DNAT" and fate.endpoint:
            ip = fate.endpoint.rpartition(":")[0].strip("[]")
            name = owners.get(ip, fate.endpoint)
            shares[name] = shares.get(name, 0.0) + float(fate.probability)
    return shares


def balance(
    cluster: Cluster,
    lang: str | None = None,
    service: str | None = None,
    source: str | None = None,
    connections: int = 120,
    modes: Sequence[str] = ("iptables", "ipvs"),
) -> Plot:
    """Connections by Pod in several modes, on branches of the cluster: it stays as it is."""
    begin, target = source or asker(cluster), front(cluster, service)
    return drawn([tally(in_mode(cluster, mode), begin, target, connections) for mode in modes], lang)


def drawn(tallies: Sequence[Tally], lang: str | None = None) -> Plot:
    """What was counted as a plot: bars for each Pod, the band of chance behind them."""
    say, first = words(lang), tallies[0]
    pods = tuple(dict.fromkeys(pod for each in tallies for pod in each.pods))
    chance = next((each for each in tallies if not each.in_turn), first)
    names = [f"{each.mode}, {say['rr' if each.in_turn else 'chance']}" for each in tallies]
    rows = tuple(
        (pod, *(str(each.counts.get(pod, 0)) for each in tallies), f"{chance.expected(pod):.1f}", _span(chance, pod))
        for pod in pods
    )
    low, high = chance.band(pods[0])
    told = say["balance told"].format(
        count=chance.sent, expected=f"{chance.expected(pods[0]):.1f}", low=f"{low:.0f}", high=f"{high:.0f}"
    )

    def draw(axes: Axes) -> None:
        wide = BARS / len(tallies)
        for at, each in enumerate(tallies):
            places = [place - BARS / 2 + wide * (at + 0.5) for place in range(len(pods))]
            heights = [each.counts.get(pod, 0) for pod in pods]
            axes.bar(
                places, heights, wide * 0.92, label=names[at], color=LANES[at], hatch=HATCHES[at], edgecolor=INK,
                linewidth=0.5, alpha=0.85,
            )  # fmt: skip
        _band(axes, chance, pods, say)
        axes.set_xticks(range(len(pods)), [pod.rpartition("/")[2][-12:] for pod in pods], fontsize=8)
        axes.set_ylabel(say["connections"])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, fontsize=8)

    title = say["balance title"].format(count=first.sent, service=first.service)
    heads = (say["pod"], *names, say["expected"], say["band rr" if chance.in_turn else "band"])
    return Plot(kind="balance", title=title, told=told, heads=heads, rows=rows, unfold=say["numbers"], draw=draw)


def _band(axes: Axes, chance: Tally, pods: Sequence[str], say: Mapping[str, str]) -> None:
    """A bracket over each Pod's bars: between its ends chance stays."""
    middles = [chance.expected(pod) for pod in pods]
    reach: Any = [
        [middle - chance.band(pod)[0] for pod, middle in zip(pods, middles, strict=True)],
        [chance.band(pod)[1] - middle for pod, middle in zip(pods, middles, strict=True)],
    ]
    axes.errorbar(
        range(len(pods)), middles, yerr=reach, fmt="_", color=INK, ecolor=INK, capsize=9, elinewidth=1.6, capthick=1.6,
        markersize=9, label=say["band rr" if chance.in_turn else "band"], markerfacecolor=MUTED,
    )  # fmt: skip


def _span(each: Tally, pod: str) -> str:
    low, high = each.band(pod)
    return f"{low:.0f}-{high:.0f}"
