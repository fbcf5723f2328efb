"""How a cluster begins: its first objects, and objects taken from a dump.

Upstream: cmd/kubeadm, pkg/controlplane (what kube-apiserver writes itself).
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from attrs import evolve

from kdisco import arguments
from kdisco.addons import COREDNS, KUBE_DNS, KUBE_PROXY
from kdisco.config import ClusterConfig
from kdisco.control.dumped import sandbox_of
from kdisco.control.node_status import healthy
from kdisco.control.queue import AT_REST
from kdisco.control.registry import CONTROLLERS, READERS, watchers
from kdisco.control.resolvconf import written
from kdisco.control.set_history import recalled
from kdisco.corefile.file import text_of
from kdisco.model.cidr import ServiceCIDR, first_range
from kdisco.model.configmap import ConfigMap
from kdisco.model.endpoints import (
    SERVICE_NAME,
    Endpoint,
    EndpointAddress,
    EndpointConditions,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    SlicePort,
)
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource
from kdisco.model.manifest import documents
from kdisco.model.meta import Object, ObjectMeta, stamp
from kdisco.model.node import Namespace, Node, NodeAddress, NodeStatus
from kdisco.model.pod import Pod
from kdisco.model.service import Service, ServicePort, ServiceSpec
from kdisco.store.allocate import ip_address
from kdisco.store.apiserver import serve
from kdisco.store.defaults import defaulted
from kdisco.store.events import Request
from kdisco.store.roles import first_roles
from kdisco.store.state import EPOCH, Sandbox, State
from kdisco.store.table import Table, View
from kdisco.store.transaction import Transaction
from kdisco.store.update import GENERATIONS
from kdisco.store.validate.addresses import address_problem
from kdisco.tree import Tree

__all__ = ["API_SERVER", "from_objects", "new_cluster", "node_addresses"]

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
NODE_NETWORKS = {4: ipaddress.ip_network("172.18.0.0/16"), 6: ipaddress.ip_network("fd00:172:18::/64")}
API_SERVER_USER = "system:apiserver"
INT64 = 19  # decimal digits that may not fit into 64 bits
API_SERVER, API_PORT = 2, 6443  # the control plane's host number on the node network


def new_cluster(config: ClusterConfig) -> State:
    """A cluster's state before anything has run: the API server's own objects, nodes, add-ons."""
    state = State(
        config=config, watchers=watchers(), seen=FrozenMap({name: View() for name in (*CONTROLLERS, *READERS)})
    )
    txn = Transaction(state)
    for found in _first_objects(config):
        serve(txn, _creation(found))
    for role in first_roles(config.seed, addons=config.addons):  # straight to the store, as the API server does it
        txn.put(resource(role.KIND).plural, role.with_meta(creation_timestamp=txn.time()))
    if config.addons:
        txn.put("configmaps", _corefile(config).with_meta(creation_timestamp=txn.time()))
        for manifest in (KUBE_DNS, COREDNS, KUBE_PROXY):
            text = manifest.format(dns=config.dns_address, version=config.kubernetes_version)
            for document in documents(text):
                serve(txn, _creation_of(document))
    return txn.commit()


def _creation(found: Object) -> Request:
    row = resource(found.KIND)
    return Request(verb="create", resource=row.plural, namespace=found.namespace, body=found, user=API_SERVER_USER)


def _creation_of(document: Mapping[str, Any]) -> Request:
    plural = resource(document["kind"]).plural
    space = document["metadata"].get("namespace", "")
    return Request(verb="create", resource=plural, namespace=space, body=document, user="kubernetes-super-admin")


def _corefile(config: ClusterConfig) -> ConfigMap:
    """The ConfigMap that CoreDNS's Pods mount."""
    uid = uuid.uuid5(uuid.NAMESPACE_DNS, f"coredns.{config.seed}")  # nothing drawn: other random names stay
    meta = ObjectMeta(name="coredns", namespace="kube-system", uid=str(uid))
    return ConfigMap(metadata=meta, data=FrozenMap({"Corefile": text_of(config.dns)}))


