"""How many rules a kernel visits for one packet, by the number of Services, in kube-proxy's three modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.plot.figure import LANES, MARKS, Plot
from kdisco.plot.modes import MODES, in_mode
from kdisco.plot.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from kdisco.cluster import Cluster

__all__ = ["visits"]

SIZES = (10, 50, 100, 200, 400)
MOST = 5000
LABELS = {"app": "backend"}
BACKEND = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "backend", "labels": LABELS},
    "spec": {"containers": [{"name": "backend", "image": "backend:1", "ports": [{"containerPort": 8080}]}]},
}  # fmt: skip


def visits(
    cluster: Cluster, lang: str | None = None, services: Iterable[int] = SIZES, modes: Sequence[str] = MODES
) -> Plot:
    """Rules visited for the first packet to the last of so many Services, in a cluster made for it."""
    say = words(lang)
    sizes = sorted(_sizes(services))
    counts = _counted(type(cluster), sizes, tuple(modes))
    rows = tuple((str(size), *(str(counts[size, mode]) for mode in modes)) for size in sizes)
    last = ", ".join(f"{mode} {counts[sizes[-1], mode]}" for mode in modes)

    def draw(axes: Axes) -> None:
        for at, mode in enumerate(modes):
            heights = [counts[size, mode] for size in sizes]
            axes.plot(sizes, heights, color=LANES[at], marker=MARKS[at], linestyle=("-", "--", ":")[at % 3], label=mode)
        axes.set_xlabel(say["services"])
        axes.set_ylabel(say["rules"])
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", fontsize=8)

    return Plot(
        kind="visits", title=say["visits title"], told=say["visits told"].format(services=sizes[-1], counts=last),
        heads=(say["services"], *modes), rows=rows, unfold=say["numbers"], draw=draw,
    )  # fmt: skip


def _sizes(services: Iterable[int]) -> set[int]:
    found = set(services)
    for each in found:
        if type(each) is not int or not 1 <= each <= MOST:
            msg = f"services: {each!r} is not a whole number from 1 to {MOST}"
            raise UsageError(msg)
    if not found:
        msg = "services: say how many, as in services=(10, 100)"
        raise UsageError(msg)
    return found


def _counted(make: type[Cluster], sizes: Sequence[int], modes: Sequence[str]) -> dict[tuple[int, str], int]:
    """Rules visited, by the number of Services and the mode."""
    cluster = make(nodes=1)
    cluster.apply(BACKEND)
    cluster.settle()
    counts = {}
    there = 0
    for size in sizes:
        cluster.apply([_service(number) for number in range(there, size)])
        cluster.settle()
        there = size
        address = cluster.get("service", f"service-{size - 1:04}").spec.cluster_ip
        for mode in modes:
            trace = in_mode(cluster, mode).send("pod/default/backend", address, 80)
            counts[size, mode] = sum(count for _, _, _, count in trace.visits)
    return counts


def _service(number: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": f"service-{number:04}"},
        "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": 8080}]},
    }  # fmt: skip
