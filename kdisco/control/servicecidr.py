"""ServiceCIDRs: a range goes only when no address of it would be left without one.

Upstream: pkg/controller/servicecidrs/servicecidrs_controller.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Write, update, update_status
from kdisco.model.cidr import FINALIZER, MANAGED_BY, MANAGER, IPAddress, ServiceCIDR, ready_status
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, seconds
from kdisco.store.pool import Network, Pool
from kdisco.store.table import View

__all__ = ["CONTROLLER", "GRACE"]

GRACE = 10.0  # seconds in which the allocators hear that a range is going
READY = "Kubernetes Service CIDR is ready"
IN_USE = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Guard a range with a finalizer and call it ready; let one that is going go when nothing needs it."""
    found: ServiceCIDR | None = context.view.get("servicecidrs", key)
    if found is None:
        return
    held = found.metadata.finalizers
    if not found.deleting:
        if FINALIZER not in held:
            yield update(found.with_meta(finalizers=(*held, FINALIZER)))
        elif not _said(found, "True"):
            yield update_status(evolve(found, status=ready_status(READY, context.time())))
    elif _needed(context.view, found):
        if not _said(found, "False"):
            status = ready_status(IN_USE, context.time(), status="False", reason="Terminating")
            yield update_status(evolve(found, status=status))
    elif FINALIZER in held:
        wait = seconds(found.metadata.deletion_timestamp or "") + GRACE - context.epoch - context.now
        if wait > 0:
            yield Later(wait)
        else:
            yield update(found.with_meta(finalizers=tuple(each for each in held if each != FINALIZER)))


def _said(found: ServiceCIDR, status: str) -> bool:
    """Whether its condition Ready has that status."""
    conditions: Iterable[FrozenMap[str, str]] = found.status.get("conditions", ())
    return any(each.get("type") == "Ready" and each.get("status") == status for each in conditions)


def _needed(view: View, going: ServiceCIDR) -> bool:
    """Whether an address that was given out lies in this range alone; a range inside another one never is needed."""
    others = [network for each in _ranges(view) if each.key != going.key for network in _networks(each)]
    own = _networks(going)
    if all(any(_inside(network, other) for other in others) for network in own):
        return False
    addresses: Iterator[IPAddress] = view.list("ipaddresses")
    for each in addresses:
        if each.labels.get(MANAGED_BY) == MANAGER:
            given = ipaddress.ip_address(each.name)
            if any(_holds(network, given) for network in own) and not any(_holds(other, given) for other in others):
                return True
    return False


def _inside(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]  # the same family


def _holds(network: Network, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return network.version == address.version and int(address) in Pool.of_network(network)


def _networks(found: ServiceCIDR) -> list[Network]:
    return [ipaddress.ip_network(text, strict=False) for text in found.spec.cidrs]


def _ranges(view: View) -> Iterator[ServiceCIDR]:
    listed: Iterator[ServiceCIDR] = view.list("servicecidrs")
    return listed


def _itself_and_going(view: View, found: ServiceCIDR) -> Iterator[Key]:
    """A range, and those that may go because it came."""
    yield found.key
    yield from (each.key for each in _ranges(view) if each.deleting and each.key != found.key)


def _going(view: View, _address: IPAddress) -> Iterator[Key]:
    """The ranges that wait for an address to go."""
    return (each.key for each in _ranges(view) if each.deleting)


CONTROLLER = Controller(
    "servicecidr", {"servicecidrs": _itself_and_going, "ipaddresses": _going}, reconcile, "service-cidr-controller"
)
