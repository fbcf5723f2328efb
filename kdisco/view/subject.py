"""What a picture is about where nobody names it: a ready Pod, a Service that it would want to reach, a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.errors import UsageError
from kdisco.phrase import Phrase
from kdisco.view.backends import backends

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.model.meta import Key
    from kdisco.model.pod import Pod
    from kdisco.model.service import Service
    from kdisco.model.workload import Deployment
    from kdisco.store.state import State

__all__ = ["asker", "front", "key_of", "likely_node", "likely_service", "likely_workload"]


def key_of(text: str, namespace: str, *kinds: str) -> Key:
    """``web``, ``service/web``, ``ns/web`` or ``service/ns/web`` as (namespace, name), for names of ``kinds``."""
    parts = text.split("/")
    if len(parts) > 1 and parts[0] in kinds:
        parts = parts[1:]
    return (parts[0], parts[1]) if len(parts) > 1 else (namespace, parts[0])


def likely_service(state: State, name: str | None, namespace: str, asker: str = "") -> Key:
    """The Service that is named, else the likeliest one: with ready endpoints, not in front of the asker itself."""
    if name is not None:
        return key_of(name, namespace, "service", "services", "svc")
    found: list[Service] = [each for each in state.view.list("services") if each.key != ("default", "kubernetes")]
    if not found:
        msg = Phrase("there is no Service to draw: create one first")
        raise UsageError(msg)
    return min(found, key=lambda each: _distance(state, each, namespace, asker)).key


def _distance(state: State, service: Service, namespace: str, asker: str) -> tuple[bool, bool, bool, Key]:
    ready = [end for end in backends(state.view, service) if end.state == "ready"]
    itself = any(end.pod is not None and "/".join(end.pod) == asker for end in ready)
    return service.namespace != namespace, not ready, itself, service.key


def asker(state: State) -> str:
    """A ready Pod with an address of its own, of namespace default if there is one, as ``ns/name``."""
    everyone: Iterable[Pod] = state.view.list("pods")
    pods = [pod for pod in everyone if pod.ready and not pod.spec.host_network and not pod.deleting]
    if not pods:
        msg = Phrase("there is no ready Pod to ask from: create one and settle")
        raise UsageError(msg)
    return "/".join(min(pods, key=lambda pod: (pod.namespace != "default", pod.key)).key)


def front(state: State, pod: str) -> tuple[str, int]:
    """The address and port of the Service that a Pod (``ns/name``) would likely ask."""
    service: Service = state.view.get("services", likely_service(state, None, pod.partition("/")[0], pod))
    port = service.spec.ports[0].port if service.spec.ports else 80
    return (service.virtual_ips or (service.name,))[0], port


def likely_node(state: State, name: str | None, kind: str, *, busy: bool = False) -> str:
    """The node that is named, else the first, or with ``busy`` the one that tracks most connections."""
    names = [each.name for each in state.view.list("nodes")]
    if name is not None:
        return name.removeprefix("node/")
    if not names:
        msg = Phrase("diagram {kind}: the cluster has no node", kind=kind)
        raise UsageError(msg)
    found: str = max(names, key=lambda each: _tracked(state, each) if busy else 0)
    return found


def _tracked(state: State, node: str) -> int:
    table = state.conntrack.get(node)
    return 0 if table is None else len(table.entries)


def likely_workload(state: State, name: str | None, namespace: str) -> Key:
    """The Deployment that is named, else one that is in the middle of a rollout, else the first of the namespace."""
    if name is not None:
        return key_of(name, namespace, "deployment", "deployments", "deploy")
    found: list[Deployment] = list(state.view.list("deployments"))
    if not found:
        msg = Phrase("there is no Deployment to draw: create one first")
        raise UsageError(msg)
    return min(
        found,
        key=lambda each: (
            each.namespace != namespace,
            each.status.updated_replicas == each.status.replicas == each.status.available_replicas,
            each.key,
        ),
    ).key
