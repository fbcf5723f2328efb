"""The same cluster with kube-proxy in another mode: what would be, side by side with what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["MODES", "in_mode"]

MODES = ("iptables", "nftables", "ipvs")


def in_mode(cluster: Cluster, mode: str) -> Cluster:
    """A branch of a cluster whose nodes all restarted kube-proxy in a mode; raises UsageError for one there is not."""
    if mode not in MODES:
        msg = f"mode: {mode!r} is not one of {', '.join(MODES)}"
        raise UsageError(msg)
    other = cluster.branch()
    state = other.state
    if mode != state.config.proxy.mode:
        config = evolve(state.config, proxy=evolve(state.config.proxy, mode=mode))
        other.history.add(evolve(state, config=config, changes=(), counters=None), None, ())
    return other
