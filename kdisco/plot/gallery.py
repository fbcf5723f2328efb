"""All kinds of plots by name: what ``Cluster.plot`` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.arguments import painter
from kdisco.plot.balance import balance
from kdisco.plot.ndots import ndots
from kdisco.plot.rollout import rollout
from kdisco.plot.visits import visits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kdisco.cluster import Cluster
    from kdisco.plot.figure import Plot

__all__ = ["PLOTS", "plot"]

PLOTS: Mapping[str, Callable[..., Plot]] = {
    "balance": balance,
    "rollout": rollout,
    "visits": visits,
    "ndots": ndots,
}


def plot(cluster: Cluster, kind: str, lang: str | None = None, **what: Any) -> Plot:
    """The plot of a kind, one of PLOTS. Raises UsageError for an unknown kind, keyword or language."""
    return painter("plot", PLOTS, kind, what)(cluster, lang, **what)
