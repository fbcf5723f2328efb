"""Node ports: which are free, which ones a Service gets for its ports and for health checks.

Upstream: pkg/registry/core/service/storage/alloc.go, pkg/registry/core/service/portallocator.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import evolve, frozen

from kdisco.errors import InternalError, Invalid, ServerError
from kdisco.model.service import Service, ServicePort
from kdisco.store.field import invalid
from kdisco.store.pool import Pool
from kdisco.store.service_types import needs_health_check, needs_node_port, node_ports
from kdisco.store.transaction import Transaction

__all__ = ["NODE_PORTS", "with_node_ports"]

NODE_PORTS = (30000, 32767)
FIRST_PRETENDED = 32769  # what a dry run shows, which reserves nothing
FULL = "range is full"


@frozen
class Operation:
    """One Service's allocation: ``taken`` are the ports that it has got so far or has from before."""

    txn: Transaction
    dry_run: bool
    taken: set[int]

    def problem(self, number: int) -> str:
        """Why a port cannot be had, "" when it can."""
        low, high = NODE_PORTS
        if not self.dry_run and not low <= number <= high:
            return f"provided port is not in the valid range. The range of valid ports is {low}-{high}"
        if number in self.taken or self._used(number):
            return "provided port is already allocated"
        self.taken.add(number)
        return ""

    def any(self, spare: Collection[int] = ()) -> int | None:
        """A free port that nobody asked for; None when there is none."""
        number: int | None
        if self.dry_run:
            number = max(self.taken, default=FIRST_PRETENDED - 1) + 1
        else:
            pool = Pool.of_ports(*NODE_PORTS)
            busy = self.taken.union(spare)
            number = pool.pick(lambda value: value in busy or self._used(value), self.txn.draw)
        if number is not None:
            self.taken.add(number)
        return number

    def _used(self, number: int) -> bool:
        return next(self.txn.view.table("services").find("nodeport", str(number)), None) is not None


def with_node_ports(txn: Transaction, service: Service, old: Service | None, *, dry_run: bool = False) -> Service:
    """A Service with the node ports that its type asks for.

    Raises Invalid for one that cannot be had, InternalError when all are taken.
    """
    operation = Operation(txn, dry_run, set())
    if needs_node_port(service.spec):
        place = _created if old is None else _updated(node_ports(old.spec))
        ports = place(operation, service)
        if ports != service.spec.ports:
            service = evolve(service, spec=evolve(service.spec, ports=ports))
    return _with_health_check(operation, service, old)


def _created(operation: Operation, service: Service) -> tuple[ServicePort, ...]:
    """Ports of a new Service that have the same number (TCP and UDP 53, say) are served by one node port."""
    spec = service.spec
    asked = {port.port: port.node_port for port in reversed(spec.ports) if port.node_port}
    shared: dict[int, int] = {}  # what the first port with this number got
    ports = []
    for i, port in enumerate(spec.ports):
        number = port.node_port
        if number or _automatic(service):
            first = shared.get(port.port)
            if first is None:
                number = asked.get(port.port, 0)
                if number:
                    _reserve(operation, service, i, number)
                number = shared[port.port] = number or _any(operation, asked.values())
            elif number and number != first:
                _reserve(operation, service, i, number)
            number = number or first or 0
        ports.append(port if number == port.node_port else evolve(port, node_port=number))
    return tuple(ports)


def _updated(held: Collection[int]) -> Callable[[Operation, Service], tuple[ServicePort, ...]]:
    """What a Service has already it may give to any of its ports; ports without one get one each."""

    def place(operation: Operation, service: Service) -> tuple[ServicePort, ...]:
        asked = node_ports(service.spec)
        seen: set[tuple[str, int]] = set()
        ports = []
        for i, port in enumerate(service.spec.ports):
            number = port.node_port
            if number and number not in held and number not in operation.taken:
                _reserve(operation, service, i, number)
            elif not number and _automatic(service):
                number = _any(operation, asked)
            if number and (port.protocol, number) in seen:
                msg = f"duplicate nodePort: {{{port.protocol} {number}}}"
                raise ServerError(msg)
            seen.add((port.protocol, number))
            ports.append(port if number == port.node_port else evolve(port, node_port=number))
        return tuple(ports)

    return place


def _automatic(service: Service) -> bool:
    return service.spec.type == "NodePort" or service.spec.allocate_load_balancer_node_ports is not False


def _reserve(operation: Operation, service: Service, place: int, number: int) -> None:
    if problem := operation.problem(number):
        kind, field = "Service", f"spec.ports[{place}].nodePort"
        raise Invalid(kind, "", service.name, [invalid(field, number, problem)])


def _any(operation: Operation, spare: Collection[int]) -> int:
    number = operation.any(spare)
    if number is None:
        msg = f"Internal error occurred: failed to allocate a nodePort: {FULL}"
        raise InternalError(msg)
    return number


def _with_health_check(operation: Operation, service: Service, old: Service | None) -> Service:
    """A node port at which a load balancer asks whether a node has local endpoints; it never changes."""
    spec = service.spec
    if not needs_health_check(spec) or (old is not None and needs_health_check(old.spec)):
        return service
    asked = spec.health_check_node_port
    if asked:
        problem = operation.problem(asked)
        words = f"failed to allocate requested HealthCheck NodePort {asked}: {problem}" if problem else ""
    else:
        number = operation.any()
        words = f"failed to allocate a HealthCheck NodePort 0: {FULL}" if number is None else ""
        service = evolve(service, spec=evolve(spec, health_check_node_port=number or 0))
    if words:
        msg = f"Internal error occurred: {words}"
        raise InternalError(msg)
    return service
