"""What describe says of Services, their endpoints and policies. Upstream: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from collections.abc import Sequence

from kdisco.console.kubectl.describe_parts import Lines, head, indented, labels, notes
from kdisco.console.kubectl.document import Document, at, format_labels, selector_text

__all__ = ["cidr_lines", "endpoints_lines", "ip_lines", "policy_lines", "service_lines", "slice_lines"]

NONE, UNSET = "<none>", "<unset>"
MOST = 3  # endpoints shown of each port


def service_lines(service: Document, slices: Sequence[Document]) -> Lines:
    """A Service, with the endpoints of its EndpointSlices."""
    spec = service.get("spec") or {}
    yield from head(service)
    yield from labels("Labels", at(service, "metadata", "labels"))
    yield from notes(service)
    yield f"Selector:\t{format_labels(spec.get('selector'))}"
    yield f"Type:\t{spec.get('type', '')}"
    yield from _addresses(service, spec)
    for port in spec.get("ports") or ():
        yield from _port(port, slices)
    yield f"Session Affinity:\t{spec.get('sessionAffinity', '')}"
    for title, part in (
        ("External Traffic Policy", "externalTrafficPolicy"), ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
    ):
        if spec.get(part):
            yield f"{title}:\t{spec[part]}"
    if spec.get("loadBalancerSourceRanges"):
        yield f"LoadBalancer Source Ranges:\t{','.join(spec['loadBalancerSourceRanges'])}"


def _addresses(service: Document, spec: Document) -> Lines:
    if spec.get("ipFamilyPolicy"):
        yield f"IP Family Policy:\t{spec['ipFamilyPolicy']}"
    if spec.get("ipFamilies"):
        yield f"IP Families:\t{','.join(spec['ipFamilies'])}"
    else:
        yield f"IP Families:\t{NONE}"
    yield f"IP:\t{spec.get('clusterIP', '')}"
    yield f"IPs:\t{','.join(spec.get('clusterIPs') or ()) or NONE}"
    if spec.get("externalIPs"):
        yield f"External IPs:\t{','.join(spec['externalIPs'])}"
    if spec.get("loadBalancerIP"):
        yield f"Desired LoadBalancer IP:\t{spec['loadBalancerIP']}"
    if spec.get("externalName"):
        yield f"External Name:\t{spec['externalName']}"
    ingress = at(service, "status", "loadBalancer", "ingress", default=())
    if ingress:
        yield f"LoadBalancer Ingress:\t{', '.join(map(_ingress, ingress))}"


def _ingress(found: Document) -> str:
    mode = f" ({found['ipMode']})" if found.get("ipMode") else ""
    return f"{found['ip']}{mode}" if found.get("ip") else str(found.get("hostname", ""))


def _port(port: Document, slices: Sequence[Document]) -> Lines:
    name, protocol = port.get("name") or UNSET, port.get("protocol", "TCP")
    yield f"Port:\t{name}\t{port.get('port')}/{protocol}"
    yield f"TargetPort:\t{port.get('targetPort', 0)}/{protocol}"
    if port.get("nodePort"):
        yield f"NodePort:\t{name}\t{port['nodePort']}/{protocol}"
    yield f"Endpoints:\t{_endpoints(slices, port.get('name', ''))}"


def _endpoints(slices: Sequence[Document], name: str) -> str:
    """The ready endpoints of a port: the first three, and how many more."""
    if not slices:
        return NONE
    shown: list[str] = []
    more, count = False, 0
    for each in slices:
        named = [port for port in each.get("ports") or () if (port.get("name") or "") == name]
        for port in named if each.get("ports") else (None,):
            for endpoint in each.get("endpoints") or ():
                more = more or len(shown) == MOST  # upstream looks before it knows whether the endpoint is ready
                if at(endpoint, "conditions", "ready", default=True) is False:
                    continue
                count += 1
                if not more:
                    shown.append(_joined(endpoint["addresses"][0], port))
    text = ",".join(shown)
    return f"{text} + {count - MOST} more..." if more else text


def _joined(address: str, port: Document | None) -> str:
    if port is None:
        return address
    return f"{f'[{address}]' if ':' in address else address}:{port.get('port', 0)}"


def endpoints_lines(found: Document) -> Lines:
    """An Endpoints object."""
    yield from head(found)
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield "Subsets:"
    for subset in found.get("subsets") or ():
        for title, part in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            addresses = ",".join(each.get("ip", "") for each in subset.get(part) or ())
            yield f"  {title}:\t{addresses or NONE}"
        if subset.get("ports"):
            yield "  Ports:"
            yield "    Name\tPort\tProtocol"
            yield "    ----\t----\t--------"
            for port in subset["ports"]:
                yield f"    {port.get('name') or UNSET}\t{port.get('port')}\t{port.get('protocol', 'TCP')}"
        yield ""


def slice_lines(found: Document) -> Lines:
    """An EndpointSlice."""
    yield from head(found)
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield f"AddressType:\t{found.get('addressType', '')}"
    ports = found.get("ports") or ()
    yield "Ports:" if ports else f"Ports: {UNSET}"
    if ports:
        yield "  Name\tPort\tProtocol"
        yield "  ----\t----\t--------"
        for port in ports:
            number = port.get("port") if port.get("port") is not None else "<Unset>"
            yield f"  {port.get('name') or UNSET}\t{number}\t{port.get('protocol', 'TCP')}"
    endpoints = found.get("endpoints") or ()
    yield "Endpoints:" if endpoints else f"Endpoints: {NONE}"
    for endpoint in endpoints:
        yield from indented(_endpoint(endpoint))


def _endpoint(endpoint: Document) -> Lines:
    conditions = endpoint.get("conditions") or {}
    yield f"- Addresses:\t{', '.join(endpoint.get('addresses') or ()) or NONE}"
    yield "  Conditions:"
    yield f"    Ready:\t{str(conditions['ready']).lower() if 'ready' in conditions else UNSET}"
    yield f"  Hostname:\t{endpoint.get('hostname') or UNSET}"
    if endpoint.get("targetRef"):
        yield f"  TargetRef:\t{endpoint['targetRef'].get('kind')}/{endpoint['targetRef'].get('name')}"
    yield f"  NodeName:\t{endpoint.get('nodeName') or UNSET}"
    yield f"  Zone:\t{endpoint.get('zone') or UNSET}"


def policy_lines(policy: Document) -> Lines:
    """A NetworkPolicy."""
    yield f"Name:         {at(policy, 'metadata', 'name')}"
    yield f"Namespace:    {at(policy, 'metadata', 'namespace')}"
    created = at(policy, "metadata", "creationTimestamp", default="").replace("T", " ").replace("Z", " +0000 UTC")
    yield f"Created on:   {created}"
    yield from labels("Labels", at(policy, "metadata", "labels"))
    yield from notes(policy)
    spec = policy.get("spec") or {}
    yield "Spec:"
    selector = selector_text(spec.get("podSelector"))
    everything = selector == NONE
    words = f"{NONE} (Allowing the specific traffic to all pods in this namespace)" if everything else selector
    yield f"  PodSelector:     {words}"
    kinds = spec.get("policyTypes") or ()
    for title, kind, part, peer in (
        ("ingress", "Ingress", "ingress", "From"), ("egress", "Egress", "egress", "To"),
    ):
        if kind in kinds:
            yield f"  Allowing {title} traffic:"
            yield from indented(_rules(spec.get(part) or (), peer, title), 2)
        else:
            yield f"  Not affecting {title} traffic"
    yield f"  Policy Types: {', '.join(kinds)}"


def _rules(rules: Sequence[Document], peer: str, title: str) -> Lines:
    if not rules:
        yield f"{NONE} (Selected pods are isolated for {title} connectivity)"
    for number, rule in enumerate(rules):
        yield from _ports(rule.get("ports") or ())
        yield from _peers(rule.get(peer.lower()) or (), peer)
        if number != len(rules) - 1:
            yield "----------"


def _ports(ports: Sequence[Document]) -> Lines:
    if not ports:
        yield "To Port: <any> (traffic allowed to all ports)"
    for port in ports:
        number = port.get("port", "<any>")
        ranged = port.get("endPort")
        text = f"{number}-{ranged}" if ranged else number
        yield f"To Port{' Range' if ranged else ''}: {text}/{port.get('protocol', 'TCP')}"


def _peers(peers: Sequence[Document], title: str) -> Lines:
    if not peers:
        yield f"{title}: <any> (traffic not restricted by {'source' if title == 'From' else 'destination'})"
    for peer in peers:
        yield f"{title}:"
        if peer.get("ipBlock") is not None:
            yield "  IPBlock:"
            yield f"    CIDR: {peer['ipBlock'].get('cidr')}"
            yield f"    Except: {', '.join(peer['ipBlock'].get('except') or ())}"
            continue
        for name, part in (("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")):
            if peer.get(part) is not None:
                yield f"  {name}: {selector_text(peer[part])}"


def cidr_lines(found: Document) -> Lines:
    """A ServiceCIDR."""
    yield from head(found, namespaced=False)
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield f"CIDRs:\t{', '.join(at(found, 'spec', 'cidrs', default=()))}"
    conditions = at(found, "status", "conditions", default=())
    if conditions:
        yield "Status:"
        yield "  Conditions:"
        yield "  Type\tStatus\tLastTransitionTime\tReason\tMessage"
        yield "  ----\t------\t------------------\t------\t-------"
        for each in conditions:
            words = (each.get(part, "") for part in ("type", "status", "lastTransitionTime", "reason", "message"))
            yield "  " + "\t".join(words)


def ip_lines(found: Document) -> Lines:
    """An IPAddress."""
    yield from head(found, namespaced=False)
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    parent = at(found, "spec", "parentRef", default={})
    if parent:
        yield "Parent Reference:"
        for title, part in (("Group", "group"), ("Resource", "resource"), ("Namespace", "namespace"), ("Name", "name")):
            yield f"  {title}:\t{parent.get(part, '')}"
