"""All kinds of pictures by name, drawn of a cluster: what ``Cluster.diagram`` shows.

Where a picture needs a subject and none is named, the cluster itself suggests one: a ready Pod, a Service
that it would want to reach.
"""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from kdisco import matrix
from kdisco.errors import UsageError
from kdisco.view import discovery, endpoints, packet, reachability, registration, rules, topology
from kdisco.view.backends import backends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kdisco.model.meta import Key
    from kdisco.model.pod import Pod
    from kdisco.model.service import Service
    from kdisco.net.trace import Trace
    from kdisco.store.events import Fact
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["GALLERY", "Subject", "diagram"]


class Past(Protocol):
    """What happened so far."""

    def facts(self) -> Iterable[Fact]:
        """All facts, oldest first."""


class Subject(Protocol):
    """What the pictures ask of a Cluster."""

    @property
    def state(self) -> State:
        """The present moment."""

    @property
    def history(self) -> Past:
        """The past."""

    def branch(self) -> Any:
        """A Cluster with the same past, to try things on."""

    def lookup(self, name: str, pod: str) -> Any:
        """Resolve a name within a Pod."""

    def proxy(self, node: str) -> Any:
        """The kube-proxy of a node."""

    def resolv_conf(self, pod: str) -> str:
        """A Pod's /etc/resolv.conf."""


def diagram(cluster: Subject, kind: str, lang: str = "en", **what: Any) -> Diagram:
    """The picture of a kind, one of GALLERY. Raises UsageError for an unknown kind, keyword or language."""
    painter = GALLERY.get(kind)
    if painter is None:
        near = get_close_matches(str(kind), GALLERY, 1)
        msg = f"diagram: {kind!r} is not one of {', '.join(GALLERY)}" + (f"; did you mean {near[0]}?" if near else "")
        raise UsageError(msg)
    known = [*inspect.signature(painter).parameters][2:]
    for name in what:
        if name not in known:
            msg = f"diagram {kind}: no keyword {name}; there are {', '.join(['lang', *known])}"
            raise UsageError(msg)
    return painter(cluster, lang, **what)


def _topology(cluster: Subject, lang: str, namespace: str | None = "default", since: int | None = None) -> Diagram:
    return topology.topology(cluster.state, lang, namespace, since)


def _registration(cluster: Subject, lang: str, service: str | None = None, namespace: str = "default") -> Diagram:
    key = None if service is None else _key(service, namespace)
    return registration.registration(cluster.state, cluster.history.facts(), lang, key)


def _endpoints(cluster: Subject, lang: str, service: str | None = None, namespace: str = "default") -> Diagram:
    return endpoints.endpoints(cluster.state, _service(cluster.state, service, namespace), lang)


def _discovery(
    cluster: Subject, lang: str, name: str | None = None, pod: str | None = None, lookup: Any = None
) -> Diagram:  # fmt: skip
    asker = _asker(cluster.state) if pod is None else pod.removeprefix("pod/")
    asked = name or _service(cluster.state, None, asker.partition("/")[0], asker)[1]
    walk = lookup if lookup is not None else cluster.branch().lookup(asked, pod=f"pod/{asker}")
    return discovery.discovery(walk, asked, asker, cluster.resolv_conf(f"pod/{asker}"), lang)


def _dnat(
    cluster: Subject,
    lang: str,
    trace: Trace | None = None,
    source: str | None = None,
    to: str | None = None,
    port: int | None = None,
) -> Diagram:  # fmt: skip
    if trace is None:
        pod = source or f"pod/{_asker(cluster.state)}"
        wanted = _front(cluster.state, pod.removeprefix("pod/")) if to is None else (to, 80)
        trace = cluster.branch().send(pod, wanted[0], wanted[1] if port is None else port)
    return packet.packet(trace, lang)


def _rules(
    cluster: Subject, lang: str, node: str | None = None, service: str | None = None, namespace: str = "default"
) -> Diagram:  # fmt: skip
    names = [each.name for each in cluster.state.view.list("nodes")]
    if node is None and not names:
        msg = "diagram rules: the cluster has no node"
        raise UsageError(msg)
    where = names[0] if node is None else node.removeprefix("node/")
    text = cluster.proxy(where).rules(mode="iptables").restore
    return rules.rules(text, "/".join(_service(cluster.state, service, namespace)), where, lang)


def _reachability(
    cluster: Subject, lang: str, services: Iterable[str] | None = None, sources: Iterable[str] | None = None
) -> Diagram:  # fmt: skip
    return reachability.reachability(matrix.reachability(cluster.state, services, sources), lang)


def _key(text: str, namespace: str) -> Key:
    """``web``, ``service/web``, ``ns/web`` or ``service/ns/web`` as (namespace, name)."""
    parts = text.split("/")
    if len(parts) > 1 and parts[0] in ("service", "services", "svc"):
        parts = parts[1:]
    return (parts[0], parts[1]) if len(parts) > 1 else (namespace, parts[0])


def _service(state: State, name: str | None, namespace: str, asker: str = "") -> Key:
    """The Service that is named, else the likeliest one: with ready endpoints, not in front of the asker itself."""
    if name is not None:
        return _key(name, namespace)
    found: list[Service] = [each for each in state.view.list("services") if each.key != ("default", "kubernetes")]
    if not found:
        msg = "there is no Service to draw: create one first"
        raise UsageError(msg)
    return min(found, key=lambda each: _distance(state, each, namespace, asker)).key


def _distance(state: State, service: Service, namespace: str, asker: str) -> tuple[bool, bool, bool, Key]:
    ready = [end for end in backends(state.view, service) if end.state == "ready"]
    itself = any(end.pod is not None and "/".join(end.pod) == asker for end in ready)
    return service.namespace != namespace, not ready, itself, service.key


def _asker(state: State) -> str:
    """A ready Pod with an address of its own, of namespace default if there is one, as ``ns/name``."""
    everyone: Iterable[Pod] = state.view.list("pods")
    pods = [pod for pod in everyone if pod.ready and not pod.spec.host_network and not pod.deleting]
    if not pods:
        msg = "there is no ready Pod to ask from: create one and settle"
        raise UsageError(msg)
    return "/".join(min(pods, key=lambda pod: (pod.namespace != "default", pod.key)).key)


def _front(state: State, asker: str) -> tuple[str, int]:
    """The address and port of the Service that a Pod would likely ask."""
    service: Service = state.view.get("services", _service(state, None, asker.partition("/")[0], asker))
    port = service.spec.ports[0].port if service.spec.ports else 80
    return (service.virtual_ips or (service.name,))[0], port


GALLERY: Mapping[str, Callable[..., Diagram]] = {
    "topology": _topology,
    "registration": _registration,
    "endpoints": _endpoints,
    "discovery": _discovery,
    "dnat": _dnat,
    "rules": _rules,
    "reachability": _reachability,
}
