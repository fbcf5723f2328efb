"""The questions of chapter 08: where to look first, and what a symptom tells."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import slice_ends
from kdisco.course.question import Question
from kdisco.course.scenes import application, client, service
from kdisco.reach import reach

__all__ = ["QUESTIONS"]

DEBUG = "https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/"
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
ASKER = "pod/default/client"


def _broken(fault: str, **aim: str) -> Cluster:
    c = Cluster(nodes=3)
    c.apply(application("shop") + service("shop", MAPPED) + client(more="nodeName: node-3"))
    c.settle()
    c.inject(fault, **aim)
    return c.settle()


def _refused_timeout() -> str:
    nobody, dropped = (reach(_broken(fault).state, ASKER, "shop").verdict
                       for fault in ("no-endpoints", "network-policy-blocks-port"))  # fmt: skip
    return {("refused", "timeout"): "a", ("timeout", "refused"): "b"}.get((nobody, dropped), "c")


def _empty_slice() -> str:
    emptied = {
        key: not slice_ends(_broken(fault), "shop")
        for key, fault in (("a", "wrong-target-port"), ("b", "wrong-selector"), ("c", "network-policy-blocks-port"))
    }
    return "".join(key for key, empty in emptied.items() if empty)


def _one_node() -> str:
    c = _broken("kube-proxy-stale", node="node-3", service="shop")
    vip = c.get("service", "shop").spec.cluster_ip
    failing = {node.name for node in c.list("nodes") if not reach(c.state, f"node/{node.name}", vip)}
    return "c" if failing == {"node-3"} else "a"


def _half() -> str:
    c = _broken("coredns-stale", service="shop")
    name, vip = "shop.default.svc.cluster.local", c.get("service", "shop").spec.cluster_ip
    told = [c.dns.query(name, pod=pod.name).answer[0][0].address == vip
            for pod in c.list("pods", "kube-system", selector="k8s-app=kube-dns")]  # fmt: skip
    return "d" if sorted(told) == [False, True] else "a"


def _dns_or_not() -> str:
    c = _broken("coredns-down")
    vip = c.get("service", "shop").spec.cluster_ip
    by_name, by_address = reach(c.state, ASKER, "shop").verdict, reach(c.state, ASKER, vip).verdict
    return "b" if (by_name, by_address) == ("unresolved", "answered") else "a"


def _named_port() -> str:
    c = _broken("named-port-missing")
    slices = c.list("endpointslices", "default", selector="kubernetes.io/service-name=shop")
    listed, portless = len(slice_ends(c, "shop")), not any(each.ports for each in slices)
    return {(2, True): "a", (0, True): "c"}.get((listed, portless), "b")


QUESTIONS = (
    Question(name="08/first-look", right="c", source=DEBUG),
    Question(name="08/refused-timeout", right="a", truth=_refused_timeout, source=DEBUG),
    Question(name="08/empty-slice", right="b", about=(1,), truth=_empty_slice, source=DEBUG),
    Question(name="08/one-node", right="c", about=(15,), truth=_one_node, source=DEBUG),
    Question(name="08/half", right="d", truth=_half,
             source="https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"),
    Question(name="08/dns-or-not", right="b", truth=_dns_or_not,
             source="https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/"),
    Question(name="08/named-port", right="a", about=(3,), truth=_named_port,
             source="https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"),
)  # fmt: skip
