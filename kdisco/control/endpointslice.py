"""EndpointSlices: what consumers read to know a Service's backends.

A Service whose type becomes ExternalName or that loses its selector keeps the slices it has: from then on
they are nobody's work. Where upstream tries again and again (a Pod on a node that is not there), the
Service comes back when the node does. Upstream: pkg/controller/endpointslice, endpointslice/reconciler.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Tell, Try, Write, create, delete, own_key, update
from kdisco.control.hints import by_annotation, distributed, distribution, without_hints
from kdisco.control.refusals import namespace_ends, will_pass
from kdisco.control.selection import backends, keys_of_pod
from kdisco.control.slice_plan import MANAGED_BY, MANAGER, Plan, owned, plan
from kdisco.control.slices import Wanted, wanted
from kdisco.control.topology import overloaded, shares, spread, zones_hinted
from kdisco.control.trigger import marked, trigger_time
from kdisco.errors import ApiError, InternalError
from kdisco.model.endpoints import SERVICE_NAME, EndpointSlice
from kdisco.model.event import Event
from kdisco.model.meta import Key, Object
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.table import View

__all__ = ["CONTROLLER", "MANAGED_BY", "MANAGER"]

SOURCE = "endpoint-slice-controller"
RETRY = 1.0  # seconds after a write that was refused
ENABLED, DISABLED = "TopologyAwareHintsEnabled", "TopologyAwareHintsDisabled"


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the slices of one Service say what its Pods are; family by family."""
    view = context.view
    service: Service | None = view.get("services", key)
    if service is None or service.spec.type == "ExternalName" or not service.spec.selector:
        return
    mine = [each for each in _slices(view, key) if not each.deleting]
    pods, families = backends(view, service), _families(service)
    hinted = _hinted_before(view, service)
    problems: list[str] = []
    for family in families:
        found = wanted(view, service, pods, family)
        problems += [_missing(service, pod) for pod in found.missing]
        made = plan(service, family, found.groups, [each for each in mine if each.address_type == family])
        made, told, hinted = _with_hints(view, service, family, made, hinted=hinted)
        try:
            yield from _written(service, _dated(made, service, mine, pods, found))
        except InternalError as refusal:
            problems.append(refusal.message)
            if isinstance(refusal.__cause__, ApiError) and will_pass(refusal.__cause__):
                yield Later(RETRY)
        yield from told
    yield from (delete(each) for each in mine if each.address_type not in families)
    if problems:
        once = list(dict.fromkeys(problems))
        text = once[0] if len(once) == 1 else f"[{', '.join(once)}]"
        words = f"Error updating Endpoint Slices for Service {service.namespace}/{service.name}: {text}"
        yield Tell(about=service, reason="FailedToUpdateEndpointSlices", message=words, type="Warning")
        raise InternalError(text)


def _slices(view: View, key: Key) -> list[EndpointSlice]:
    """The slices of this name that this controller manages, of whichever Service's uid."""
    found: Iterator[EndpointSlice] = view.select("endpointslices", key[0], {SERVICE_NAME: key[1]})
    return [each for each in found if each.labels.get(MANAGED_BY) == MANAGER]


def _families(service: Service) -> tuple[str, ...]:
    """The Service's families; of one from before there were any, that of its address, or both when headless."""
    if service.spec.ip_families:
        return service.spec.ip_families
    if service.headless:
        return ("IPv4", "IPv6")
    return ("IPv6",) if ":" in service.spec.cluster_ip else ("IPv4",)


def _missing(service: Service, pod: Pod) -> str:
    about = f"{pod.name} for Service {service.namespace}/{service.name}"
    return f"skipping Pod {about}: Node {pod.spec.node_name} Not Found"


def _with_hints(
    view: View, service: Service, family: str, made: Plan, *, hinted: bool
) -> tuple[Plan, list[Tell], bool]:
    """The plan with its hints, what is to be told of them, and whether there are hints by topology now."""
    if not by_annotation(service):
        asked = distribution(service)
        words = f"Topology Aware Hints has been disabled, addressType: {family}"
        told = [Tell(about=service, reason=DISABLED, message=words, type="Warning")] if hinted else []
        return distributed(made, asked) if asked else without_hints(made), told, False
    made, problem = spread(made, shares(view.list("nodes")))
    if problem:
        words = f"{problem}, addressType: {family}"
        return made, [Tell(about=service, reason=DISABLED, message=words, type="Warning")], False
    words = f"Topology Aware Hints has been enabled, addressType: {family}"
    return made, [] if hinted else [Tell(about=service, reason=ENABLED, message=words)], True


