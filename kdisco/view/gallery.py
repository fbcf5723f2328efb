"""All kinds of pictures by name, drawn of a cluster: what ``Cluster.diagram`` shows.

Where a picture needs a subject and none is named, the cluster itself suggests one (``kdisco.view.subject``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve

from kdisco import matrix
from kdisco.arguments import painter
from kdisco.net.memo import Memo
from kdisco.net.walk import send
from kdisco.view import (
    conntrack,
    discovery,
    endpoints,
    journey,
    lifecycle,
    modes,
    network,
    packet,
    reachability,
    records,
    registration,
    rollout,
    rules,
    selector,
    setup,
    timeline,
    topology,
    vxlan,
    watch,
)
from kdisco.view import service as front_back
from kdisco.view.jumps import READERS, reached
from kdisco.view.subject import asker, front, key_of, likely_node, likely_service, likely_workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kdisco.config import ClusterConfig
    from kdisco.model.meta import Key
    from kdisco.net.trace import Trace
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["GALLERY", "Subject", "diagram"]

MODES = ("iptables", "nftables", "ipvs")
TRIES = 16  # packets sent to find one that leaves its node


class Subject(Protocol):
    """What the pictures ask of a Cluster."""

    @property
    def state(self) -> State:
        """The present moment."""

    @property
    def history(self) -> Any:
        """The past."""

    @property
    def dns(self) -> Any:
        """The cluster DNS."""

    def branch(self) -> Any:
        """A Cluster with the same past, to try things on."""

    def lookup(self, name: str, pod: str) -> Any:
        """Resolve a name within a Pod."""

    def proxy(self, node: str) -> Any:
        """The kube-proxy of a node."""

    def resolv_conf(self, pod: str) -> str:
        """A Pod's /etc/resolv.conf."""


def diagram(cluster: Subject, kind: str, lang: str | None = None, **what: Any) -> Diagram:
    """The picture of a kind, one of GALLERY. Raises UsageError for an unknown kind, keyword or language."""
    return painter("diagram", GALLERY, kind, what)(cluster, lang, **what)


def _topology(
    cluster: Subject, lang: str | None, namespace: str | None = "default", since: int | None = None
) -> Diagram:
    return topology.topology(cluster.state, lang, namespace, since)


def _network(cluster: Subject, lang: str | None, namespace: str | None = None) -> Diagram:
    return network.network(cluster.state, lang, namespace)


def _service(
    cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default", since: int | None = None
) -> Diagram:
    past = None if since is None else cluster.history.until(since).state.view
    return front_back.service(cluster.state, likely_service(cluster.state, service, namespace), lang, past)


def _registration(
    cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default"
) -> Diagram:
    return registration.registration(cluster.state, cluster.history.facts(), lang, _named(service, namespace))


