"""The questions of chapter 05: names, who completes them, what they lead to."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.question import Question
from kdisco.course.scenes import CLIENT, application, client, service

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
DNS = "https://github.com/kubernetes/dns/blob/master/docs/specification.md"
NAMES = f"{DOCS}/concepts/services-networking/dns-pod-service/"
ZONE = "default.svc.cluster.local"
UPSTREAM = ("api.example.com. 300 IN A 203.0.113.80",)
STATEFUL = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: SERVICE
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: postgres, ports: [{containerPort: 5432}]}]}
---
"""


def _town(more: str = "") -> Cluster:
    """A shop in default, a client there and one in the namespace office."""
    c = Cluster(nodes=2, upstream=UPSTREAM)
    c.create("{apiVersion: v1, kind: Namespace, metadata: {name: office}}")
    shop = service("shop", "selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}]")
    c.apply(application("shop") + shop + CLIENT + client("desk", "office") + more)
    return c.settle()


def _headless() -> Cluster:
    spec = "clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 80, targetPort: 5432}]"
    return _town(application("db", 2, 5432) + service("db", spec))


def _short_name() -> str:
    found = _town().lookup("shop", "office/desk")
    return "a" if found.addresses else {"EAI_NONAME": "b"}[str(found.error)]


def _fqdn() -> str:
    c = _town()
    names = {"a": "shop", "b": "shop.default", "c": "shop.default.svc", "d": f"shop.{ZONE}"}
    return next(key for key, name in names.items() if c.lookup(name, "office/desk").addresses)


def _who_appends() -> str:
    c = _town()
    first = c.lookup("shop", "default/client").questions[0][0]
    return "b" if first.startswith(f"shop.{ZONE}") and not c.dns.query("shop").answer else "a"


def _ndots() -> str:
    found = _town().lookup("api.example.com", "default/client", family="inet")
    return {1: "a", 4: "d", 5: "b"}[len(found.questions)]


def _headless_addresses() -> str:
    return {1: "a", 2: "c", 0: "b"}[len(_headless().lookup("db", "default/client", family="inet").addresses)]


def _headless_port() -> str:
    c = _headless()
    ends = {port: c.send("pod/default/client", "db", port).delivered for port in (80, 5432)}
    return {(False, True): "d", (True, True): "b", (True, False): "a"}[ends[80], ends[5432]]


def _external_name() -> str:
    c = _town(service("api", "type: ExternalName, externalName: api.example.com"))
    told = c.kubectl("get endpointslices,endpoints -l kubernetes.io/service-name=api")
    alone = c.kubectl("get endpoints api")
    return "b" if "No resources found" in told and "NotFound" in alone else "a"


def _srv() -> str:
    answer = _town().dns.query(f"_http._tcp.shop.{ZONE}", "SRV").answer[0][0]
    return {80: "a", 8080: "b"}[answer.port]


def _stateful() -> str:
    headless = service("db", "clusterIP: None, selector: {app: db}, ports: [{port: 5432}]")
    found = {}
    for name in ("db", "data"):
        c = _town(headless + STATEFUL.replace("SERVICE", name))
        found[name] = bool(c.lookup("db-0.db", "default/client").addresses)
    return {(True, False): "c", (True, True): "b"}[found["db"], found["data"]]


QUESTIONS = (
    Question(name="05/short-name", right="b", about=(9,), truth=_short_name, source=f"{NAMES}#namespaces-of-services"),
    Question(name="05/fqdn", right="b", about=(9,), truth=_fqdn, source=NAMES),
    Question(name="05/who-appends", right="b", about=(9,), truth=_who_appends, source=NAMES),
    Question(name="05/ndots", right="d", about=(10,), truth=_ndots,
             source="https://github.com/kubernetes/kubernetes/issues/33554"),
    Question(name="05/headless", right="c", about=(11,), truth=_headless_addresses,
             source=f"{DOCS}/concepts/services-networking/service/#headless-services"),
    Question(name="05/headless-port", right="d", about=(11,), truth=_headless_port,
             source=f"{DOCS}/concepts/services-networking/service/#headless-services"),
    Question(name="05/external-name", right="b", about=(20,), truth=_external_name,
             source=f"{DOCS}/concepts/services-networking/service/#externalname"),
    Question(name="05/srv", right="a", truth=_srv, source=DNS),
    Question(name="05/stateful", right="c", about=(23,), truth=_stateful,
             source=f"{DOCS}/concepts/workloads/controllers/statefulset/#stable-network-id"),
)  # fmt: skip
