"""The questions of chapter 03: what registers a Service, who may refuse, who has heard."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.course.scenes import CLIENT, application, client, service
from kdisco.errors import ApiError

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
DNS = "https://github.com/kubernetes/dns/blob/master/docs/specification.md"
SHOP = service("shop", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]")


def _late(*, heard: bool) -> Cluster:
    """A cluster whose Service came when CoreDNS heard of nothing."""
    c = Cluster(nodes=2)
    c.apply(application("shop") + CLIENT)
    c.settle()
    if not heard:
        c.hold("coredns")
    c.apply(SHOP)
    return c.settle()


def _a_record() -> str:
    c = _late(heard=True)
    c.delete("service", "shop")
    c.apply(SHOP.replace("selector", "clusterIP: 10.96.7.7, selector"))
    c.settle()
    answer = c.dns.query("shop.default.svc.cluster.local").answer[0]
    kept = any("file" in text or "hosts" in text for text in c.get("configmap", "coredns", "kube-system").data.values())
    return {("10.96.7.7", False): "c"}.get((answer[0].address, kept), "a")


def _stages() -> str:
    c = Cluster(nodes=0)
    try:
        c.as_user("intern").create(SHOP.replace("port: 80", "port: 0"))
    except ApiError as problem:
        return {"Invalid": "a", "Forbidden": "b"}[problem.reason]
    return "c"


def _cluster_ip() -> str:
    c = Cluster(nodes=0)
    kinds = {
        "a": "type: NodePort, ports: [{port: 80}]",
        "b": "type: LoadBalancer, ports: [{port: 80}]",
        "c": "ports: [{port: 80}]",
        "d": "type: ExternalName, externalName: example.com",
    }
    for key, spec in kinds.items():
        c.apply(service(f"of-{key}", spec))
    return "".join(key for key in kinds if not c.get("service", f"of-{key}").spec.cluster_ip)


def _which_name() -> str:
    c = Cluster(nodes=1)
    c.create("{apiVersion: v1, kind: Namespace, metadata: {name: trade}}")
    c.apply(service("shop", "ports: [{port: 80}]", "trade"))
    c.settle()
    names = {"a": "shop.trade.svc.cluster.local", "b": "trade.shop.svc.cluster.local", "c": "shop.trade.cluster.local"}
    return "".join(key for key, name in names.items() if c.dns.query(name).answer)


def _env() -> str:
    c = _late(heard=True)
    c.apply(client("younger"))
    c.settle()
    has = {name: "SHOP_SERVICE_HOST" in str(c.environment(f"default/{name}")) for name in ("client", "younger")}
    return {(True, True): "a", (False, True): "c", (False, False): "d"}[has["client"], has["younger"]]


def _stale_dns() -> str:
    c = _late(heard=False)
    by_name = bool(c.lookup("shop", "default/client").addresses)
    by_address = c.send("pod/default/client", c.get("service", "shop").spec.cluster_ip).delivered
    return {(False, False): "a", (False, True): "b", (True, True): "c"}[by_name, by_address]


QUESTIONS = (
    Question(name="03/registry", right="d", source=f"{DOCS}/concepts/services-networking/service/"),
    Question(name="03/a-record", right="c", truth=_a_record,
             source="https://github.com/coredns/coredns/blob/master/plugin/kubernetes/README.md"),
    Question(name="03/stages", right="b", truth=_stages, source=f"{DOCS}/concepts/security/controlling-access/"),
    Question(name="03/cluster-ip", right="d", truth=_cluster_ip,
             source=f"{DOCS}/concepts/services-networking/service/#externalname"),
    Question(name="03/which-name", right="a", truth=_which_name, source=DNS),
    Question(name="03/env", right="c", truth=_env,
             source=f"{DOCS}/concepts/services-networking/service/#environment-variables"),
    Question(name="03/stale-dns", right="b", truth=_stale_dns, source=DNS),
)  # fmt: skip
