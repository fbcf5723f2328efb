"""Random clusters as kube-proxy sees them, for Hypothesis: Services of all sorts with their endpoints, as manifests."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NODES = ("alder", "birch")
ADDRESSES = {"IPv4": "192.0.2.{}", "IPv6": "2001:db8:2::{}"}
CLUSTER_IPS = {"IPv4": "10.111.0.{}", "IPv6": "fd00:111::{}"}
EXTERNALS = {"IPv4": "198.51.100.{}", "IPv6": "2001:db8:100::{}"}
BALANCERS = {"IPv4": "203.0.113.{}", "IPv6": "2001:db8:113::{}"}
PODS = {"IPv4": "10.61.{}.{}", "IPv6": "fd00:61:0:{}::{}"}
RANGES = {"IPv4": ("192.0.2.0/24", "198.51.100.0/25"), "IPv6": ("2001:db8:2::/64", "2001:db8:100::/80")}
CIDRS = "10.61.0.0/16,fd00:61::/48"
OTHERS = ("10.61.0.99", "192.0.2.11", "192.0.2.12", "127.0.0.1", "198.51.100.250", "10.111.9.9", "203.0.113.250")
FAMILIES = (["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"])


def nodes() -> list[dict[str, Any]]:
    """Two nodes in two zones, each with an address of either family."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": f"zone-{name}"}},
            "spec": {"podCIDR": f"10.61.{at}.0/24", "podCIDRs": [f"10.61.{at}.0/24", f"fd00:61:0:{at}::/64"]},
            "status": {"addresses": [{"type": "InternalIP", "address": ADDRESSES[each].format(11 + at)}
                                     for each in ADDRESSES]},
        }
        for at, name in enumerate(NODES)
    ]


@st.composite
def endpoints(draw: st.DrawFn, kind: str, at: int) -> list[dict[str, Any]]:
    """The endpoints of one EndpointSlice."""
    found = []
    for number in draw(st.lists(st.integers(0, 12), max_size=4, unique=True)):
        node = draw(st.sampled_from(NODES))
        ready = draw(st.booleans())
        conditions = {"ready": ready, "serving": ready or draw(st.booleans()), "terminating": not ready}
        end: dict[str, Any] = {"addresses": [PODS[kind].format(NODES.index(node), 10 * at + number + 2)]}
        end |= {"nodeName": node, "conditions": conditions}
        if draw(st.booleans()):
            end["hints"] = {"forZones": [{"name": f"zone-{node}"}]}
        found.append(end)
    return found


@st.composite
def service(draw: st.DrawFn, at: int) -> list[dict[str, Any]]:
    """One Service with its EndpointSlices."""
    name, families = f"s{at}", draw(st.sampled_from(FAMILIES))
    ips = [CLUSTER_IPS[each].format(10 + at) for each in families]
    kind = draw(st.sampled_from(("ClusterIP", "NodePort", "LoadBalancer")))
    protocols = draw(st.lists(st.sampled_from(("TCP", "UDP")), min_size=1, max_size=2, unique=True))
    ports = [{"name": each.lower(), "port": 80, "protocol": each} for each in protocols]
    policy = st.sampled_from(("Cluster", "Local"))
    spec: dict[str, Any] = {"type": kind, "clusterIP": ips[0], "clusterIPs": ips, "ipFamilies": families}
    spec |= {"ports": ports, "internalTrafficPolicy": draw(policy)}
    if draw(st.booleans()):
        spec["externalIPs"] = [EXTERNALS[each].format(10 + at) for each in families]
    if draw(st.booleans()):
        seconds = draw(st.sampled_from((1, 90, 86400)))
        spec |= {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": seconds}}}
    if kind != "ClusterIP":
        spec["externalTrafficPolicy"] = draw(policy)
        for number, port in enumerate(ports):
            port["nodePort"] = 30000 + 10 * at + number
    status = {}
    if kind == "LoadBalancer":
        status = {"loadBalancer": {"ingress": [{"ip": BALANCERS[each].format(10 + at)} for each in families]}}
        spec["healthCheckNodePort"] = 31000 + at if spec["externalTrafficPolicy"] == "Local" else 0
        spec["loadBalancerSourceRanges"] = draw(st.lists(st.sampled_from(sum(RANGES.values(), ())), unique=True))
    found = [_object("v1", "Service", name, spec=spec, status=status)]
    for each in families:
        labels = {"kubernetes.io/service-name": name}
        listed = [{"name": port["name"], "port": 8080, "protocol": port["protocol"]} for port in ports]
        slices = {"addressType": each, "ports": listed, "endpoints": draw(endpoints(each, at))}
        found.append(_object("discovery.k8s.io/v1", "EndpointSlice", f"{name}-{each.lower()}", labels, **slices))
    return found


def _object(version: str, kind: str, name: str, labels: dict[str, str] | None = None, **rest: Any) -> dict[str, Any]:
    metadata = {"namespace": "shop", "name": name, "labels": labels or {}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def text(objects: list[dict[str, Any]]) -> str:
    """Objects as manifests."""
    return "".join(f"---\n{json.dumps(each)}\n" for each in objects)


@st.composite
def clusters(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """The Services of a cluster with what belongs to each."""
    return [draw(service(at)) for at in draw(st.lists(st.integers(0, 9), max_size=5, unique=True))]


def manifests(services: list[list[dict[str, Any]]]) -> str:
    """A cluster of these Services."""
    return text(nodes() + [each for found in services for each in found])


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, str]:
    """A cluster before and after something happened to some of its Services: made, changed, gone."""
    before = draw(clusters())
    after = []
    for found in before:
        fate = draw(st.sampled_from(("stays", "stays", "changes", "goes")))
        if fate == "changes":
            after.append(draw(service(int(found[0]["metadata"]["name"][1:]))))
        elif fate == "stays":
            after.append(found)
    taken = {found[0]["metadata"]["name"] for found in before}
    after += [draw(service(at)) for at in draw(st.lists(st.integers(0, 9), max_size=2, unique=True))
              if f"s{at}" not in taken]
    return manifests(before), manifests(after)


FLAGS = st.fixed_dictionaries(
    {
        "masquerade_all": st.booleans(),
        "localhost_nodeports": st.booleans(),
        "tcp_liberal": st.booleans(),
        "cluster_cidr": st.sampled_from((CIDRS, "")),
        "nodeport_addresses": st.sampled_from(((), ("192.0.2.0/24",), ("primary",))),
    }
)
PACKETS = st.tuples(  # source, destination, port, protocol
    st.sampled_from((*OTHERS, "10.61.0.2", "10.61.1.13")),
    st.one_of(
        st.sampled_from(OTHERS),
        st.builds(str.format, st.sampled_from(("10.111.0.{}", "198.51.100.{}", "203.0.113.{}")), st.integers(10, 19)),
    ),
    st.one_of(st.sampled_from((80, 443, 8080)), st.integers(30000, 30095), st.integers(31000, 31009)),
    st.sampled_from(("tcp", "udp")),
)
