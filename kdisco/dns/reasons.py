"""Why the kubernetes plugin answers as it does, in words: from the name asked for and what the plugin has seen."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.dns.names import POD, RecordRequest, address_of_pod, address_of_reverse, parse
from kdisco.dns.records import Records
from kdisco.model.address import IPV6, parse_ip
from kdisco.model.domain import REVERSE
from kdisco.model.service import Service
from kdisco.phrase import Phrase

__all__ = ["Reasons"]

ADDRESSES = ("A", "AAAA")
NO_SUCH = "NXDOMAIN"
TOO_LONG, ONLY_TWO = Phrase("it has too many labels"), Phrase("there are only svc and pod")
IT, AN_ADDRESS = Phrase("it"), Phrase("an address")
OWN, ON_THE_WAY = Phrase("CoreDNS itself"), Phrase("found along the search list")  # the latter by autopath


@frozen
class Reasons:
    """What one CoreDNS knows and the ``zones`` (labels) that it knows it of."""

    records: Records
    zones: tuple[tuple[str, ...], ...]

    def serves(self, labels: tuple[str, ...]) -> bool:
        """Whether a name (labels in lower case) is in one of the zones."""
        return self._split(labels) is not None

    def why(self, labels: tuple[str, ...], qtype: str, rcode: str, *, empty: bool) -> str:
        """Why a name in one of the zones got this response; ``empty``: no answer stands in it."""
        rest, zone = self._split(labels) or (labels, ())
        reverse = zone[-2:] in REVERSE
        if rcode == "SERVFAIL":
            return Phrase("CoreDNS has not listed all objects yet: what it does not know may be there all the same")
        if rcode == "REFUSED":
            return Phrase("zone transfers are not allowed: the Corefile has no transfer plugin")
        if rcode == NO_SUCH:
            return self._reverse(labels) if reverse else self._missing(rest, ".".join(zone), qtype)
        if not empty:
            return self._found(rest, qtype, reverse=reverse)
        return Phrase("NODATA: {why}", why=self._holds(rest, qtype, ".".join(zone)))

    def of_record(self, owner: tuple[str, ...], kind: str, data: str) -> str:
        """Where one record comes from; ``owner`` are labels in lower case, ``data`` as in a zone file."""
        if kind == "SOA":
            return Phrase("the zone's own record: a no may be kept {seconds} s", seconds=data.rpartition(" ")[2])
        split = self._split(owner)
        if split is None:
            return Phrase("not of the cluster: from upstream")
        request = parse(split[0])
        fixed = {
            "PTR": Phrase("the name of {address}", address=address_of_reverse(owner) or AN_ADDRESS),
            "TXT": Phrase("the version of the DNS specification"),
            "NS": OWN,
        }
        if kind in fixed or split[0] == ("ns", "dns"):
            return fixed.get(kind, OWN)
        if request is None or not request.service:
            return ON_THE_WAY if kind == "CNAME" else ""
        if request.kind == POD:
            return Phrase("the name spells the address")
        return self._of_service(request, kind, data)

    def _of_service(self, request: RecordRequest, kind: str, data: str) -> str:
        service: Service | None = self.records.view.get("services", (request.namespace, request.service))
        if service is None:
            return ON_THE_WAY if kind == "CNAME" else ""
        who = f"Service {service.namespace}/{service.name}"
        if kind == "CNAME":
            return Phrase("the externalName of {who}", who=who) if service.spec.type == "ExternalName" else ON_THE_WAY
        if kind == "SRV":
            at_end = Phrase("a port of {who}, at a ready endpoint", who=who)
            return Phrase("a port of {who}", who=who) if _is_front(service) else at_end
        if data in service.virtual_ips:
            return Phrase("the ClusterIP of {who}", who=who)
        pods = (
            endpoint.target_ref.name if endpoint.target_ref and endpoint.target_ref.kind == "Pod" else ""
            for _, found in self.records.endpoints(service)
            for endpoint, address in found
            if address == data
        )
        pod = next(pods, "")
        if pod:
            return Phrase("a ready endpoint of {who}: Pod {pod}", who=who, pod=pod)
        return Phrase("a ready endpoint of {who}", who=who)

    def _found(self, rest: tuple[str, ...], qtype: str, *, reverse: bool) -> str:
        if reverse and qtype == "PTR":
            return Phrase("a Service or a ready endpoint has the address")
        request = parse(rest)
        service = None if request is None else self.records.view.get("services", (request.namespace, request.service))
        if request is None or service is None or request.kind == POD:
            return Phrase("the name exists")
        who = f"Service {service.namespace}/{service.name}"
        if service.spec.type == "ExternalName":
            return Phrase("{who} is an ExternalName: an alias", who=who)
        if request.endpoint:
            return Phrase("an endpoint of {who}, by its name", who=who)
        headless = Phrase("{who} is headless: its ready endpoints", who=who)
        return headless if service.headless else Phrase("{who} has a ClusterIP", who=who)

    def _holds(self, rest: tuple[str, ...], qtype: str, zone: str) -> str:
        """What an existing name has in place of the type asked for."""
        if qtype == "SOA":
            return Phrase("the SOA stands at {zone} alone", zone=zone)
        request = parse(rest)
        entries = None if request is None else self.records.find(request)
        if not entries:
            return Phrase("the name exists, no {type}: it holds nothing itself", type=qtype)
        families = {found[0] for found in (parse_ip(each.host) for each in entries) if found}
        if qtype in ADDRESSES and families:
            version = "IPv6" if families == {IPV6} else "IPv4"
            return Phrase("the name exists, no {type}: its addresses are {version}", type=qtype, version=version)
        if qtype in ADDRESSES:
            return Phrase("the name is an alias, and what it leads to has no {type}", type=qtype)
        return Phrase("the name exists, no {type}", type=qtype)

    def _reverse(self, labels: tuple[str, ...]) -> str:
        address = address_of_reverse(labels)
        nobody = Phrase("no Service and no ready endpoint has {address}", address=address)
        return nobody if address else Phrase("the name spells no whole address")

    def _missing(self, rest: tuple[str, ...], zone: str, qtype: str) -> str:
        place, because = next(self._problems(rest, qtype))
        below = ".".join(part for part in (place, zone) if part)
        return Phrase("no such name below {below}: {why}", below=below, why=because)

    def _problems(self, rest: tuple[str, ...], qtype: str) -> Iterator[tuple[str, str]]:
        """Where the walk down to the name ends and why, the first problem first."""
        request = parse(rest, zonal=self.records.options.zonal)
        if request is None:
            last = rest[-1] if rest else ""
            yield (last, TOO_LONG) if last in ("svc", POD) else ("", ONLY_TWO)
        elif request.kind and not self.records.exposed(request.namespace):
            there = self.records.view.get("namespaces", ("", request.namespace)) is not None
            unserved = Phrase("Namespace {namespace} is not served", namespace=request.namespace)
            words = unserved if there else Phrase("no Namespace {namespace}", namespace=request.namespace)
            yield request.kind, words
        elif request.kind == POD:
            yield from self._pod_problems(request)
        elif request.service:
            yield from self._service_problems(request)
        yield ".".join(rest[1:]), Phrase("no {type} and no other record stands at it", type=qtype)

    def _pod_problems(self, request: RecordRequest) -> Iterator[tuple[str, str]]:
        place, mode = f"{request.namespace}.{POD}", self.records.options.pods
        address = address_of_pod(request.service) if request.service else ""
        if mode == "disabled":
            yield place, Phrase("names of Pods are switched off (pods disabled)")
        if not address or parse_ip(address) is None:
            yield place, Phrase("{name} spells no address", name=request.service or IT)
        if mode == "verified":
            words = "no Pod of Namespace {namespace} has {address}"
            yield place, Phrase(words, namespace=request.namespace, address=address)

    def _service_problems(self, request: RecordRequest) -> Iterator[tuple[str, str]]:
        namespace, name = request.namespace, request.service
        place, own = f"{namespace}.svc", f"{name}.{namespace}.svc"
        service: Service | None = self.records.view.get("services", (namespace, name))
        if service is None:
            yield place, Phrase("no Service {name} in Namespace {namespace}", name=name, namespace=namespace)
            return
        who, ends = f"Service {namespace}/{name}", any(found for _, found in self.records.endpoints(service))
        if service.spec.type == "ExternalName":
            plain = not (request.endpoint or request.port or request.protocol)
            alias = Phrase("{who} is an ExternalName: no endpoints, no ports", who=who)
            yield (place, Phrase("{who} has an address for its externalName", who=who)) if plain else (own, alias)
        if not ends and (service.headless or self.records.options.ignore_empty_service):
            yield place, Phrase("{who} has no ready endpoint", who=who)
        if request.endpoint:
            yield own, Phrase("{who} has no ready endpoint named {name}", who=who, name=request.endpoint)
        if request.port or request.protocol:
            port = f"{request.port or '*'}/{request.protocol or '*'}"
            yield own, Phrase("{who} has no port {port}", who=who, port=port)

    def _split(self, labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The labels left of the longest zone that a name is in, and the zone."""
        fitting = [zone for zone in self.zones if labels[len(labels) - len(zone) :] == zone]
        if not fitting:
            return None
        zone = max(fitting, key=len)
        return labels[: len(labels) - len(zone)], zone


def _is_front(service: Service) -> bool:
    return not service.headless and service.spec.type != "ExternalName"
