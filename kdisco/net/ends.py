"""Who sends and who answers: Pods by their sandboxes, nodes by their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.control.listen import answering
from kdisco.errors import UsageError
from kdisco.net.fabric import Network, Routes, gateways, node_network, pod_network
from kdisco.net.health import KUBE_PROXY, checked
from kdisco.net.memo import Memo
from kdisco.net.packet import address, family
from kdisco.net.proxy import ports_of
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kdisco.model.meta import Key
    from kdisco.model.node import Node
    from kdisco.model.pod import Pod
    from kdisco.store.state import Sandbox, State

__all__ = ["End", "api_servers", "at_address", "end_of", "listening", "machine_at", "nodes_by_address", "pod_at"]

KUBELET = (10250, "TCP")


@frozen(cache_hash=True)
class End:
    """One end of a connection.

    ``kind``: a ``pod`` with an address of its own, a ``process`` in a node's network, or somebody ``outside``.
    ``name`` is ``pod/ns/name``, ``node/name`` or ``outside/address``; ``node`` where it runs, "" outside.
    """

    kind: str
    name: str
    node: str
    network: Network

    def source_for(self, destination: str) -> str:
        """The address that it sends from, "" when it has no route."""
        return self.network.source_for(destination)


_BOXES: Memo[Mapping[str, tuple[Sandbox, ...]]] = Memo(8)
_NODES: Memo[Mapping[str, str]] = Memo(8)
_ENDS: Memo[End] = Memo(1 << 12)


def nodes_by_address(state: State) -> Mapping[str, str]:
    """Which node has an address (InternalIPs)."""
    table = state.tables.get("nodes")
    return _NODES.get((table,), (), lambda: _addresses(table.objects.values() if table else ()))


def _addresses(nodes: Iterable[Node]) -> Mapping[str, str]:
    return {ip: node.name for node in nodes for ip in node.internal_ips}


def _boxes(state: State) -> Mapping[str, tuple[Sandbox, ...]]:
    """Whose sandboxes have an address: several on the host network."""
    return _BOXES.get((state.sandboxes,), (), lambda: _by_address(state.sandboxes.values()))


def _by_address(boxes: Iterable[Sandbox]) -> Mapping[str, tuple[Sandbox, ...]]:
    found: dict[str, tuple[Sandbox, ...]] = {}
    for box in boxes:
        for ip in box.ips:
            found[ip] = (*found.get(ip, ()), box)
    return found


def at_address(state: State, ip: str) -> End | None:
    """Who has an address in the cluster, None when nobody does."""
    node = nodes_by_address(state).get(ip)
    if node is not None:
        return _node(state, node)
    boxes = _boxes(state).get(ip)
    return _pod(state, boxes[0]) if boxes else None


def pod_at(state: State, ip: str) -> Key | None:
    """The Pod (namespace, name) with an address of its own, None for any other address: a node's, or nobody's."""
    boxes = _boxes(state).get(ip)
    return boxes[0].pod if boxes and ip not in nodes_by_address(state) else None


def end_of(state: State, source: str) -> End:
    """Who is meant by ``pod/ns/name`` (or ``ns/name``), ``node/name`` or an address.

    Raises UsageError when there is no such Pod or node, or the Pod does not run.
    """
    kind, _, name = source.partition("/")
    if kind == "node" and "/" not in name:
        return _node(state, name)
    if "/" not in source:
        ip = address(source)
        return at_address(state, ip) or _outsider(ip)
    namespace, _, pod = (name if kind == "pod" and "/" in name else source).partition("/")
    box = state.sandboxes.get((namespace, pod))
    if box is not None and box.ips:
        return _pod(state, box)
    if state.view.get("pods", (namespace, pod)) is None:
        msg = f'pods "{pod}" not found in namespace "{namespace}"'
        raise UsageError(msg)
    msg = Phrase("pod {pod} does not run: it has no address to send from", pod=f"{namespace}/{pod}")
    raise UsageError(msg)


def _node(state: State, name: str) -> End:
    if state.view.get("nodes", ("", name)) is None:
        msg = f'nodes "{name}" not found'
        raise UsageError(msg)
    return End("process", f"node/{name}", name, node_network(state, name))


def _pod(state: State, box: Sandbox) -> End:
    around = node_network(state, box.node)
    known = (box, around, state.tables.get("nodes"), state.config)
    return _ENDS.get(known, (), lambda: _pod_end(state, box, around))


def _pod_end(state: State, box: Sandbox, around: Network) -> End:
    name, nodes = f"pod/{box.pod[0]}/{box.pod[1]}", nodes_by_address(state)
    if any(ip in nodes for ip in box.ips):  # host network: the node's own stack
        return End("process", name, box.node, around)
    return End("pod", name, box.node, pod_network(state, box.ips, box.node))


def listening(state: State, end: End, ip: str, port: int, protocol: str) -> str:
    """What answers on a port of an end's address: ``pod/ns/name`` or a process's name; "" when nothing does.

    A ping is answered by the kernel itself, whatever runs there.
    """
    if protocol == "icmp":
        return "the kernel"
    asked, wanted = ip, (port, protocol.upper())
    if ip.startswith("127.") or ip == "::1":  # whoever listens here does so on all addresses
        ip = end.network.uplink(family(ip)) or ip
    for box in _boxes(state).get(ip, ()):
        pod: Pod | None = state.tables["pods"].objects.get(box.pod) if "pods" in state.tables else None
        if pod is not None and wanted in answering(pod, box):
            return f"pod/{box.pod[0]}/{box.pod[1]}"
    if end.kind == "process" and wanted == KUBELET:
        return "kubelet"
    if end.kind == "process" and wanted[1] == "TCP" and checked(state, end.node, asked, port):
        return KUBE_PROXY
    return "kube-apiserver" if (ip, port) in api_servers(state, family(ip)) else ""


def api_servers(state: State, version: int = 4) -> tuple[tuple[str, int], ...]:
    """Where the API server listens, as (address, port): the endpoints of Service default/kubernetes."""
    service = state.view.get("services", ("default", "kubernetes"))
    ports = ports_of(state.view, service, "", version) if service else ()
    return tuple((end.address, end.port) for each in ports for end in each.endpoints)


def machine_at(state: State, ip: str) -> End | None:
    """Who has an address in the nodes' network and is no node: the API server's own machine, or the router.

    Both do without kube-proxy.
    """
    if ip in nodes_by_address(state):
        return None
    router = ip in gateways(state.view.table("nodes"))
    return _outsider(ip) if router or any(address == ip for address, _ in api_servers(state, family(ip))) else None


def _outsider(ip: str) -> End:
    return End("outside", f"outside/{ip}", "", Network((), Routes()))
