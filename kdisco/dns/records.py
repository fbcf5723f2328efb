"""What CoreDNS's kubernetes plugin knows: Services, EndpointSlices, Pods and Namespaces of a view, by name and address.

Nothing is kept for names: the view's own tables and their label index answer. Only addresses need an
index of their own; it is carried from one view to the next by the difference of the two, so that a
change costs what changed. Upstream: coredns plugin/kubernetes/kubernetes.go, controller.go, object/ (1.14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from kdisco.config import DnsConfig
from kdisco.dns.names import POD, SVC, RecordRequest, address_of_pod
from kdisco.model.address import parse_ip
from kdisco.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice
from kdisco.store.table import LAST, Table, View
from kdisco.tree import Tree

if TYPE_CHECKING:
    from kdisco.model.pod import Pod
    from kdisco.model.service import Service

__all__ = ["NO_PORT", "Entry", "Records"]

NO_PORT = -1  # stands for "declares no ports": the name has addresses, but no SRV record
LONGEST_LABEL = 63
UNWATCHED = ("Succeeded", "Failed", "Unknown")  # phases of Pods that CoreDNS does not list
WORTH_A_FRESH_START = 4  # where more than one object in four changed, the index is made afresh
Addresses = Callable[[Any], Iterable[str]]


@frozen
class Entry:
    """One row of a result set, before the question's type chooses among them.

    ``host`` is an address or, for an ExternalName, a domain; ``target`` the labels left of the zone that
    an SRV record points to.
    """

    host: str
    target: tuple[str, ...]
    port: int = 0


@frozen
class Records:
    """A view as the plugin reads it under its Corefile options."""

    view: View
    options: DnsConfig

    def exposed(self, namespace: str) -> bool:
        """Whether a namespace exists and, where ``namespaces`` lists some, is listed."""
        listed = self.options.namespaces
        return (not listed or namespace in listed) and self.view.get("namespaces", ("", namespace)) is not None

    def find(self, request: RecordRequest) -> tuple[Entry, ...] | None:
        """The result set of a request: None for a name error, empty for a name that exists and holds nothing."""
        if not request.kind:
            return ()
        if not self.exposed(request.namespace):
            return None
        return self._pods(request) if request.kind == POD else self._services(request)

    def names_of(self, address: str) -> tuple[tuple[str, ...], ...]:
        """The names of an address left of the zone: one Service's, else each endpoint's. None found: empty."""
        for namespace, name in self._keys("services", address):
            if self._reversed(namespace):
                return ((name, namespace, SVC),)
        found = [
            (self.endpoint_name(endpoint, own), each.service_key[1], each.namespace, SVC)
            for each in self._slices_with(address)
            if self._reversed(each.namespace) and each.service_key[1]
            for endpoint, own in _ready(each)
            if own == address
        ]
        return tuple(dict.fromkeys(found))

    def namespace_of(self, address: str) -> str | None:
        """The namespace of the first Pod that is known by this address."""
        return next((namespace for namespace, _ in self._keys("pods", address)), None)

    def services(self) -> list[Service]:
        """The Services of namespaces that are served, by name."""
        found: Iterator[Service] = self.view.list("services")
        served = [each for each in found if self.exposed(each.namespace)]
        return sorted(served, key=lambda each: each.name)

    def endpoints(self, service: Service) -> Iterator[tuple[EndpointSlice, list[tuple[Endpoint, str]]]]:
        """The slices of a Service with their ready endpoints and each one's addresses."""
        return ((each, list(_ready(each))) for each in self._slices(service))

    def nameservers(self, own: Iterable[str]) -> tuple[tuple[tuple[str, ...], str], ...]:
        """(labels left of the zone, address) of CoreDNS: of the Services that lead to its ``own`` addresses.

        Where no endpoint has them, ``ns.dns`` with those addresses. Upstream: plugin/kubernetes/ns.go.
        """
        local = tuple(own)
        slices = [each for address in local for each in self._slices_with(address)]
        if not slices:
            return tuple((("ns", "dns"), address) for address in local)
        return tuple(dict.fromkeys(pair for each in slices for pair in self._server_names(each)))

    def endpoint_name(self, endpoint: Endpoint, address: str) -> str:
        """The label of an endpoint below its Service: its hostname, the Pod's name if so configured, or its address."""
        if endpoint.hostname:
            return endpoint.hostname
        pod = endpoint.target_ref.name if endpoint.target_ref else ""
        if self.options.endpoint_pod_names and 0 < len(pod) <= LONGEST_LABEL:
            return pod
        dashed = address.replace(".", "-") if "." in address else address.replace(":", "-")
        return f"{dashed}0" if dashed.endswith("-") else dashed

    def _server_names(self, found: EndpointSlice) -> Iterator[tuple[tuple[str, ...], str]]:
        service: Service | None = self.view.get("services", found.service_key)
        if service is None:
            return
        name = (service.name, service.namespace, SVC)
        if not service.headless:
            yield from ((name, address) for address in service.virtual_ips)
            return
        for endpoint, address in _ready(found):
            yield (self.endpoint_name(endpoint, address), *name), address

    def _reversed(self, namespace: str) -> bool:
        return not self.options.namespaces or self.exposed(namespace)

    def _pods(self, request: RecordRequest) -> tuple[Entry, ...] | None:
        if self.options.pods == "disabled":
            return None
        if not request.service:
            return ()
        address = address_of_pod(request.service)
        if self.options.pods == "insecure":
            known = parse_ip(address) is not None
        else:
            known = any(key[0] == request.namespace for key in self._keys("pods", address))
        return (Entry(address, (request.service, request.namespace, POD)),) if known else None

    def _services(self, request: RecordRequest) -> tuple[Entry, ...] | None:
        if not request.service:
            return ()
        service: Service | None = self.view.get("services", (request.namespace, request.service))
        if service is None or (request.place and not service.headless):
            return None
        target = (service.name, service.namespace, SVC)
        if service.spec.type == "ExternalName":
            plain = not (request.endpoint or request.port or request.protocol)
            host = service.spec.external_name
            return (Entry(host, target),) if plain and parse_ip(host) is None else None
        if service.headless or request.endpoint:
            found = tuple(self._endpoints(service, request, target))
            return found or (self._elsewhere(service, request, target) if request.place else None)
        if self.options.ignore_empty_service and not any(True for each in self._slices(service) for _ in _ready(each)):
            return None
        ports = [port for name, protocol, port in _ports(service.spec.ports) if _fits(request, name, protocol)]
        return tuple(Entry(ip, target, port) for port in ports for ip in service.virtual_ips) if ports else None

    def _elsewhere(self, service: Service, request: RecordRequest, target: tuple[str, ...]) -> tuple[Entry, ...]:
        """Where a zone of nodes has no endpoints: all there are or, as the name says, none."""
        return tuple(self._endpoints(service, evolve(request, place=""), target)) if request.prefer else ()

    def _endpoints(self, service: Service, request: RecordRequest, target: tuple[str, ...]) -> Iterator[Entry]:
        for each in self._slices(service):
            ports = [port for name, protocol, port in _ports(each.ports or ()) if _fits(request, name, protocol)]
            for endpoint, address in _ready(each):
                name = self.endpoint_name(endpoint, address)
                if request.place and request.place != (endpoint.zone or "").lower():
                    continue
                if not request.endpoint or request.endpoint == name.lower():
                    yield from (Entry(address, (name, *target), port) for port in ports)

    def _slices(self, service: Service) -> Iterator[EndpointSlice]:
        return self.view.table("endpointslices").find("label", service.namespace, SERVICE_NAME, service.name)

    def _slices_with(self, address: str) -> Iterator[EndpointSlice]:
        return (self.view.get("endpointslices", key) for key in self._keys("endpointslices", address))

    def _keys(self, resource: str, address: str) -> Iterator[tuple[str, str]]:
        index = _by_address(resource, self.view.table(resource))
        return ((space, name) for (_, space, name), _ in index.range((address,), (address, LAST)))