def _hinted_before(view: View, service: Service) -> bool:
    """Whether the Service has hints by topology, by what this controller last told of them."""
    events: Iterator[Event] = view.table("events").find("about", service.metadata.uid)
    told = [each for each in events if each.reason in (ENABLED, DISABLED)]
    return max(told, key=lambda each: int(each.metadata.resource_version)).reason == ENABLED if told else False


def _dated(made: Plan, service: Service, mine: list[EndpointSlice], pods: list[Pod], found: Wanted) -> Plan:
    """A plan whose new contents say when the change happened that they are for."""
    if not made.create and not made.update:
        return made
    own = [each for each in mine if owned(each, service)]
    listed = {
        one.target_ref.name: (one.target_ref.uid, one.conditions.serving is True)
        for each in own
        for one in each.endpoints or ()
        if one.target_ref is not None
    }
    skipped = {pod.name for pod in found.missing}
    time = trigger_time(service, listed if own else None, (pod for pod in pods if pod.name not in skipped))

    def dated(each: EndpointSlice) -> EndpointSlice:
        changed: EndpointSlice = each.with_meta(annotations=marked(each.metadata.annotations, time))
        return changed

    return evolve(made, create=tuple(map(dated, made.create)), update=tuple(map(dated, made.update)))


def _written(service: Service, made: Plan) -> Iterator[Write]:
    """The writes of a plan. New contents go into slices that would be deleted, so that names survive."""
    new, changed, spare = list(made.create), list(made.update), []
    for each in made.delete:
        if new and owned(each, service):
            changed.append(new.pop().with_meta(name=each.name))
        else:
            spare.append(each)
    place = f"EndpointSlice for Service {service.namespace}/{service.name}"
    for each in new if not service.deleting else ():
        try:
            yield Try(create(each))
        except ApiError as refusal:
            if namespace_ends(refusal):
                return
            msg = f"failed to create {place}: {refusal.message}"
            raise InternalError(msg) from refusal
    for each in changed:
        try:
            yield Try(update(each))
        except ApiError as refusal:
            msg = f"failed to update {each.name} {place}: {refusal.message}"
            raise InternalError(msg) from refusal
    yield from map(delete, spare)


def _service_of_slice(_view: View, found: Object) -> Iterator[Key]:
    if found.labels.get(MANAGED_BY) == MANAGER and found.labels.get(SERVICE_NAME):
        yield (found.namespace, found.labels[SERVICE_NAME])


def _services_of_node(view: View, node: Object) -> Iterator[Key]:
    """The Services whose Pods wait for this node, and those whose hints by topology the nodes make wrong.

    A zone that a node gets later is told with the next change of the Service, not before.
    """
    listed: dict[Key, set[str]] = {}
    pods = view.table("pods").find("node", node.name) if view.get("nodes", node.key) is not None else ()
    for pod in pods:
        for key in keys_of_pod(view, pod) if not pod.finished else ():
            if key not in listed:
                endpoints = (one for each in _slices(view, key) for one in each.endpoints or ())
                listed[key] = {one.target_ref.name for one in endpoints if one.target_ref is not None}
            if pod.name not in listed[key]:
                yield key
    asking = [each for each in view.list("services") if by_annotation(each)]
    parts = shares(view.list("nodes")) if asking else {}
    for service in asking:
        found = _slices(view, service.key)
        groups = ([each for each in found if each.address_type == family] for family in ("IPv4", "IPv6"))
        if any(overloaded(zones_hinted(group), parts) for group in groups):
            yield service.key


CONTROLLER = Controller(
    "endpointslice",
    {"services": own_key, "pods": keys_of_pod, "endpointslices": _service_of_slice, "nodes": _services_of_node},
    reconcile,
    SOURCE,
)
