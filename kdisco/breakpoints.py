"""Where time is to stop: conditions for ``Cluster.run_until``, each with a name.

>>> from kdisco import Cluster, breakpoints
>>> c = Cluster(nodes=1)
>>> print(breakpoints.hears("coredns"))
until coredns hears of a change
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.arguments import texts
from kdisco.attempt import resolved
from kdisco.model.kinds import resource
from kdisco.reach import reach
from kdisco.store.events import Change, Delivered, Reconciled

if TYPE_CHECKING:
    from kdisco.store.events import Fact

__all__ = [
    "Breakpoint",
    "changes",
    "endpoints",
    "hears",
    "packet_arrives",
    "packet_fails",
    "resolves",
    "works",
]


@frozen
class Breakpoint:
    """A condition on a cluster with a name; called with a cluster it says whether time is to stop.

    ``event``: it is of something that happens, so what has happened before does not count.
    """

    name: str
    holds: Callable[[Any], bool]
    event: bool = False

    def __call__(self, cluster: Any) -> bool:
        """Whether it holds now."""
        return self.holds(cluster)

    def __str__(self) -> str:
        return f"until {self.name}"


def packet_fails(source: str, to: str, port: int = 80, protocol: str = "tcp") -> Breakpoint:
    """Until a connection may fail: one endpoint that it may get does not answer, or none does."""
    texts(source=source, to=to)
    name = f"a packet from {source} to {to} port {port} fails"
    return Breakpoint(name, lambda cluster: not reach(cluster.state, source, to, port, protocol))


def packet_arrives(source: str, to: str, port: int = 80, protocol: str = "tcp") -> Breakpoint:
    """Until every connection is answered, whatever endpoint it gets."""
    texts(source=source, to=to)
    name = f"a packet from {source} to {to} port {port} is answered"
    return Breakpoint(name, lambda cluster: bool(reach(cluster.state, source, to, port, protocol)))


def resolves(source: str, name: str) -> Breakpoint:
    """Until a name has an address, looked up in a Pod (``pod/ns/name``)."""
    texts(source=source, name=name)
    return Breakpoint(f"{name} has an address", lambda cluster: bool(resolved(cluster.state, source, name)[1]))


def endpoints(service: str, count: int, namespace: str = "default") -> Breakpoint:
    """Until the EndpointSlices of a Service hold so many ready endpoints."""
    texts(service=service, namespace=namespace)

    def holds(cluster: Any) -> bool:
        slices = cluster.state.view.select("endpointslices", namespace, {"kubernetes.io/service-name": service})
        return bool(count == sum(each.ready for found in slices for each in found.endpoints or ()))

    return Breakpoint(f"service/{service} has {count} ready endpoints", holds)


def changes(kind: str, name: str, namespace: str = "default") -> Breakpoint:
    """Until an object is written: created, changed or deleted. Raises UsageError for an unknown kind."""
    texts(kind=kind, name=name, namespace=namespace)
    row = resource(kind)
    place = (row.plural, (namespace if row.namespaced else "", name))
    return _happens(
        f"{kind}/{name} changes", lambda fact: isinstance(fact, Change) and (fact.resource, fact.key) == place
    )


def hears(component: str) -> Breakpoint:
    """Until a component takes in news: ``coredns``, ``kube-proxy``, an instance with delays of its own."""
    texts(component=component)
    return _happens(
        f"{component} hears of a change",
        lambda fact: isinstance(fact, Delivered) and fact.component == component and fact.news > 0,
    )


def works(controller: str) -> Breakpoint:
    """Until a controller has written something: ``endpointslice``, ``replicaset``, ``scheduler``, ``kubelet``."""
    texts(controller=controller)
    return _happens(
        f"{controller} writes",
        lambda fact: isinstance(fact, Reconciled) and fact.controller == controller and fact.writes > 0,
    )


def _happens(name: str, fits: Callable[[Fact], bool]) -> Breakpoint:
    """Until something happens: it is among the facts of the newest moment."""
    return Breakpoint(name, lambda cluster: any(map(fits, cluster.history[-1].facts)), event=True)
