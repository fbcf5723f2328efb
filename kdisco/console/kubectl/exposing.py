"""``kubectl expose``: a Service for what there is. Upstream: kubectl pkg/cmd/expose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl import documents as made
from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.making import labels_of, overridden, send
from kdisco.errors import UsageError

__all__ = ["expose"]

EXPOSED = ("Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet")


def expose(call: Call) -> None:
    """``expose``: a Service for what there is."""
    call.each(found(call, latest=False), lambda pair: _expose(call, pair[0].kind, pair[0].qualified, pair[1]))


def _expose(call: Call, kind: str, qualified: str, each: Any) -> None:
    if kind not in EXPOSED:
        msg = f"cannot expose a {kind}.{each.API_VERSION.rpartition('/')[0]}".rstrip(".")
        raise refuse(msg)
    selector = labels_of(call.flag("selector")) or _selected(kind, each)
    ports = _exposed_ports(call, kind, each)
    if not ports and call.flag("cluster-ip") != "None":
        msg = "couldn't find port via --port flag or introspection"
        raise refuse(msg)
    del qualified
    name, labels = call.flag("name") or each.name, labels_of(call.flag("labels")) or dict(each.labels)
    outside = [call.flag("external-ip")] if call.flag("external-ip") else None
    document = made.service(
        name, call.flag("type"), ports, selector, labels, clusterIP=call.flag("cluster-ip"), externalIPs=outside,
        sessionAffinity=call.flag("session-affinity"), loadBalancerIP=call.flag("load-balancer-ip"),
    )
    send(call, overridden(call, document), "exposed")


def _selected(kind: str, each: Any) -> dict[str, str]:
    """The labels by which the Pods of what is exposed are found; raises UsageError where there are none."""
    if kind == "Pod":
        found_ = dict(each.labels)
        problem = "the pod has no labels and cannot be exposed"
    elif kind == "Service":
        found_ = dict(each.spec.selector)
        problem = "the service has no pod selector set"
    else:
        selector = each.spec.selector
        found_ = dict(selector.match_labels) if selector and not selector.match_expressions else {}
        problem = "couldn't convert expressions"
    if not found_:
        msg = f"couldn't retrieve selectors via --selector flag or introspection: {problem}"
        msg = f"error: {msg}"
        raise UsageError(msg)
    return found_


def _exposed_ports(call: Call, kind: str, each: Any) -> list[dict[str, Any]]:
    """The ports of the Service: those that ``--port`` names, or those of the containers."""
    given: Sequence[tuple[int, str]]
    if call.flag("port"):
        given = [(int(text), call.flag("protocol") or "TCP") for text in call.flag("port").split(",")]
    elif kind == "Service":
        given = [(port.port, port.protocol or "TCP") for port in each.spec.ports]
    else:
        spec = each.spec if kind == "Pod" else each.spec.template.spec
        given = [
            (port.container_port, port.protocol or "TCP") for one in spec.containers for port in one.ports
        ]
    target = call.flag("target-port")
    several = len(given) > 1
    return [
        {
            **({"name": f"port-{place}"} if several else {}), "protocol": protocol, "port": number,
            "targetPort": (int(target) if target.isdecimal() else target) if target else number,
        }
        for place, (number, protocol) in enumerate(given, 1)
    ]
