"""A cell of an exercise carried out: Python with the cluster as ``c``, and lines that begin with kubectl."""

from __future__ import annotations

from typing import Any

from kdisco.cluster import Cluster
from kdisco.errors import UsageError

__all__ = ["run"]

KUBECTL = "kubectl "


def run(cell: str, cluster: Cluster) -> None:
    """Carry a cell out; raises what the cluster raises, and UsageError for a kubectl that fails."""
    lines = [f"kubectl({line!r})" if line.startswith(KUBECTL) else line for line in cell.strip("\n").splitlines()]
    words: dict[str, Any] = {"c": cluster, "Cluster": Cluster, "kubectl": lambda line: _kubectl(cluster, line)}
    exec(compile("\n".join(lines), "<exercise>", "exec"), words)  # noqa: S102 - a cell is code; these are the course's own


def _kubectl(cluster: Cluster, line: str) -> None:
    found = cluster.kubectl(line.removeprefix(KUBECTL))
    if found.exit:
        msg = f"{line}: {found.strip()}"
        raise UsageError(msg)
