"""From a name to an address: the cluster DNS is behind a Service too, so its own chain is walked first."""

from __future__ import annotations

from attrs import evolve

from kdisco.explain.backends import behind
from kdisco.explain.finding import Finding
from kdisco.explain.names import answers, cluster_dns, lookups, nameservers, zone
from kdisco.explain.scene import Scene
from kdisco.net.memo import Memo
from kdisco.phrase import Phrase

__all__ = ["discovery"]

DOWN = (  # what is wrong with the Pods behind kube-dns means that CoreDNS is down
    "crash-loop", "image-pull-error", "init-container-failing", "liveness-failing", "no-endpoints", "pod-finished",
    "pod-starting", "pod-terminating", "pod-unschedulable", "pods-not-created", "readiness-failing", "startup-failing",
    "stuck-terminating",
)  # fmt: skip

_SERVER: Memo[tuple[Finding, ...]] = Memo(4)
_ASKING: Memo[tuple[Finding, ...]] = Memo(4)


def discovery(scene: Scene, *, blamed: bool) -> tuple[Finding, ...]:
    """What keeps Pods from finding the Service by its name; ``blamed``: its back ends are known to be at fault.

    What is the same for all Services of a state is found once.
    """
    dns = cluster_dns(scene.state)
    if dns is None:
        return ()
    if dns.key != scene.service.key:
        first = _SERVER.get((scene.state,), (scene.dump, scene.partial), lambda: _server(scene))
        if first:
            return first
    misled = tuple(nameservers(scene))
    if misled:
        return misled
    if not blamed or scene.service.virtual_ips:  # the names of a headless Service follow from its endpoints
        stale = tuple(answers(scene))
        if stale:
            return stale
    return _ASKING.get((scene.state,), (scene.dump,), lambda: tuple(zone(scene.state)) or tuple(lookups(scene)))


def _server(scene: Scene) -> tuple[Finding, ...]:
    """What is wrong behind kube-dns."""
    dns = cluster_dns(scene.state)
    if dns is None:
        return ()
    found, _ = behind(Scene(scene.state, dns, scene.dump, scene.partial, only="UDP"))
    return tuple(map(_of_dns, found))


def _of_dns(found: Finding) -> Finding:
    if found.code in DOWN:
        cause = Phrase("The cluster DNS does not answer: {cause}", cause=found.cause)
        return evolve(found, code="coredns-down", cause=cause)
    if found.code == "network-policy-blocks-port":
        return evolve(found, code="network-policy-blocks-dns")
    return found
