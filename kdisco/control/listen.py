"""What a container listens on: its declared ports, unless an annotation says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kdisco.model.pod import Container, Pod, Probe

__all__ = ["LISTENS", "listens", "port_of", "probe_answered"]

LISTENS = "kdisco.dev/listens"  # "8080/tcp,53/udp"; empty: nothing
TOLD = re.compile(r"([0-9]{1,5})(?:/([A-Za-z]+)?)?")


def listens(pod: Pod) -> frozenset[tuple[int, str]]:
    """The (port, protocol) pairs that answer in a Pod, protocol in capitals as in the API."""
    told = pod.metadata.annotations.get(LISTENS)
    if told is None:
        return frozenset(
            (port.container_port, port.protocol or "TCP") for each in pod.spec.containers for port in each.ports
        )
    return frozenset(_told(told))


def _told(text: str) -> Iterator[tuple[int, str]]:
    for part in text.replace(",", " ").split():
        told = TOLD.fullmatch(part)
        if told:
            yield int(told[1]), (told[2] or "tcp").upper()


def port_of(container: Container, name: int | str) -> int:
    """The number of a port given by number or name; 0 when no port has that name."""
    if isinstance(name, int):
        return name
    return next((port.container_port for port in container.ports if port.name == name), 0)


def probe_answered(pod: Pod) -> bool:
    """Whether all readiness probes of a Pod succeed: exec always, others when their port is listened on."""
    open_ports = listens(pod)
    return all(
        _answered(each, each.readiness_probe, open_ports) for each in pod.spec.containers if each.readiness_probe
    )


def _answered(container: Container, probe: Probe, open_ports: frozenset[tuple[int, str]]) -> bool:
    target = probe.http_get or probe.tcp_socket
    return target is None or (port_of(container, target.port), "TCP") in open_ports
