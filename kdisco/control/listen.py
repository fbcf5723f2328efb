"""What a container listens on: its declared ports, unless an annotation says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kdisco.model.pod import Container, Pod
from kdisco.store.state import Sandbox

__all__ = ["LISTENS", "Ports", "answering", "listens", "port_of"]

LISTENS = "kdisco.dev/listens"  # "8080/tcp,53/udp"; empty: nothing
TOLD = re.compile(r"([0-9]{1,5})(?:/([A-Za-z]+)?)?")
Ports = frozenset[tuple[int, str]]  # (port, protocol), the protocol in capitals as in the API


def listens(pod: Pod) -> Ports:
    """The ports that answer in a Pod all of whose containers run."""
    told = pod.metadata.annotations.get(LISTENS)
    return frozenset(_told(told) if told is not None else _declared(pod.spec.containers))


def answering(pod: Pod, sandbox: Sandbox) -> Ports:
    """The ports that answer in a Pod now: those of the containers that run."""
    first = len(pod.spec.init_containers)
    processes = sandbox.processes[first:]
    if len(processes) != len(pod.spec.containers):
        return listens(pod) if sandbox.running else frozenset()
    if not any(each.running for each in processes):
        return frozenset()
    told = pod.metadata.annotations.get(LISTENS)
    if told is not None:
        return frozenset(_told(told))
    pairs = zip(pod.spec.containers, processes, strict=True)
    return frozenset(
        port
        for container, process in pairs
        if process.running
        for port in (_declared((container,)) if process.program is None else process.program.ports)
    )


def _declared(containers: tuple[Container, ...]) -> Iterator[tuple[int, str]]:
    return ((port.container_port, port.protocol or "TCP") for each in containers for port in each.ports)


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
