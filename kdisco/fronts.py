"""What a cluster answers for its parts: its DNS, each node's kube-proxy, the names that Pods go by."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.kinds import resource
from kdisco.model.pod import Pod
from kdisco.store.apiserver import not_found
from kdisco.store.state import State

if TYPE_CHECKING:
    import dns.message

    from kdisco.dns.lookup import Lookup
    from kdisco.net.fabric import Routes
    from kdisco.net.fates import Fate
    from kdisco.net.rule import Rules

__all__ = ["DnsFront", "ProxyFront", "find_pod", "lookup", "resolv_conf", "routes"]

POD_PARTS = 2


@frozen
class DnsFront:
    """The cluster DNS as it answers now, from what CoreDNS has seen."""

    now: Callable[[], State]

    def query(
        self, qname: str, qtype: str = "A", client: str | None = None, udp_size: int | None = None
    ) -> dns.message.Message:
        """The response to a question. ``client`` is the asking address; ``udp_size`` in bytes, None: no EDNS."""
        message: dns.message.Message = _server(self.now()).query(qname, qtype, client=client, udp_size=udp_size)
        return message

    def wire(self, data: bytes, protocol: str = "udp", client: str | None = None) -> bytes:
        """One DNS message in, one out (no TCP length); empty bytes where CoreDNS would stay silent."""
        answer: bytes = _server(self.now()).wire(data, protocol=protocol, client=client)
        return answer


@frozen
class ProxyFront:
    """One node's kube-proxy: the rules it made of what it has seen, and what they do to packets."""

    now: Callable[[], State]
    node: str

    def rules(self, mode: str | None = None, family: int = 4) -> Rules:
        """The rules as text: ``jumps``, ``restore``, ``save``. ``family`` is 4 or 6."""
        found: Rules = import_module("kdisco.net.text").rules(self.now(), self.node, mode, family)
        return found

    def fates(self, source: str, destination: str, port: int, protocol: str = "tcp") -> tuple[Fate, ...]:
        """Every way of a connection's first packet on this node, with exact probabilities."""
        found: tuple[Fate, ...] = import_module("kdisco.net.fates").fates(
            self.now(), self.node, source, destination, port, protocol
        )
        return found


def find_pod(state: State, name: str) -> Pod:
    """The Pod named ``ns/name``, ``pod/ns/name`` or, in namespace default, ``name``; raises NotFound."""
    parts = name.split("/") if isinstance(name, str) else []
    if parts and parts[0] in ("pod", "pods", "po"):
        parts = parts[1:]
    if not 1 <= len(parts) <= POD_PARTS or not all(parts):
        msg = f'a Pod is named "namespace/name", not {name!r}'
        raise UsageError(msg)
    key = ("default", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    found: Pod | None = state.view.get("pods", key)
    if found is None:
        raise not_found(resource("pods"), key[1])
    return found


def routes(state: State, where: str) -> Routes:
    """The routing table of a Pod or a node; raises UsageError or NotFound for what is neither."""
    end = import_module("kdisco.net.ends").end_of(state, where)
    found: Routes = end.network.routes
    return found


def resolv_conf(state: State, pod: Pod) -> str:
    """The text of a Pod's /etc/resolv.conf."""
    node = state.view.get("nodes", ("", pod.spec.node_name))
    node_ips = node.internal_ips if node else ()
    text: str = import_module("kdisco.dns.resolvconf").resolv_conf(pod, state.config, _nameservers(state), node_ips)
    return text


def lookup(state: State, name: str, pod: Pod, libc: str, family: str) -> Lookup:
    """What getaddrinfo() in a Pod asks and finds."""
    resolver: Any = import_module("kdisco.dns.resolver")
    server = _server(state)
    client = pod.addresses[0] if pod.addresses else None

    def ask(nameserver: str, qname: str, qtype: str) -> Any:
        return server.reply(nameserver, qname, qtype, client=client)

    found: Lookup = resolver.lookup(name, resolv_conf(state, pod), ask, libc, family, own=pod.addresses)
    return found


def _nameservers(state: State) -> tuple[str, ...]:
    """The kubelet's --cluster-dns: as configured, else the addresses of Service kube-dns."""
    if state.config.cluster_dns is not None:
        return state.config.cluster_dns
    service = state.view.get("services", ("kube-system", "kube-dns"))
    return service.virtual_ips if service is not None else ()


def _server(state: State) -> Any:
    """CoreDNS as of now; imported late, because dnspython is not needed to have a cluster."""
    pods = state.view.select("pods", "kube-system", {"k8s-app": "kube-dns"})
    own = tuple(ip for pod in pods for ip in pod.addresses)
    server: Any = import_module("kdisco.dns.server")
    return server.Server(view=state.seen_by("coredns"), config=state.config, now=state.epoch + state.now, local_ips=own)
