"""Why the kubernetes plugin answers as it does, in words: from the name asked for and what the plugin has seen."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.dns.names import POD, RecordRequest, address_of_pod, address_of_reverse, parse
from kdisco.dns.records import Records
from kdisco.model.address import IPV6, parse_ip
from kdisco.model.domain import REVERSE
from kdisco.model.service import Service

__all__ = ["Reasons"]

ADDRESSES = ("A", "AAAA")
NO_SUCH = "NXDOMAIN"
OWN, ON_THE_WAY = "CoreDNS itself", "found along the search list"  # the latter by autopath


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
            return "CoreDNS has not listed all objects yet: what it does not know may be there all the same"
        if rcode == "REFUSED":
            return "zone transfers are not allowed: the Corefile has no transfer plugin"
        if rcode == NO_SUCH:
            return self._reverse(labels) if reverse else self._missing(rest, ".".join(zone), qtype)
        if not empty:
            return self._found(rest, qtype, reverse=reverse)
        return f"NODATA: {self._holds(rest, qtype, '.'.join(zone))}"

    def of_record(self, owner: tuple[str, ...], kind: str, data: str) -> str:
        """Where one record comes from; ``owner`` are labels in lower case, ``data`` as in a zone file."""
        if kind == "SOA":
            return f"the zone's own record: a no may be kept {data.rpartition(' ')[2]} s"
        split = self._split(owner)
        if split is None:
            return "not of the cluster: from upstream"
        request = parse(split[0])
        fixed = {
            "PTR": f"the name of {address_of_reverse(owner) or 'an address'}",
            "TXT": "the version of the DNS specification",
            "NS": OWN,
        }
        if kind in fixed or split[0] == ("ns", "dns"):
            return fixed.get(kind, OWN)
        if request is None or not request.service:
            return ON_THE_WAY if kind == "CNAME" else ""
        if request.kind == POD:
            return "the name spells the address"
        return self._of_service(request, kind, data)

    def _of_service(self, request: RecordRequest, kind: str, data: str) -> str:
        service: Service | None = self.records.view.get("services", (request.namespace, request.service))
        if service is None:
            return ON_THE_WAY if kind == "CNAME" else ""
        who = f"Service {service.namespace}/{service.name}"
        if kind == "CNAME":
            return f"the externalName of {who}" if service.spec.type == "ExternalName" else ON_THE_WAY
        if kind == "SRV":
            return f"a port of {who}" + ("" if _is_front(service) else ", at a ready endpoint")
        if data in service.virtual_ips:
            return f"the ClusterIP of {who}"
        pods = (
            endpoint.target_ref.name if endpoint.target_ref and endpoint.target_ref.kind == "Pod" else ""
            for _, found in self.records.endpoints(service)
            for endpoint, address in found
            if address == data
        )
        pod = next(pods, "")
        return f"a ready endpoint of {who}{f': Pod {pod}' if pod else ''}"

    def _found(self, rest: tuple[str, ...], qtype: str, *, reverse: bool) -> str:
        if reverse and qtype == "PTR":
            return "a Service or a ready endpoint has the address"
        request = parse(rest)
        service = None if request is None else self.records.view.get("services", (request.namespace, request.service))
        if request is None or service is None or request.kind == POD:
            return "the name exists"
        who = f"Service {service.namespace}/{service.name}"
        if service.spec.type == "ExternalName":
            return f"{who} is an ExternalName: an alias"
        if request.endpoint:
            return f"an endpoint of {who}, by its name"
        return f"{who} is headless: its ready endpoints" if service.headless else f"{who} has a ClusterIP"

    def _holds(self, rest: tuple[str, ...], qtype: str, zone: str) -> str:
        """What an existing name has in place of the type asked for."""
        if qtype == "SOA":
            return f"the SOA stands at {zone} alone"
        request = parse(rest)
        entries = None if request is None else self.records.find(request)
        if not entries:
            return f"the name exists, no {qtype}: it holds nothing itself"
        families = {found[0] for found in (parse_ip(each.host) for each in entries) if found}
        if qtype in ADDRESSES and families:
            return f"the name exists, no {qtype}: its addresses are {'IPv6' if families == {IPV6} else 'IPv4'}"
        if qtype in ADDRESSES:
            return f"the name is an alias, and what it leads to has no {qtype}"
        return f"the name exists, no {qtype}"

    def _reverse(self, labels: tuple[str, ...]) -> str:
        address = address_of_reverse(labels)
        return f"no Service and no ready endpoint has {address}" if address else "the name spells no whole address"

    def _missing(self, rest: tuple[str, ...], zone: str, qtype: str) -> str:
        place, because = next(self._problems(rest, qtype))
        below = ".".join(part for part in (place, zone) if part)
        return f"no such name below {below}: {because}"

    def _problems(self, rest: tuple[str, ...], qtype: str) -> Iterator[tuple[str, str]]:
        """Where the walk down to the name ends and why, the first problem first."""
        request = parse(rest, zonal=self.records.options.zonal)
        if request is None:
            last = rest[-1] if rest else ""
            yield (last, "it has too many labels") if last in ("svc", POD) else ("", "there are only svc and pod")
        elif request.kind and not self.records.exposed(request.namespace):
            there = self.records.view.get("namespaces", ("", request.namespace)) is not None
            words = f"Namespace {request.namespace} is not served" if there else f"no Namespace {request.namespace}"
            yield request.kind, words
        elif request.kind == POD:
            yield from self._pod_problems(request)
        elif request.service:
            yield from self._service_problems(request)
        yield ".".join(rest[1:]), f"no {qtype} and no other record stands at it"

    def _pod_problems(self, request: RecordRequest) -> Iterator[tuple[str, str]]:
        place, mode = f"{request.namespace}.{POD}", self.records.options.pods
        address = address_of_pod(request.service) if request.service else ""
        if mode == "disabled":
            yield place, "names of Pods are switched off (pods disabled)"
        if not address or parse_ip(address) is None:
            yield place, f"{request.service or 'it'} spells no address"
        if mode == "verified":
            yield place, f"no Pod of Namespace {request.namespace} has {address}"

    def _service_problems(self, request: RecordRequest) -> Iterator[tuple[str, str]]:
        namespace, name = request.namespace, request.service
        place, own = f"{namespace}.svc", f"{name}.{namespace}.svc"
        service: Service | None = self.records.view.get("services", (namespace, name))
        if service is None:
            yield place, f"no Service {name} in Namespace {namespace}"
            return
        who, ends = f"Service {namespace}/{name}", any(found for _, found in self.records.endpoints(service))
        if service.spec.type == "ExternalName":
            plain = not (request.endpoint or request.port or request.protocol)
            words = "has an address for its externalName" if plain else "is an ExternalName: no endpoints, no ports"
            yield (place if plain else own), f"{who} {words}"
        if not ends and (service.headless or self.records.options.ignore_empty_service):
            yield place, f"{who} has no ready endpoint"
        if request.endpoint:
            yield own, f"{who} has no ready endpoint named {request.endpoint}"
        if request.port or request.protocol:
            yield own, f"{who} has no port {request.port or '*'}/{request.protocol or '*'}"

    def _split(self, labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The labels left of the longest zone that a name is in, and the zone."""
        fitting = [zone for zone in self.zones if labels[len(labels) - len(zone) :] == zone]
        if not fitting:
            return None
        zone = max(fitting, key=len)
        return labels[: len(labels) - len(zone)], zone


def _is_front(service: Service) -> bool:
    return not service.headless and service.spec.type != "ExternalName"
