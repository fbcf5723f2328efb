"""All kinds of plots by name: what ``Cluster.plot`` shows."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
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
    painter = PLOTS.get(kind)
    if painter is None:
        near = get_close_matches(str(kind), PLOTS, 1)
        msg = f"plot: {kind!r} is not one of {', '.join(PLOTS)}" + (f"; did you mean {near[0]}?" if near else "")
        raise UsageError(msg)
    known = [*inspect.signature(painter).parameters][2:]
    for name in what:
        if name not in known:
            msg = f"plot {kind}: no keyword {name}; there are {', '.join(['lang', *known])}"
            raise UsageError(msg)
    return painter(cluster, lang, **what)
