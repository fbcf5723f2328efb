"""The service registry: which name cluster DNS answers with which address, Service by Service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.service import Service
from kdisco.view import dot
from kdisco.view.backends import backends, ports
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, frame, note, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["Record", "records"]

Words = Mapping[str, str]
PODS, SERVICE, RECORD, STEP = (128.0, 34.0), (158.0, 38.0), (264.0, 38.0), 50.0  # points
COLUMNS = (0.0, 190.0, 456.0)
MOST = 12  # Services drawn


@frozen(kw_only=True)
class Record:
    """What DNS answers for one Service: ``values`` of ``kind`` A, AAAA or CNAME, none for a name it does not know."""

    service: Service
    name: str
    known: bool
    kind: str
    values: tuple[str, ...]


def records(
    state: State, ask: Callable[[str, str], Any], lang: str | None = None, namespace: str | None = "default"
) -> Diagram:
    """The Services of a namespace (None: of all) and the records that ``ask(name, type)`` finds, a DNS message each.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    services: list[Service] = list(state.view.list("services", namespace))
    found = [_asked(each, state.config.dns.zone.rstrip("."), ask) for each in services[:MOST]]
    title = say["records title"]
    if not found:
        return Diagram(dot.graph(title, [nothing(say["nothing"], "dns")]), f"{title}: {say['nothing']}")
    text = "\n".join([title, *(f"  {each.name} {_value(each, say)}" for each in found)])
    return Diagram(dot.graph(title, _drawn(state, found, len(services), say), layout="nop2"), text)


def _asked(service: Service, zone: str, ask: Callable[[str, str], Any]) -> Record:
    name = f"{service.name}.{service.namespace}.svc.{zone}"
    families = service.spec.ip_families or ("IPv4",)
    kind = "CNAME" if service.spec.external_name else "AAAA" if families[0] == "IPv6" else "A"
    try:
        message = ask(f"{name}.", kind)
    except UsageError:  # such a name cannot be asked for at all
        return Record(service=service, name=name, known=False, kind=kind, values=())
    rows = [(rrset.rdtype.name, item.to_text()) for rrset in message.answer for item in rrset]
    found = tuple(sorted(text for each, text in rows if each == kind))
    return Record(service=service, name=name, known=message.rcode().name == "NOERROR", kind=kind, values=found)


def _drawn(state: State, found: Sequence[Record], count: int, say: Words) -> Iterator[str]:
    middle = -(len(found) - 1) * STEP / 2
    hull = Box(COLUMNS[2], middle + 8, RECORD[0] + 28, len(found) * STEP + 30)
    yield frame("dns", hull, (f"CoreDNS: {state.config.dns.zone}",), "dns", "kube-system", "coredns")
    for at, each in enumerate(found):
        key, y = each.service.key, -at * STEP
        pods, front, record = (Box(x, y, *size) for x, size in zip(COLUMNS, (PODS, SERVICE, RECORD), strict=True))
        name = "/".join(key)
        ends = backends(state.view, each.service)
        if ends:
            ready = sum(end.state == "ready" for end in ends)
            told = say["pods ready"].format(ready=ready, count=len(ends))
            told = told if any(end.pod for end in ends) else f"{len(ends)} {say['entries']}"
            states = ("ready",) if ready else ("not-ready",)
            yield card(f"pods {name}", pods, (each.service.name, told), "pod", *key, states=states)
            yield arrow(f"pods {name}", f"service {name}", (pods, front), f"pods.{name}", dashed=not ready)
        address = each.service.spec.external_name or each.service.spec.cluster_ip
        yield card(f"service {name}", front, (each.service.name, f"{address} {ports(each.service)}"), "service", *key)
        yield card(
            f"record {name}", record, (each.name, _value(each, say)), "rule", "record", *key, size=9.5,
            states=("ready",) if each.values else ("not-ready",),
            outline={"style": "rounded,filled" if each.values else "rounded,filled,dashed"},
        )  # fmt: skip
        yield arrow(f"service {name}", f"record {name}", (front, record), f"record.{name}", dashed=not each.values)
    if count > len(found):
        yield note("more", COLUMNS[1], -len(found) * STEP + 14, say["more"].format(count=count - len(found)))


def _value(each: Record, say: Words) -> str:
    if each.values:
        return f"{each.kind} {', '.join(each.values)}"
    return say["no address"] if each.known else say["no record"]
