"""Which Services a Pod concerns, which Pods count as backends, and where. Upstream: endpointslice/utils.go."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from kdisco.model.meta import Key
from kdisco.model.pod import Pod
from kdisco.model.selector import matches
from kdisco.model.service import Service, ServicePort
from kdisco.store.table import View

__all__ = ["address_of", "backends", "canonical", "keys_of_pod", "target_port"]


def keys_of_pod(view: View, pod: Pod) -> Iterator[Key]:
    """The Services of the Pod's namespace whose selector finds it; a Pod without an address concerns none yet."""
    if not pod.addresses:
        return
    for service in view.list("services", pod.namespace):
        if service.spec.selector and matches(service.spec.selector, pod.labels):
            yield service.key


def backends(view: View, service: Service) -> list[Pod]:
    """The Pods behind a Service: selected, alive and with an address, ready or not."""
    found = view.select("pods", service.namespace, service.spec.selector)
    return [pod for pod in found if not pod.finished and pod.addresses]


def address_of(pod: Pod, family: str) -> str:
    """A Pod's first address of one family, in canonical text; "" when it has none."""
    found = (canonical(text) for text in pod.addresses)
    return next((ip for ip in found if ip and (":" in ip) == (family == "IPv6")), "")


@lru_cache(maxsize=1 << 16)
def canonical(text: str) -> str:
    """An address as it is written, an IPv4 one in IPv6 clothes as IPv4; "" for what is none."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found)


def target_port(pod: Pod, port: ServicePort) -> int:
    """The number of a Service port's target in one Pod; 0 when a named target does not exist there."""
    target = port.target_port if port.target_port is not None else port.port
    if isinstance(target, int):
        return target
    restartable = (each for each in pod.spec.init_containers if each.restart_policy == "Always")
    for container in (*pod.spec.containers, *restartable):
        for entry in container.ports:
            if entry.name == target and (entry.protocol or "TCP") == port.protocol:
                return entry.container_port
    return 0
