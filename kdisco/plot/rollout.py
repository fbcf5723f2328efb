"""What became of connections second by second while a rollout went on: answered, refused, timed out, reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.errors import UsageError
from kdisco.load import ENDS, Load
from kdisco.plot.figure import HATCHES, INK, LANES, Plot
from kdisco.plot.subject import asker, front
from kdisco.plot.words import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kdisco.cluster import Cluster
    from kdisco.model.service import Service

__all__ = ["rollout"]

PAINT = dict(zip(ENDS, (2, 3, 1, 0, 4, 5), strict=True))  # outcome -> lane
AFTER = 5.0  # seconds of quiet before the rollout begins


def rollout(
    cluster: Cluster,
    lang: str | None = None,
    load: Load | None = None,
    service: str | None = None,
    source: str | None = None,
    rate: float = 50,
    seconds: float = 30,
) -> Plot:
    """A Load as a plot; without one, a branch of the cluster restarts the Deployment behind a Service under load."""
    if load is not None and not isinstance(load, Load):
        msg = f"load: {load!r} is not what c.load(...) gives"
        raise UsageError(msg)
    say = words(lang)
    found = load or _tried(cluster, service, source, rate, seconds)
    to = found.to if load else front(cluster, service).name
    ends = [end for end in ENDS if found.total(end) or end == ENDS[0]]
    rows = tuple((f"{each.start:g}", *(str(each[end]) for end in ends)) for each in found.bins)

    def draw(axes: Axes) -> None:
        floor = [0] * len(found.bins)
        starts = [each.start for each in found.bins]
        for end in ends:
            counts = [each[end] for each in found.bins]
            at = PAINT[end]
            axes.bar(
                starts, counts, found.every * 0.92, bottom=floor, align="edge", label=say[end],
                color=LANES[at], hatch=HATCHES[ENDS.index(end)], edgecolor=INK, linewidth=0.4, alpha=0.85,
            )  # fmt: skip
            floor = [below + count for below, count in zip(floor, counts, strict=True)]
        axes.set_ylim(top=1.1 * max(each.sent for each in found.bins))
        axes.set_xlabel(say["second"])
        axes.set_ylabel(say["connections"])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=len(ends), fontsize=8)

    return Plot(
        kind="rollout", title=say["rollout title"].format(to=to),
        told=say["rollout told"].format(sent=found.sent, lost=found.lost),
        heads=(say["second"], *(say[end] for end in ends)), rows=rows, unfold=say["numbers"], draw=draw,
    )  # fmt: skip


def _tried(cluster: Cluster, service: str | None, source: str | None, rate: float, seconds: float) -> Load:
    """A rollout under load, on a branch; from a node, which no rollout takes away."""
    target = front(cluster, service)
    deployment = _behind(cluster, target)
    other = cluster.branch()
    nodes = [each.name for each in cluster.state.view.list("nodes")]
    begin = source or (f"node/{nodes[0]}" if nodes else asker(cluster))
    found: Load = other.load(
        rate=rate, seconds=seconds, source=begin, to=target.virtual_ips[0], port=target.spec.ports[0].port,
        deeds={min(AFTER, seconds / 2): lambda c: c.rollout(f"deployment/{deployment}", target.namespace).restart()},
    )  # fmt: skip
    return found


def _behind(cluster: Cluster, service: Service) -> str:
    for each in cluster.state.view.list("deployments", service.namespace):
        labels = each.spec.template.metadata.labels
        if service.spec.selector and all(labels.get(key) == value for key, value in service.spec.selector.items()):
            return str(each.name)
    msg = f"no Deployment is behind service/{service.name}: give a load, c.plot('rollout', load=c.load(...))"
    raise UsageError(msg)
