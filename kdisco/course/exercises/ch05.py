"""The exercises of chapter 05: a name from another namespace, a name for each Pod, fewer questions."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, calls, kept, pod_of, resolves, unless, verdict
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

SHOP = application("shop") + service("shop", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]")
OFFICE = "{apiVersion: v1, kind: Namespace, metadata: {name: office}}\n---\n"
DESK = application("desk", 1, more='env: [{name: SHOP_URL, value: "http://shop:80"}]', namespace="office")
UPSTREAM, FOREIGN = ("api.example.com. 300 IN A 203.0.113.80",), "api.example.com"
MOST_QUESTIONS = 2  # one for A, one for AAAA
HEADLESS = """
c.delete("service", "db")
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [PORT]}
''')
"""
POD_SPEC = """
c.patch("deployment", "crawler", {"spec": {"template": {"spec": SPEC}}})
"""


def _other_namespace(c: Cluster) -> Answer:
    return verdict(kept(c, "service", "shop"), calls(c, pod_of(c, "app=desk", "office"), "SHOP_URL"))


def _headless(c: Cluster) -> Answer:
    ips = {pod.status.pod_ip for pod in c.list("pods", "default", selector="app=db")}
    found = c.lookup("db", pod_of(c, "app=client").removeprefix("pod/"), family="inet").addresses
    ports = [port.port for port in c.get("service", "db").spec.ports]
    return verdict(unless(set(found) == ips, "other-addresses", found=", ".join(found)),
                   unless(ports == [5432], "other-port"), answered(c, "app=client", "db", 5432))  # fmt: skip


def _few_questions(c: Cluster) -> Answer:
    crawler = pod_of(c, "app=crawler")
    found = c.lookup(FOREIGN, crawler.removeprefix("pod/"))
    asked = unless(len(found.questions) <= MOST_QUESTIONS, "many", count=len(found.questions))
    return verdict(resolves(c, crawler, FOREIGN), asked, resolves(c, crawler, "shop"), answered(c, crawler, "shop"))


EXERCISES = (
    Exercise(
        name="05/other-namespace",
        about=(9,),
        manifests=f"{OFFICE}{SHOP}{DESK}",
        check=_other_namespace,
        solution="kubectl set env deployment/desk -n office SHOP_URL=http://shop.default",
        wrong=(
            "kubectl set env deployment/desk -n office SHOP_URL=http://shop.svc.cluster.local",
            "kubectl create service clusterip shop -n office --tcp=80:8080",
        ),
    ),
    Exercise(
        name="05/headless",
        about=(11,),
        manifests=application("db", 2, 5432)
        + service("db", "selector: {app: db}, ports: [{port: 80, targetPort: 5432}]") + CLIENT,
        check=_headless,
        solution=HEADLESS.replace("PORT", "{port: 5432}"),
        wrong=(HEADLESS.replace("PORT", "{port: 80, targetPort: 5432}"),
               HEADLESS.replace("PORT", "{port: 5432}").replace("clusterIP: None, ", "")),
    ),
    Exercise(
        name="05/few-questions",
        about=(10,),
        settings={"upstream": UPSTREAM},
        manifests=SHOP + application("crawler", 1),
        check=_few_questions,
        solution=POD_SPEC.replace("SPEC", '{"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}}'),
        wrong=(POD_SPEC.replace("SPEC", '{"dnsPolicy": "Default"}'),
               POD_SPEC.replace("SPEC", '{"dnsConfig": {"options": [{"name": "ndots", "value": "3"}]}}')),
    ),
)  # fmt: skip
