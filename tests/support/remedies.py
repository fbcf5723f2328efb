"""Remedies carried out as a user would: each command typed into the cluster's kubectl."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kdisco import Cluster

__all__ = ["carry_out"]

HEREDOC = re.compile(r"^(kubectl [^\n]*) <<EOF\n(.*?)^EOF$", re.DOTALL | re.MULTILINE)


def carry_out(cluster: Cluster, text: str) -> None:
    """Run every command of a remedy, one after the other; one that fails is an assertion."""
    for command, document in HEREDOC.findall(text):
        _typed(cluster, command, document)
    for line in HEREDOC.sub("", text).splitlines():
        if not line or line.startswith("#"):
            continue
        _typed(cluster, line)


def _typed(cluster: Cluster, command: str, stdin: str | None = None) -> None:
    found = cluster.kubectl(command, stdin)
    assert found.exit == 0, f"{command}\n{found}"