def _first_objects(config: ClusterConfig) -> Iterator[Object]:
    for name in NAMESPACES:
        yield Namespace(metadata=ObjectMeta(name=name))
    yield first_range(config.service_cidrs, stamp(EPOCH))
    yield from _kubernetes(config)
    for number in range(1, config.nodes + 1):
        yield _node(number, config)


def node_addresses(number: int, config: ClusterConfig) -> tuple[str, ...]:
    """The InternalIPs of the node with this number, one a family of the Pod network; 0 is the control plane."""
    versions = [ipaddress.ip_network(cidr).version for cidr in config.pod_cidrs]
    return tuple(str(NODE_NETWORKS[version][API_SERVER + number]) for version in versions)


def _node(number: int, config: ClusterConfig) -> Node:
    name = f"node-{number}"
    addresses = [NodeAddress(type="InternalIP", address=ip) for ip in node_addresses(number, config)]
    addresses.append(NodeAddress(type="Hostname", address=name))
    info = FrozenMap({"kubeletVersion": config.kubernetes_version, "operatingSystem": "linux", "architecture": "amd64"})
    conditions = healthy(stamp(EPOCH))
    status = NodeStatus(conditions=conditions, addresses=tuple(addresses), kept=FrozenMap({"nodeInfo": info}))
    labels = FrozenMap({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"})
    return Node(metadata=ObjectMeta(name=name, labels=labels), status=status)


def _kubernetes(config: ClusterConfig) -> Iterator[Object]:
    """Service default/kubernetes and its backends, which the API server itself writes."""
    first = ipaddress.ip_network(config.service_cidrs[0])
    server = str(NODE_NETWORKS[first.version][API_SERVER])
    labels = FrozenMap({"component": "apiserver", "provider": "kubernetes"})
    meta = ObjectMeta(name="kubernetes", namespace="default", labels=labels)
    port = ServicePort(name="https", protocol="TCP", port=443, target_port=API_PORT)
    yield Service(
        metadata=meta,
        spec=ServiceSpec(type="ClusterIP", cluster_ip=str(first[1]), ip_family_policy="SingleStack", ports=(port,)),
    )
    mark = FrozenMap({"endpointslice.kubernetes.io/skip-mirror": "true"})
    subset = EndpointSubset(
        addresses=(EndpointAddress(ip=server),), ports=(EndpointPort(name="https", port=API_PORT, protocol="TCP"),)
    )
    yield Endpoints(metadata=evolve(meta, labels=mark), subsets=(subset,))
    yield EndpointSlice(
        metadata=evolve(meta, labels=FrozenMap({SERVICE_NAME: "kubernetes"})),
        address_type=f"IPv{first.version}",
        endpoints=(Endpoint(addresses=(server,), conditions=EndpointConditions(ready=True)),),
        ports=(SlicePort(name="https", port=API_PORT, protocol="TCP"),),
    )


def from_objects(objects: Iterable[Object], config: ClusterConfig, now: str | None) -> State:
    """A state that holds objects as they are. CoreDNS and the proxies know them; controllers rest.

    Raises UsageError for times that are none. Without ``now`` it is the time of the newest object.
    """
    config = evolve(config, addons=False)  # what the dump does not have is not there
    listed = list(objects)
    made = [
        arguments.moment(f"{each}: metadata.creationTimestamp", each.metadata.creation_timestamp)
        for each in listed
        if each.metadata.creation_timestamp
    ]
    epoch = max([EPOCH, *made]) if now is None else arguments.moment("now", now)
    txn = Transaction(State(config=config, epoch=epoch, watchers=watchers()))
    families = _families(listed, config)
    read = [_as_read(found, families) for found in listed]
    versions = count(max((_version(found) for found in listed), default=0) + 1)
    placed = [_identified(txn, versions, found) for found in _completed(read, config)]
    groups: dict[str, list[Object]] = {}
    for found in placed:
        groups.setdefault(resource(found.KIND).plural, []).append(found)
    tables = FrozenMap({plural: Table.of(plural, group) for plural, group in groups.items()})
    view = View(next(versions) - 1, tables)
    txn.revision, txn.tables = view.revision, dict(tables)
    txn.seen = FrozenMap({name: View() for name in CONTROLLERS} | dict.fromkeys(READERS, view))
    txn.sandboxes = Tree.of((box.pod, box) for box in _sandboxes(view, config))
    txn.held = frozenset({AT_REST})
    return txn.commit()


def _families(listed: list[Object], config: ClusterConfig) -> tuple[str, ...]:
    """The cluster's families, the default one first, by the dump's own Service ranges where it has some."""
    ranges = [cidr for found in listed if isinstance(found, ServiceCIDR) for cidr in found.spec.cidrs]
    return tuple(dict.fromkeys(f"IPv{ipaddress.ip_network(cidr).version}" for cidr in ranges or config.service_cidrs))


def _as_read(found: Object, cluster: tuple[str, ...]) -> Object:
    """A stored object as the API server gives it: with its defaults, and a Service with its addresses' families.

    EndpointSlices are consumers' input and stay as they are; ``cluster`` are its families.
    Upstream: service storage defaultOnRead.
    """
    if isinstance(found, EndpointSlice):
        return found
    full: Object = defaulted(found)
    if not isinstance(full, Service) or full.spec.type == "ExternalName":
        return full
    spec = full.spec
    ips = spec.cluster_ips or ((spec.cluster_ip,) if spec.cluster_ip else ())
    addresses = [ip for ip in ips if ip != "None" and not address_problem(ip)]
    known = tuple(f"IPv{ipaddress.ip_address(ip).version}" for ip in addresses)
    wanted = cluster if "Dual" in (spec.ip_family_policy or "") else cluster[:1]
    families = spec.ip_families or known or wanted
    policy = spec.ip_family_policy or ("SingleStack" if len(families) == 1 else "RequireDualStack")
    return evolve(full, spec=evolve(spec, cluster_ips=ips, ip_families=families, ip_family_policy=policy))


def _version(found: Object) -> int:
    """The revision that an object of a dump is of; 0 where it does not say."""
    text = found.metadata.resource_version
    return int(text) if text.isdecimal() and len(text) < INT64 else 0


def _identified(txn: Transaction, versions: Iterator[int], found: Object) -> Object:
    """An object of a dump with the metadata that every stored object has; it keeps what it says of itself."""
    meta = found.metadata
    space = (meta.namespace or "default") if resource(found.KIND).namespaced else ""
    placed: Object = found.with_meta(
        namespace=space,
        uid=meta.uid or txn.uid(),
        resource_version=str(_version(found) or next(versions)),
        generation=meta.generation or int(found.KIND in GENERATIONS),
        creation_timestamp=meta.creation_timestamp or txn.time(),
    )
    return placed


def _completed(listed: list[Object], config: ClusterConfig) -> Iterator[Object]:
    """A dump and what it leaves out: the Service range, addresses taken, first roles, namespaces if it names none."""
    yield from listed
    yield from recalled(listed)
    kinds = {found.KIND for found in listed}
    if "ServiceCIDR" not in kinds:
        yield first_range(config.service_cidrs, stamp(EPOCH))
    if "Namespace" not in kinds:
        used = {found.namespace or "default" for found in listed if resource(found.KIND).namespaced}
        yield from (Namespace(metadata=ObjectMeta(name=name)) for name in sorted({*NAMESPACES, *used}))
    there = {(found.KIND, found.name) for found in listed}
    yield from (each for each in first_roles(config.seed, addons=False) if (each.KIND, each.name) not in there)
    known = {found.name for found in listed if found.KIND == "IPAddress"}
    for found in listed:
        if isinstance(found, Service):
            yield from (ip_address(found, ip) for ip in found.virtual_ips if ip not in known)


def _sandboxes(view: View, config: ClusterConfig) -> Iterator[Sandbox]:
    """What the nodes must be running for the Pods of a dump to be as they are."""
    pods: Iterator[Pod] = view.list("pods")
    for pod in pods:
        found = sandbox_of(pod)
        if found is not None:
            yield evolve(found, resolv_conf=written(config, view, pod))
