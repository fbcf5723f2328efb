"""Endpoints: the old list of a Service's backends, deprecated since v1.33 and still written.

What somebody writes into them by hand stays until the Service or a Pod of it changes; only their deletion
is put right at once. A Service that loses its selector, or whose type becomes ExternalName, keeps its
Endpoints. Upstream: pkg/controller/endpoint/endpoints_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Tell, Try, Write, create, delete, own_key, update
from kdisco.control.refusals import namespace_ends, will_pass
from kdisco.control.selection import address_of, backends, keys_of_pod, target_port
from kdisco.control.subsets import Entry, grouped, same_subsets
from kdisco.control.trigger import marked, trigger_time
from kdisco.errors import ApiError
from kdisco.model.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from kdisco.model.meta import Key, Labels, Object, ObjectMeta, ObjectReference
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.table import View

__all__ = ["CAPACITY", "CONTROLLER", "subsets", "truncated"]

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"  # under which it tells Events, too
HEADLESS = "service.kubernetes.io/headless"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
CAPACITY = 1000
RETRY = 0.02  # seconds after a write that was refused for what the cache did not have yet
MEMORY = 1 << 13  # Pods of which it is known what they are as addresses
_known: dict[tuple[int, int, str], tuple[Pod, Service, tuple[Entry, ...]]] = {}


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the Endpoints of one Service list its Pods."""
    service: Service | None = context.view.get("services", key)
    old: Endpoints | None = context.view.get("endpoints", key)
    if service is None:
        if old is not None:
            yield delete(old)
        return
    if not service.spec.selector or service.spec.type == "ExternalName":
        return
    pods = backends(context.view, service)
    found = subsets(service, pods)
    kept = truncated(found)
    own = {MANAGED_BY: MANAGER} | ({} if service.virtual_ips else {HEADLESS: ""})
    labels = service.labels.without(HEADLESS).merged(own)
    full = {OVER_CAPACITY: "truncated"} if kept is not found else {}
    same = old is not None and _same_labels(old.labels, labels) and _capacity(old) == full
    if old is not None and same and same_subsets(old.subsets, kept):
        return
    listed = None if old is None else _listed(old)
    time = trigger_time(service, listed, (pod for pod in pods if _counts(service, pod)))
    meta = old.metadata if old is not None else ObjectMeta(name=service.name, namespace=service.namespace)
    annotations = marked(meta.annotations.without(OVER_CAPACITY).merged(full), time)
    yield from _written(Endpoints(metadata=evolve(meta, labels=labels, annotations=annotations), subsets=kept), old)


def _counts(service: Service, pod: Pod) -> bool:
    """A Pod on its way out is no backend any more, unless not being ready does not matter."""
    return service.spec.publish_not_ready_addresses or not pod.deleting


def _same_labels(old: Labels, new: Labels) -> bool:
    """Whether the labels are the Service's; the headless one is not looked at."""
    return old == new or old.without(HEADLESS) == new.without(HEADLESS)


def _capacity(found: Endpoints) -> dict[str, str]:
    return {name: text for name, text in found.metadata.annotations.items() if name == OVER_CAPACITY}


def _listed(found: Endpoints) -> dict[str, tuple[str, bool]]:
    """Of each Pod that is listed: its uid, and whether as ready."""
    return {
        one.target_ref.name: (one.target_ref.uid, ready)
        for each in found.subsets
        for addresses, ready in ((each.addresses, True), (each.not_ready_addresses, False))
        for one in addresses
        if one.target_ref is not None
    }


def _written(new: Endpoints, old: Endpoints | None) -> Iterator[Write]:
    """One write, of whose refusal people are told."""
    place = f"{new.namespace}/{new.name}"
    try:
        yield Try(create(new) if old is None else update(new))
    except ApiError as refusal:
        if old is None and namespace_ends(refusal):
            return
        reason, words = ("FailedToUpdateEndpoint", f"Failed to update endpoint {place}")
        if old is None:
            reason, words = ("FailedToCreateEndpoint", f"Failed to create endpoint for service {place}")
        yield Tell(about=new, reason=reason, message=f"{words}: {refusal.message}", type="Warning")
        if will_pass(refusal):
            yield Later(RETRY)
        raise


def subsets(service: Service, pods: list[Pod]) -> tuple[EndpointSubset, ...]:
    """The Pods' addresses of the Service's first family, grouped by the ports that they share."""
    family = service.spec.ip_families[0] if service.spec.ip_families else ""
    return grouped(entry for pod in pods if _counts(service, pod) for entry in _entries(service, pod, family))


def _entries(service: Service, pod: Pod, family: str) -> tuple[Entry, ...]:
    """One Pod's address by its ports; remembered, because most Pods are as they were a sync ago.

    What is remembered holds its Pod and Service, so that no other object can have their id.
    """
    key = (id(pod), id(service), family)
    known = _known.get(key)
    if known is None:
        if len(_known) >= MEMORY:
            _known.clear()
        known = _known[key] = pod, service, tuple(_made(service, pod, family))
    return known[2]


def _made(service: Service, pod: Pod, family: str) -> Iterator[Entry]:
    primary = service.spec.cluster_ip if service.virtual_ips else next(iter(pod.addresses), "")
    found = address_of(pod, family or ("IPv6" if ":" in primary else "IPv4"))
    if not found:
        return
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    address = EndpointAddress(
        ip=found,
        hostname=pod.spec.hostname if named else "",
        node_name=pod.spec.node_name or None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
    )
    ready = service.spec.publish_not_ready_addresses or pod.ready
    if service.headless and not service.spec.ports:
        yield (None, address, ready)
    for port in service.spec.ports:
        number = target_port(pod, port)
        if number:
            spec = EndpointPort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)
            yield (spec, address, ready)


def truncated(found: tuple[EndpointSubset, ...]) -> tuple[EndpointSubset, ...]:
    """At most 1000 addresses: ready ones before others, each subset its share of those that must be cut."""
    ready = sum(len(each.addresses) for each in found)
    total = ready + sum(len(each.not_ready_addresses) for each in found)
    if total <= CAPACITY:
        return found
    if ready > CAPACITY:
        room = _shares([len(each.addresses) for each in found], CAPACITY)
        return tuple(
            evolve(each, addresses=each.addresses[:size], not_ready_addresses=())
            for each, size in zip(found, room, strict=True)
        )
    room = _shares([len(each.not_ready_addresses) for each in found], CAPACITY - ready)
    return tuple(
        evolve(each, not_ready_addresses=each.not_ready_addresses[:size])
        for each, size in zip(found, room, strict=True)
    )


def _shares(counts: list[int], room: int) -> Iterator[int]:
    """The room shared out by size, each share rounded up, so that the last ones may get less."""
    total, left = sum(counts), room
    for each in counts:
        share = min(-(-each * room // total), left)
        left -= min(share, each)
        yield share


def _gone(view: View, found: Object) -> Iterator[Key]:
    """Endpoints that somebody deleted."""
    if view.get("endpoints", found.key) is None:
        yield found.key


CONTROLLER = Controller(
    "endpoints", {"services": own_key, "pods": keys_of_pod, "endpoints": _gone}, reconcile, MANAGER
)
