"""The link from Pods to EndpointSlices: do the slices say what the Pods are, and can anybody read them."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.control.endpointslice import MANAGED_BY, MANAGER
from kdisco.control.selection import backends
from kdisco.control.slices import wanted
from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene
from kdisco.explain.words import told
from kdisco.model.endpoints import SERVICE_NAME, EndpointSlice
from kdisco.phrase import Phrase, joined

__all__ = ["by_hand", "fresh"]

Target = tuple[str, str, str, int]  # address, port name, protocol, port


def fresh(scene: Scene) -> Iterator[Finding]:
    """Whether the slices of a Service with a selector name the Pods that are ready, and only those."""
    service = scene.service
    if not service.spec.selector:
        return
    stray = [each for each in scene.slices if each.labels.get(MANAGED_BY) != MANAGER]
    should, there = set(_wanted(scene)), set(_listed(scene.slices))
    missing, extra = sorted(should - there), sorted(there - should)
    if not missing and not extra:
        return
    if extra and stray and not missing and set(extra) <= set(_listed(tuple(stray))):
        yield Finding(
            code="orphan-slice",
            cause=Phrase(
                "A foreign EndpointSlice adds endpoints that are no Pods of the Service: {shown}.",
                shown=_shown(extra),
            ),
            evidence=Phrase(
                "{stray} label {label}={service}, not managed by {manager}",
                stray=told(stray), label=SERVICE_NAME, service=service.name, manager=MANAGER,
            ),
            remedy=remedy.delete(*stray),
            objects=(*map(str, stray), scene.name),
        )
        return
    held = sorted(scene.state.held & {"endpointslice"})
    parts = [Phrase("lacks {ends}", ends=_shown(missing))] if missing else []
    parts += [Phrase("still names {ends}", ends=_shown(extra))] if extra else []
    late = Phrase("the EndpointSlice controller has not caught up")
    why = Phrase("the EndpointSlice controller is cut off") if held else late
    mine = [each for each in scene.slices if each not in stray]
    yield Finding(
        code="endpointslices-stale",
        cause=Phrase("The EndpointSlices do not say what the Pods are: {why}.", why=why),
        evidence=Phrase(
            "{slices} {what}",
            slices=told(mine) or Phrase("{service} (no EndpointSlice)", service=scene.name),
            what=joined(" and ", parts),
        ),
        remedy="kubectl -n kube-system delete pod -l component=kube-controller-manager",
        objects=(*map(str, mine), scene.name),
    )


def _wanted(scene: Scene) -> Iterator[Target]:
    """What the controller would write, as what gets traffic."""
    pods = backends(scene.view, scene.service)
    for family in scene.service.spec.ip_families or ("IPv4",):
        found = wanted(scene.view, scene.service, pods, family)
        for ports, group in found.groups.items():
            for endpoint in group.values():
                if endpoint.ready:
                    for port in ports:
                        yield endpoint.addresses[0], port.name or "", port.protocol or "TCP", port.port or 0


def _listed(slices: tuple[EndpointSlice, ...]) -> Iterator[Target]:
    for each in slices:
        for endpoint in each.endpoints or ():
            if endpoint.ready and endpoint.addresses:
                for port in each.ports or ():
                    yield endpoint.addresses[0], port.name or "", port.protocol or "TCP", port.port or 0


def _shown(targets: list[Target]) -> str:
    return told(dict.fromkeys(f"{address}:{port}" for address, _, _, port in targets))


def by_hand(scene: Scene) -> Iterator[Finding]:
    """The endpoints of a Service without a selector, which somebody else has to write."""
    service = scene.service
    if service.spec.selector or service.spec.type == "ExternalName" or not service.spec.ports:
        return
    if not any(each.endpoints for each in scene.slices):
        yield from () if scene.partial else _none(scene)
        return
    families = {f"IPv{6 if ':' in ip else 4}" for ip in service.virtual_ips} or {"IPv4", "IPv6"}
    fitting = [each for each in scene.slices if each.address_type in families]
    if not fitting:
        yield Finding(
            code="ip-family-mismatch",
            cause=Phrase(
                "The Service has {families} addresses, its EndpointSlices have others.",
                families=told(sorted(families)),
            ),
            evidence=Phrase(
                "{slices} addressType {address_type}; {service} spec.clusterIPs {virtual_ips}",
                slices=scene.slices[0], address_type=scene.slices[0].address_type, service=scene.name,
                virtual_ips=told(service.virtual_ips),
            ),
            remedy=remedy.delete(scene.slices[0]),
            objects=(str(scene.slices[0]), scene.name),
        )
        return
    yield from _unmatched_ports(scene, fitting)
    if not any(endpoint.ready or endpoint.serving for each in fitting for endpoint in each.endpoints or ()):
        first = fitting[0]
        yield Finding(
            code="no-endpoints",
            cause=Phrase("None of the endpoints that somebody wrote for this Service is ready."),
            evidence=f"{first} endpoints[0].conditions.ready false",
            remedy=remedy.json_patch(first, ("replace", "/endpoints/0/conditions", {"ready": True})),
            objects=(str(first), scene.name),
        )


def _unmatched_ports(scene: Scene, slices: list[EndpointSlice]) -> Iterator[Finding]:
    """A slice's port belongs to the Service port of the same name and protocol, whatever the numbers."""
    listed = [(each, at, port) for each in slices for at, port in enumerate(each.ports or ())]
    known = {(port.name or "", port.protocol or "TCP") for _, _, port in listed}
    for place, port in enumerate(scene.service.spec.ports):
        if (port.name, port.protocol or "TCP") in known:
            continue
        each, at, other = next(iter(listed), (slices[0], 0, None))
        said = f"{other.name!r}/{other.protocol or 'TCP'}" if other else Phrase("no port at all")
        right = {"name": port.name, "protocol": port.protocol or "TCP", "port": (other and other.port) or port.port}
        fix = ("replace", f"/ports/{at}", right) if other else ("add", "/ports", [right])
        yield Finding(
            code="slice-port-mismatch",
            cause=Phrase(
                "No EndpointSlice has a port named {name!r} ({protocol}), as the Service's port {port} is: they are "
                "joined by name.",
                name=port.name, protocol=port.protocol or "TCP", port=port.port,
            ),
            evidence=Phrase(
                "{slice} ports: {said}; {service} spec.ports[{place}].name {name!r}",
                slice=each, said=said, service=scene.name, place=place, name=port.name,
            ),
            remedy=remedy.json_patch(each, fix),
            objects=(str(each), scene.name),
        )


