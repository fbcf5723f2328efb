"""Which DNS answers differ: the names of the Services that CoreDNS sees otherwise are asked at both moments."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import dns.rcode
from attrs import frozen

from kdisco.contrast.affected import affected, versions
from kdisco.dns.instances import corefile, first, server
from kdisco.dns.records import Records

if TYPE_CHECKING:
    from kdisco.dns.response import Response
    from kdisco.dns.server import Server
    from kdisco.model.meta import Key
    from kdisco.model.service import Service
    from kdisco.store.state import State
    from kdisco.store.table import View

__all__ = ["DnsDifference", "dns_differences"]

TYPES = {4: "A", 6: "AAAA"}


@frozen(kw_only=True)
class DnsDifference:
    """One question that is answered otherwise; an answer is its records in order, or NXDOMAIN, NODATA, ..."""

    name: str
    type: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"~ {self.name} {self.type}: {self.before} -> {self.after}"


def dns_differences(old: State, new: State) -> tuple[DnsDifference, ...]:
    """Compare what the CoreDNS that is asked first answers; TTLs are not looked at, they run by themselves."""
    before, after = (server(state, first(state)) for state in (old, new))
    found = []
    for name, kind in dict.fromkeys(_questions(old, new, before, after)):
        answers = [_answer(each.respond(name, kind)) for each in (before, after)]
        if answers[0] != answers[1]:
            found.append(DnsDifference(name=name, type=kind, before=answers[0], after=answers[1]))
    return tuple(found)


def _questions(old: State, new: State, before: Server, after: Server) -> Iterator[tuple[str, str]]:
    zones = {(corefile(state, first(state)), state.config.dns) for state in (old, new)}
    spaces = [each.view.tables.get("namespaces") for each in (before, after)]
    views = before.view, after.view
    keys: Iterable[Key] = affected(*views)
    if len(zones) > 1 or (spaces[0] is not spaces[1] and _names(views[0]) != _names(views[1])):
        keys = {service.key for view in views for service in view.list("services")}  # everything may be otherwise
    zone = f"{new.config.dns.zone.rstrip('.')}."
    for key in sorted(keys):
        for view, service in versions(*views, key):
            yield from _of_service(Records(view, new.config.dns), service, zone)


def _names(view: View) -> set[str]:
    return {found.name for found in view.list("namespaces")}


def _of_service(records: Records, service: Service, zone: str) -> Iterator[tuple[str, str]]:
    """What may be asked of a Service: its name, its named ports, its endpoints' names, and who has its addresses."""
    base = f"{service.name}.{service.namespace}.svc.{zone}"
    yield from ((base, kind) for kind in TYPES.values())
    for port in service.spec.ports:
        if port.name:
            yield f"_{port.name}._{(port.protocol or 'TCP').lower()}.{base}", "SRV"
    for address in service.virtual_ips:
        yield _reversed(address), "PTR"
    if service.headless:
        for endpoint, address in (pair for _, ready in records.endpoints(service) for pair in ready):
            kind = TYPES[6 if ":" in address else 4]
            yield f"{records.endpoint_name(endpoint, address)}.{base}", kind
            yield _reversed(address), "PTR"


def _reversed(address: str) -> str:
    return f"{ipaddress.ip_address(address).reverse_pointer}."


def _answer(response: Response) -> str:
    if response.rcode != dns.rcode.NOERROR:
        return dns.rcode.to_text(dns.rcode.Rcode(response.rcode))
    return ", ".join(sorted(record.rdata.to_text() for record in response.answer)) or "NODATA"
