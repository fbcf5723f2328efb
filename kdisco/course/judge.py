"""What checks are made of: each looks at one thing in a cluster and gives None, or the word for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kdisco.attempt import ANSWERED
from kdisco.course.verdict import Said
from kdisco.errors import NotFound
from kdisco.reach import reach

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.course.workbook import Answer

__all__ = [
    "Missing", "answered", "backends", "calls", "heard", "kept", "pod_of", "ready_pods", "replicas", "resolves",
    "silent", "slice_ends", "unless", "verdict",
]  # fmt: skip

Missing = Said | str | None


def verdict(*found: Missing) -> Answer:
    """True, or the first thing that is missing."""
    return next((each for each in found if each is not None), True)


def unless(holds: object, key: str, **values: Any) -> Missing:
    """The word ``key`` unless something holds."""
    return None if holds else Said(key, values)


def kept(c: Cluster, kind: str, *names: str, namespace: str = "default") -> Missing:
    """Whether objects are still there: they were to be mended, not removed."""
    for name in names:
        try:
            c.get(kind, name, namespace)
        except NotFound:
            return Said("gone", {"kind": kind, "name": name})
    return None


def ready_pods(c: Cluster, selector: str, namespace: str = "default") -> list[Any]:
    """The ready Pods with a label, in the order of their names, without those that are being deleted."""
    found = c.list("pods", namespace, selector=selector)
    return [each for each in found if each.ready and each.metadata.deletion_timestamp is None]


def pod_of(c: Cluster, selector: str, namespace: str = "default") -> str:
    """The first ready Pod with a label as ``pod/ns/name``; raises NotFound where there is none."""
    found = ready_pods(c, selector, namespace)
    if not found:
        msg = f"no ready Pod carries {selector} in namespace {namespace}"
        raise NotFound(msg)
    return f"pod/{namespace}/{found[0].name}"


def answered(c: Cluster, source: str, to: str, port: int = 80, protocol: str = "tcp") -> Missing:
    """Whether every connection from a source (``app=web`` for the first Pod with a label) is answered."""
    return _reached(c, source, to, port, protocol, wanted=True)


def silent(c: Cluster, source: str, to: str, port: int = 80, protocol: str = "tcp") -> Missing:
    """Whether no connection is answered."""
    return _reached(c, source, to, port, protocol, wanted=False)


def heard(c: Cluster, source: str, to: str, port: int = 80) -> Missing:
    """The same as ``answered``, but only what the caller reads is told, and not why."""
    asker = _source(c, source)
    if isinstance(asker, Said):
        return asker
    found = reach(c.state, asker, to, port)
    return unless(found, f"still {found.verdict}", source=asker, to=f"{to}:{port}")


def calls(c: Cluster, pod: str, variable: str) -> Missing:
    """Whether a Pod (``pod/ns/name``) is answered at the URL that it has in a variable."""
    url = urlsplit(c.environment(pod.removeprefix("pod/"))[variable])
    return heard(c, pod, url.hostname, url.port or 80) if url.hostname else Said("no host", {"variable": variable})


def _source(c: Cluster, source: str) -> str | Said:
    """A source as it is, or for a label (``app=web``, ``app=web in trade``) the first Pod that carries it."""
    label, _, namespace = source.partition(" in ")
    if "=" not in label:
        return source
    pods = ready_pods(c, label, namespace or "default")
    if not pods:
        return Said("no pods", {"selector": label, "namespace": namespace or "default"})
    return f"pod/{pods[0].namespace}/{pods[0].name}"


def _reached(c: Cluster, source: str, to: str, port: int, protocol: str, *, wanted: bool) -> Missing:
    asker = _source(c, source)
    if isinstance(asker, Said):
        return asker
    found = reach(c.state, asker, to, port, protocol)
    if wanted:
        return None if found else Said("unreached", {"source": asker, "to": f"{to}:{port}", "why": found.why})
    answers = any(each.outcome == ANSWERED for each in found.attempts)
    return Said("reached", {"source": asker, "to": f"{to}:{port}"}) if answers else None


def slice_ends(c: Cluster, service: str, namespace: str = "default") -> list[Any]:
    """The endpoints of a Service that get traffic: those that are ready, of all its EndpointSlices."""
    slices = c.list("endpointslices", namespace, selector=f"kubernetes.io/service-name={service}")
    return [end for each in slices for end in each.endpoints or () if end.conditions.ready is not False]


def backends(c: Cluster, service: str, wanted: int, namespace: str = "default") -> Missing:
    """Whether a Service has so many ready endpoints."""
    count = len(slice_ends(c, service, namespace))
    return unless(count == wanted, "backends", service=service, count=count, wanted=wanted)


def replicas(c: Cluster, name: str, wanted: int, namespace: str = "default") -> Missing:
    """Whether a Deployment wants so many replicas."""
    count = c.get("deployments", name, namespace).spec.replicas
    return unless(count == wanted, "replicas", name=name, count=count, wanted=wanted)


def resolves(c: Cluster, pod: str, name: str) -> Missing:
    """Whether a Pod (``pod/ns/name``, or ``app=web`` for the first with a label) gets an address for a name."""
    source = pod_of(c, pod) if "=" in pod else pod
    found = c.lookup(name, source.removeprefix("pod/"))
    return unless(found.addresses, "unresolved", pod=source, name=name, why=found.error or "NODATA")
