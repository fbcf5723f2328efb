"""How many questions one look-up takes, by ndots and by how much of the name is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco import arguments
from kdisco.plot.figure import LANES, MARKS, Plot
from kdisco.plot.subject import front
from kdisco.plot.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

    from kdisco.cluster import Cluster

__all__ = ["ndots"]

RANGE = (1, 2, 3, 4, 5, 6)
USUAL = 5  # what kubelets write
STYLES = ("-", "--", ":", "-.")


def ndots(
    cluster: Cluster,
    lang: str | None = None,
    names: Iterable[str] | None = None,
    libc: str = "glibc",
    values: Iterable[int] = RANGE,
) -> Plot:
    """Questions by ndots for several spellings, asked by Pods of a branch whose dnsConfig says so."""
    arguments.one_of("libc", libc, ("glibc", "musl"))
    say = words(lang)
    asked = arguments.names("names", names) if names is not None else _spellings(cluster)
    wanted = sorted({arguments.whole("values", each) for each in values})
    counts = _counted(cluster, asked, wanted, libc)
    rows = tuple((name, *(str(counts[name, value]) for value in wanted)) for name in asked)
    usual = USUAL if USUAL in wanted else wanted[-1]

    def draw(axes: Axes) -> None:
        for at, name in enumerate(asked):
            heights = [counts[name, value] for value in wanted]
            axes.plot(
                wanted, heights, label=name, color=LANES[at % len(LANES)], marker=MARKS[at % len(MARKS)],
                linestyle=STYLES[at % len(STYLES)],
            )  # fmt: skip
        axes.set_xticks(wanted)
        axes.set_xlabel(say["ndots"])
        axes.set_ylabel(say["questions"])
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=8)

    last = asked[-1]
    return Plot(
        kind="ndots", title=say["ndots title"].format(libc=libc),
        told=say["ndots told"].format(ndots=usual, name=last, count=counts[last, usual]),
        heads=(say["name"], *(f"ndots:{value}" for value in wanted)), rows=rows, unfold=say["numbers"], draw=draw,
    )  # fmt: skip


def _spellings(cluster: Cluster) -> tuple[str, ...]:
    """The short name of a Service, longer ones, and a name outside."""
    found = front(cluster)
    full = f"{found.name}.{found.namespace}.svc.{cluster.config.domain}"
    return found.name, f"{found.name}.{found.namespace}", full, "example.com"


def _counted(
    cluster: Cluster, names: Sequence[str], values: Sequence[int], libc: str
) -> dict[tuple[str, int], int]:  # fmt: skip
    other = cluster.branch()
    other.apply([_pod(value) for value in values])
    other.settle()
    return {
        (name, value): len(other.lookup(name, f"default/ndots-{value}", libc).questions)
        for name in names
        for value in values
    }


def _pod(value: int) -> dict[str, Any]:
    options = [{"name": "ndots", "value": str(value)}]
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"ndots-{value}"},
        "spec": {"containers": [{"name": "asker", "image": "busybox:1.37"}], "dnsConfig": {"options": options}},
    }  # fmt: skip
