"""The way in from outside: nodePorts, load balancers, and the policy for traffic from there."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene
from kdisco.explain.words import told
from kdisco.net.proxy import ports_of
from kdisco.phrase import Phrase

__all__ = ["outside"]


def outside(scene: Scene) -> Iterator[Finding]:
    """What keeps those outside from the Service."""
    yield from _pending(scene)
    yield from _local(scene)


def _pending(scene: Scene) -> Iterator[Finding]:
    service = scene.service
    if service.spec.type != "LoadBalancer" or service.status.load_balancer.ingress:
        return
    named = service.spec.load_balancer_class
    own = "EXTERNAL-IP stays <pending>: no load balancer controller of class {name} has given the Service an address."
    any_ = (
        "EXTERNAL-IP stays <pending>: no load balancer controller of a cloud provider has given the Service an address."
    )
    yield Finding(
        code="load-balancer-pending",
        cause=Phrase(own, name=named) if named else Phrase(any_),
        evidence=f"{scene.name} spec.type LoadBalancer, status.loadBalancer {{}}",
        remedy=remedy.merge_patch(service, {"spec": {"type": "NodePort"}}),
        objects=(scene.name,),
    )


def _local(scene: Scene) -> Iterator[Finding]:
    """By externalTrafficPolicy Local: a node without a Pod drops; a load balancer would know and not send there."""
    service, state = scene.service, scene.state
    spec = service.spec
    if spec.external_traffic_policy != "Local" or spec.type != "NodePort":
        return
    empty = []
    for node in state.view.list("nodes"):
        ports = [port for family in (4, 6) for port in ports_of(scene.view, service, node.name, family)]
        if any(port.cluster_ip and port.node_port and not port.near for port in ports):
            empty.append(node.name)
    if empty:
        port = next((each.node_port for each in spec.ports if each.node_port), 0)
        yield Finding(
            code="external-traffic-policy-local-without-pod",
            cause=Phrase(
                "externalTrafficPolicy Local: {empty} has no Pod of the Service and drops what comes from outside.",
                empty=told(empty),
            ),
            evidence=Phrase(
                "{service} spec.externalTrafficPolicy Local, nodePort {port}: no local endpoint on {empty}",
                service=scene.name, port=port, empty=told(empty),
            ),
            remedy=remedy.merge_patch(service, {"spec": {"externalTrafficPolicy": "Cluster"}}),
            objects=(scene.name, *(f"node/{name}" for name in empty)),
        )