def _ready(found: EndpointSlice) -> Iterator[tuple[Endpoint, str]]:
    """Ready endpoints with each of their addresses; serving and terminating are not looked at."""
    return ((each, address) for each in found.endpoints or () if each.ready for address in each.addresses)


def _ports(ports: Iterable[Any]) -> list[tuple[str, str, int]]:
    """(name, protocol, port) of each port; a lone NO_PORT where none is declared."""
    listed = [(port.name or "", port.protocol or "TCP", NO_PORT if port.port is None else port.port) for port in ports]
    return listed or [("", "", NO_PORT)]


def _fits(request: RecordRequest, name: str, protocol: str) -> bool:
    return request.port in ("", name.lower()) and request.protocol in ("", protocol.lower())


def _of_pod(pod: Pod) -> tuple[str, ...]:
    kept = pod.status.pod_ip and pod.status.phase not in UNWATCHED and not pod.deleting
    return (pod.status.pod_ip,) if kept else ()  # podIP alone: of a dual-stack Pod one address is known


ADDRESSES: dict[str, Addresses] = {
    "services": lambda service: service.virtual_ips,
    "endpointslices": lambda found: dict.fromkeys(address for _, address in _ready(found)),
    "pods": _of_pod,
}
Index = Tree[tuple[str, ...], None]  # (address, namespace, name)
_latest: dict[str, tuple[Table, Index]] = {}  # per resource: the table indexed last, where the next one starts from


def _by_address(resource: str, table: Table) -> Index:
    """The index of a table by address. Any table may follow any other: only their difference is worked on."""
    before, index = _latest.get(resource, (Table(), Index()))
    if before is table:
        return index
    addresses = ADDRESSES[resource]
    changes = list(before.objects.diff(table.objects))
    if len(changes) * WORTH_A_FRESH_START > len(table.objects):
        objects = table.objects.items()
        index = Index.of(((address, *key), None) for key, found in objects for address in addresses(found))
        changes = []
    for key, old, new in changes:
        was, now = (set(addresses(each)) if each else set() for each in (old, new))
        for address in sorted(was - now):
            index = index.delete((address, *key))
        for address in sorted(now - was):
            index = index.set((address, *key), None)
    _latest[resource] = table, index
    return index
