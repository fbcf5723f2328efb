"""How long news and work take, component by component: what makes the window in which traffic goes wrong.

The seconds of a watch and of work are the model's: what a small cluster on a quiet network takes. ``min_sync``
is kube-proxy's own: ``minSyncPeriod`` of its configuration, one second by default in every mode.
Upstream: pkg/proxy/apis/config/v1alpha1/defaults.go, pkg/proxy/runner (BoundedFrequencyRunner), v1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

__all__ = ["DELAYS", "Delay", "delay_of"]


@frozen(kw_only=True)
class Delay:
    """The delays of one component, in seconds.

    ``watch`` from a write to its hearing of it, at the latest: what is written meanwhile comes along. ``work`` for
    one key of its queue. ``min_sync`` the least from one taking in of news to the next: what comes sooner waits.
    """

    watch: float = 0.01
    work: float = 0.001
    min_sync: float = 0.0

    def __str__(self) -> str:
        return f"watch {self.watch:g} s, work {self.work:g} s, min_sync {self.min_sync:g} s"


USUAL = Delay()
DELAYS: Mapping[str, Delay] = {  # where they are not the usual ones
    "kubelet": Delay(watch=0.02, work=0.0),  # kubelets work side by side, one on each node
    "coredns": Delay(watch=0.03, work=0.0),
    "kube-proxy": Delay(watch=0.05, work=0.0, min_sync=1.0),
    "scheduler": Delay(work=0.0001),
    "garbage": Delay(watch=0.1),
    "namespace": Delay(watch=0.1),
    "endpointslicemirroring": Delay(watch=0.05),
}


def delay_of(own: Mapping[str, Mapping[str, float]], component: str) -> Delay:
    """The delays of a component, or of one instance: what was set (``own``) lies over its component's."""
    base = component.partition("@")[0]
    found = DELAYS.get(base, USUAL)
    if not own:
        return found
    laid: dict[str, Any] = {**own.get(base, {}), **own.get(component, {})}
    return evolve(found, **laid) if laid else found
