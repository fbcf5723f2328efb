"""The link from EndpointSlices to rules: what each node's kube-proxy would have to know, and what it knows."""

from __future__ import annotations

from collections.abc import Iterator

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.net.fates import fates
from kdisco.net.lost import host
from kdisco.net.proxy import ports_of
from kdisco.phrase import Phrase
from kdisco.store.state import State
from kdisco.store.table import View

__all__ = ["behind", "proxy_pod", "proxy_runs", "rules"]

LABEL = {"k8s-app": "kube-proxy"}
UNSERVED = frozenset({"nobody"})
Known = dict[tuple[str, int, int], frozenset[str]]  # (protocol, port, family): where packets go


def rules(scene: Scene) -> Iterator[Finding]:
    """The nodes whose rules for this Service are not those that its slices ask for, and matter."""
    state = scene.state
    for node in state.view.list("nodes"):
        view, machine = state.seen_by(f"kube-proxy@{node.name}"), host(state, node.name)
        if _same(scene, view) or machine.down or machine.cut:
            continue
        should, has = _known(scene, state.view, node), _known(scene, view, node)
        wrong = [place for place, targets in should.items() if not has.get(place, UNSERVED) <= targets]
        if wrong:
            yield _finding(scene, node, wrong[0], should, has)


def _same(scene: Scene, view: View) -> bool:
    """Whether a view holds the very same objects."""
    tables = ("services", "endpointslices")
    return all(view.tables.get(name) is scene.view.tables.get(name) for name in tables)


def _known(scene: Scene, view: View, node: Node) -> Known:
    service = view.get("services", scene.service.key)
    found: Known = {}
    for family in (4, 6) if service is not None else ():
        for port in ports_of(view, service, node.name, family):
            if port.cluster_ip:
                found[(port.protocol, port.port, family)] = frozenset(end.target for end in port.reachable)
    return found if service is not None and service.virtual_ips == scene.service.virtual_ips else {}


def _finding(scene: Scene, node: Node, place: tuple[str, int, int], should: Known, has: Known) -> Finding:
    name, state = node.name, scene.state
    runs = proxy_runs(state, name)
    protocol, number, family = place
    wanted = ", ".join(sorted(should[place])) or Phrase("nobody")
    known = ", ".join(sorted(has.get(place, ()))) or Phrase("nobody")
    rule = _rule(scene, name, protocol, number, family)
    objects = (f"node/{name}", *([str(pod)] if (pod := proxy_pod(state, name)) else []), scene.name)
    evidence = Phrase(
        "node/{node} rules of {service}:{port} lead to {known}{rule}; the EndpointSlices say {wanted}",
        node=name, service="/".join(scene.service.key), port=number, known=known, rule=rule, wanted=wanted,
    )
    dead = Phrase("kube-proxy on {node} does not run: the node's rules stay as they were.", node=name)
    stale = Phrase("kube-proxy on {node} has not heard of the newest endpoints: the node's rules are stale.", node=name)
    return Finding(
        code="kube-proxy-stale" if runs else "kube-proxy-dead",
        cause=stale if runs else dead,
        evidence=evidence,
        remedy=behind(state, name),
        objects=objects,
    )


def _rule(scene: Scene, node: str, protocol: str, port: int, family: int) -> str:
    """What the node's rules do with a packet to the Service now, as evidence."""
    here = scene.view.get("nodes", ("", node))
    ips = [ip for ip in here.internal_ips if (":" in ip) == (family == 6)]  # noqa: PLR2004 - the IP version
    fronts = [ip for ip in scene.service.virtual_ips if (":" in ip) == (family == 6)]  # noqa: PLR2004 - the IP version
    if not ips or not fronts:
        return ""
    found = {fate.verdict for fate in fates(scene.state, node, ips[0], fronts[0], port, protocol)}
    return f" ({', '.join(sorted(found))})"


def proxy_pod(state: State, node: str) -> Pod | None:
    """The kube-proxy Pod of a node, where kube-proxy runs in Pods."""
    found = state.view.table("pods").find("node", node)
    return next((pod for pod in found if pod.labels.get("k8s-app") == LABEL["k8s-app"]), None)


def proxy_runs(state: State, node: str) -> bool:
    """Whether a node's kube-proxy runs, as far as anybody can tell."""
    pod = proxy_pod(state, node)
    if pod is None:
        return not any(True for _ in state.view.select("pods", "kube-system", LABEL))
    return pod.ready and not pod.deleting


def behind(state: State, node: str) -> str:
    """The command that starts a node's kube-proxy anew."""
    pod = proxy_pod(state, node)
    if pod is not None:
        return remedy.delete(pod)
    if any(True for _ in state.view.select("pods", "kube-system", LABEL)):
        return "kubectl rollout restart daemonset/kube-proxy -n kube-system"
    return remedy.on_node(node, "systemctl restart kube-proxy")