def _none(scene: Scene) -> Iterator[Finding]:
    """Without a selector and without slices: perhaps there is one that nobody joined to the Service."""
    service = scene.service
    likely = [
        each
        for each in scene.view.list("endpointslices", service.namespace)
        if each.name.startswith(service.name) and each.labels.get(SERVICE_NAME) != service.name
    ]
    if likely:
        joined = {"metadata": {"labels": {SERVICE_NAME: service.name}}}
        yield Finding(
            code="orphan-slice",
            cause=Phrase(
                "EndpointSlice {name} is not joined to the Service: the name alone does not do it.",
                name=likely[0].name,
            ),
            evidence=Phrase(
                "{slice} metadata.labels {label}: {value}",
                slice=likely[0], label=SERVICE_NAME,
                value=likely[0].labels.get(SERVICE_NAME) or Phrase("not set"),
            ),
            remedy=remedy.merge_patch(likely[0], joined),
            objects=(str(likely[0]), scene.name),
        )
        return
    made = scene.view.get("deployments", service.key) or scene.view.get("statefulsets", service.key)
    labels = dict(made.spec.template.metadata.labels) if made is not None else {"app": service.name}
    yield Finding(
        code="no-endpoints",
        cause=Phrase(
            "The Service has no selector, so nobody looks for Pods, and nobody has written EndpointSlices for it.",
        ),
        evidence=Phrase(
            "{service} spec.selector is not set; no EndpointSlice has the label {label}={name}",
            service=scene.name, label=SERVICE_NAME, name=service.name,
        ),
        remedy=remedy.merge_patch(service, {"spec": {"selector": labels}}),
        objects=(scene.name, *([str(made)] if made is not None else [])),
    )