def _setup(cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default") -> Diagram:
    return setup.setup(cluster.state, cluster.history.facts(), lang, _named(service, namespace))


def _named(service: str | None, namespace: str) -> Key | None:
    return None if service is None else key_of(service, namespace, "service", "services", "svc")


def _endpoints(cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default") -> Diagram:
    return endpoints.endpoints(cluster.state, likely_service(cluster.state, service, namespace), lang)


def _selector(cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default") -> Diagram:
    return selector.selector(cluster.state, likely_service(cluster.state, service, namespace), lang)


def _records(cluster: Subject, lang: str | None, namespace: str | None = "default") -> Diagram:
    return records.records(cluster.state, cluster.branch().dns.query, lang, namespace)


def _discovery(
    cluster: Subject, lang: str | None, name: str | None = None, pod: str | None = None, lookup: Any = None
) -> Diagram:
    who, asked = _question(cluster, name, pod)
    walk = lookup if lookup is not None else cluster.branch().lookup(asked, pod=f"pod/{who}")
    return discovery.discovery(walk, asked, who, cluster.resolv_conf(f"pod/{who}"), lang)


def _question(cluster: Subject, name: str | None, pod: str | None) -> tuple[str, str]:
    """Who asks (``ns/name``), and for which name."""
    who = asker(cluster.state) if pod is None else pod.removeprefix("pod/")
    return who, name or likely_service(cluster.state, None, who.partition("/")[0], who)[1]


def _journey(
    cluster: Subject, lang: str | None, name: str | None = None, pod: str | None = None, port: int = 80
) -> Diagram:
    who, asked = _question(cluster, name, pod)
    other = cluster.branch()
    walk = other.lookup(asked, pod=f"pod/{who}")
    trace = other.send(f"pod/{who}", walk.addresses[0], port) if walk.addresses else None
    return journey.journey(walk, trace, asked, who, lang)


def _dnat(
    cluster: Subject,
    lang: str | None,
    trace: Trace | None = None,
    source: str | None = None,
    to: str | None = None,
    port: int | None = None,
) -> Diagram:
    return packet.packet(trace or _sent(cluster, source, to, port), lang)


def _vxlan(
    cluster: Subject,
    lang: str | None,
    trace: Trace | None = None,
    source: str | None = None,
    to: str | None = None,
    port: int | None = None,
) -> Diagram:
    found = trace or _sent(cluster, source, to, port, TRIES)
    return vxlan.vxlan(found, lang)


def _sent(cluster: Subject, source: str | None, to: str | None, port: int | None, tries: int = 1) -> Trace:
    """A packet sent in a cluster of its own; of several ``tries`` the first that leaves its node."""
    pod, other = source or f"pod/{asker(cluster.state)}", cluster.branch()
    wanted = front(cluster.state, pod.removeprefix("pod/")) if to is None else (to, 80)
    trace: Trace = other.send(pod, wanted[0], wanted[1] if port is None else port)
    while tries > 1 and trace.outer is None:
        trace, tries = other.send(pod, wanted[0], wanted[1] if port is None else port), tries - 1
    return trace


def _rules(
    cluster: Subject,
    lang: str | None,
    node: str | None = None,
    service: str | None = None,
    namespace: str = "default",
    mode: str | None = None,
) -> Diagram:
    where, own = likely_node(cluster.state, node, "rules", busy=True), cluster.state.config.proxy.mode
    key, used = likely_service(cluster.state, service, namespace), mode or own
    text = _counted(cluster, where) if used == own == "iptables" else _text(cluster, where, used)
    return rules.rules(text, "/".join(key), where, lang, used, _owners(cluster.state))


def _counted(cluster: Subject, node: str) -> str:
    text: str = cluster.proxy(node).counters().save
    return text


def _text(cluster: Subject, node: str, mode: str) -> str:
    """What kube-proxy would set up in a mode; raises UsageError for one there is not."""
    found = cluster.proxy(node).rules(mode=mode)
    text: str = found.ipvsadm if mode == "ipvs" else found.restore
    return text


def _owners(state: State) -> Mapping[str, str]:
    """Whose an address is: that of a Service."""
    return {ip: "/".join(each.key) for each in state.view.list("services") for ip in each.virtual_ips}


def _modes(
    cluster: Subject, lang: str | None, service: str | None = None, namespace: str = "default", node: str | None = None
) -> Diagram:
    state = cluster.state
    where, key = likely_node(state, node, "modes"), likely_service(state, service, namespace)
    found = [_mode(cluster, mode, where, key) for mode in MODES]
    return modes.modes(found, "/".join(key), sum(1 for _ in state.view.list("services")), lang)


def _mode(cluster: Subject, mode: str, node: str, key: Key) -> modes.ModeOf:
    """One mode's jumps for a Service, and how many rules its first packet meets on arrival from the node itself."""
    state, text = cluster.state, _text(cluster, node, mode)
    owners = {"owners": _owners(state)} if mode == "ipvs" else {}
    listed = reached(READERS[mode](text, **owners), "/".join(key))
    found, visited = state.view.get("services", key), None
    if found is not None and found.virtual_ips and found.spec.ports:
        config = _IN_MODE.get((state.config,), (mode,), lambda: _in_mode(state.config, mode))
        trace = send(evolve(state, config=config), f"node/{node}", found.virtual_ips[0], found.spec.ports[0].port)[1]
        visited = next((count for _, table, _, count in trace.visits if table == "nat"), None)
    return modes.ModeOf(mode=mode, jumps=listed, visited=visited)


_IN_MODE: Memo[ClusterConfig] = Memo(16)  # the same one each time: rules are remembered by it


def _in_mode(config: ClusterConfig, mode: str) -> ClusterConfig:
    return evolve(config, proxy=evolve(config.proxy, mode=mode))


def _conntrack(cluster: Subject, lang: str | None, node: str | None = None) -> Diagram:
    return conntrack.conntrack(cluster.state, likely_node(cluster.state, node, "conntrack", busy=True), lang)


def _watch(cluster: Subject, lang: str | None) -> Diagram:
    return watch.watch(cluster.state, lang)


def _timeline(cluster: Subject, lang: str | None) -> Diagram:
    return timeline.timeline(cluster.state, cluster.history, lang)


def _lifecycle(cluster: Subject, lang: str | None, pod: str | None = None, namespace: str = "default") -> Diagram:
    if pod is None:
        return lifecycle.lifecycle(cluster.state, lang)
    found = cluster.state.view.get("pods", key_of(pod, namespace, "pod", "pods", "po"))
    return lifecycle.lifecycle(cluster.state, lang, [found] if found is not None else [])


def _rollout(cluster: Subject, lang: str | None, deployment: str | None = None, namespace: str = "default") -> Diagram:
    return rollout.rollout(cluster.state, likely_workload(cluster.state, deployment, namespace), lang)


def _reachability(
    cluster: Subject, lang: str | None, services: Iterable[str] | None = None, sources: Iterable[str] | None = None
) -> Diagram:
    return reachability.reachability(matrix.reachability(cluster.state, services, sources), lang)


GALLERY: Mapping[str, Callable[..., Diagram]] = {
    "topology": _topology,
    "network": _network,
    "service": _service,
    "registration": _registration,
    "service-journey": _setup,
    "selector": _selector,
    "endpoints": _endpoints,
    "records": _records,
    "discovery": _discovery,
    "journey": _journey,
    "dnat": _dnat,
    "vxlan": _vxlan,
    "rules": _rules,
    "modes": _modes,
    "conntrack": _conntrack,
    "watch": _watch,
    "timeline": _timeline,
    "pod-lifecycle": _lifecycle,
    "rollout": _rollout,
    "reachability": _reachability,
}
