"""States for the tests of the network, made from manifests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.config import ClusterConfig, ProxyConfig
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import RESOURCES
from kdisco.model.manifest import documents, to_object
from kdisco.store.state import Sandbox, State
from kdisco.store.table import Table
from kdisco.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = {
    "case": "iptables both", "nftables_case": "nftables both", "ipvs_case": "iptables both",
    "sample": "iptables nftables both",
}  # fmt: skip
CASES = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "kube-proxy"


def build(manifests: str, **flags: Any) -> State:
    """A State that holds these manifests, every Pod with an address running; keywords are kube-proxy's flags."""
    found = [to_object(document) for document in documents(manifests)]
    tables = {
        name: Table.of(name, [each for each in found if type(each) is row.cls]) for name, row in RESOURCES.items()
    }
    boxes = {
        pod.key: Sandbox(
            pod=pod.key, uid=pod.metadata.uid, node=pod.spec.node_name, ips=pod.addresses, created=0.0, started=1.0
        )
        for pod in tables["pods"].objects.values()
        if pod.addresses
    }
    config = ClusterConfig(pod_cidr="10.61.0.0/16", service_cidr="10.111.0.0/16", proxy=ProxyConfig(**flags))
    return evolve(State(), config=config, tables=FrozenMap(tables), sandboxes=Tree.of(boxes.items()))


def node(name: str, ip: str, pod_cidr: str = "") -> str:
    """A Node as a document."""
    spec = {"podCIDR": pod_cidr, "podCIDRs": [pod_cidr]} if pod_cidr else {}
    addresses = [{"type": "InternalIP", "address": ip}]
    return _document("v1", "Node", {"name": name}, spec=spec, status={"addresses": addresses})


def service(name: str, ip: str, *ports: dict[str, Any], **spec: Any) -> str:
    """A Service in namespace ``shop`` as a document; keywords are further fields of its spec."""
    meta = {"namespace": "shop", "name": name}
    return _document("v1", "Service", meta, spec={"clusterIP": ip, "ports": list(ports), **spec})


def balancer(name: str, ip: str, outer: str, *ports: dict[str, Any], **spec: Any) -> str:
    """A Service of type LoadBalancer in namespace ``shop`` that has got the address ``outer``."""
    found = {"type": "LoadBalancer", "clusterIP": ip, "ports": list(ports), **spec}
    status = {"loadBalancer": {"ingress": [{"ip": outer}]}}
    return _document("v1", "Service", {"namespace": "shop", "name": name}, spec=found, status=status)


def endpoints(name: str, port: int, *ends: dict[str, Any] | str, port_name: str = "") -> str:
    """The EndpointSlice of a Service in namespace ``shop``; an end is an address or a whole endpoint."""
    listed = [{"addresses": [end]} if isinstance(end, str) else end for end in ends]
    return _document(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {"namespace": "shop", "name": f"{name}-a", "labels": {"kubernetes.io/service-name": name}},
        addressType="IPv4",
        ports=[{"name": port_name, "port": port, "protocol": "TCP"}],
        endpoints=listed,
    )


def pod(name: str, ip: str, node_name: str, *ports: int) -> str:
    """A running Pod in namespace ``shop`` that listens on these ports."""
    container = {"name": "c", "image": "c", "ports": [{"containerPort": port} for port in ports]}
    meta = {"namespace": "shop", "name": name, "uid": name}
    spec = {"nodeName": node_name, "containers": [container]}
    return _document("v1", "Pod", meta, spec=spec, status={"podIP": ip})


def _document(version: str, kind: str, metadata: dict[str, Any], **rest: Any) -> str:
    return "---\n" + json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **rest}) + "\n"


SHOP = (
    node("alder", "192.0.2.11", "10.61.0.0/24")
    + node("birch", "192.0.2.12", "10.61.1.0/24")
    + service("web", "10.111.4.20", {"name": "http", "port": 80, "protocol": "TCP", "nodePort": 30080}, type="NodePort")
    + endpoints(
        "web",
        8080,
        {"addresses": ["10.61.0.5"], "nodeName": "alder"},
        {"addresses": ["10.61.1.5"], "nodeName": "birch"},
        {"addresses": ["10.61.1.6"], "nodeName": "birch"},
        port_name="http",
    )
    + service("empty", "10.111.4.21", {"port": 80, "protocol": "TCP"})
    + pod("client", "10.61.0.50", "alder")
    + pod("web-1", "10.61.0.5", "alder", 8080)
    + pod("web-2", "10.61.1.5", "birch", 8080)
    + pod("web-3", "10.61.1.6", "birch", 8080)
)


@pytest.fixture(name="build", scope="session")
def _build() -> Callable[..., State]:
    return build


@pytest.fixture(name="shop", scope="session")
def _shop() -> State:
    """Two nodes, a Service of three Pods behind a nodePort, one without endpoints, and a client."""
    return build(SHOP)


@pytest.fixture(name="doc", scope="session")
def _doc() -> dict[str, Callable[..., str]]:
    """How documents are made."""
    return {"node": node, "service": service, "balancer": balancer, "endpoints": endpoints, "pod": pod}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``case``, ... or ``sample`` once for each case of that mode, or of any."""
    for name, modes in MODES.items():
        if name in metafunc.fixturenames:
            cases = [pytest.param(case, id=case["name"]) for case in sample_cases() if case["mode"] in modes.split()]
            absent = pytest.param(None, marks=pytest.mark.skip(reason=f"no sample cases at {CASES}"), id="absent")
            metafunc.parametrize(name, cases or [absent])


def sample_cases() -> list[dict[str, Any]]:
    """All sample cases of kube-proxy, in the order of their files."""
    return [json.loads(path.read_text()) for path in sorted(CASES.glob("[0-9]*.json"))]


def state_of(case: dict[str, Any], **flags: Any) -> State:
    """The cluster of a sample case; further addresses of the judged node are InternalIPs of it."""
    listed = documents(case["manifests"])
    for found in listed:
        if found["kind"] == "Node" and found["metadata"]["name"] == case["node"]:
            more = [{"type": "InternalIP", "address": ip} for ip in case.get("node_addresses") or ()]
            found["status"]["addresses"] += more
    text = "---\n".join(json.dumps(found) + "\n" for found in listed)
    flags |= {"service_cidrs": tuple(case.get("service_cidrs") or ()), "cluster_cidr": case["cluster_cidr"] or ""}
    return build(text, **(case.get("config") or {}), **flags)


@pytest.fixture(name="samples", scope="session")
def _samples() -> list[dict[str, Any]]:
    """All sample cases, none where they are not beside the project."""
    return sample_cases()


@pytest.fixture(name="state_of", scope="session")
def _state_of() -> Callable[..., State]:
    return state_of
