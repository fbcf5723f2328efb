"""The questions of chapter 09: manifests, dumps, and what commands really say."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import slice_ends
from kdisco.course.question import Question
from kdisco.course.scenes import application, service
from kdisco.errors import KdiscoError

__all__ = ["QUESTIONS"]

DOCS = "https://kubernetes.io/docs"
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"


def _shop() -> Cluster:
    c = Cluster(nodes=2)
    c.apply(application("shop") + service("shop", MAPPED))
    return c.settle()


def _refused(c: Cluster, *what: str) -> bool:
    """Whether a patch (kind, name, JSON) is refused."""
    return bool(c.kubectl(f"patch {what[0]} {what[1]} --dry-run=server -p '{what[2]}'").exit)


def _dump() -> str:
    told = _shop().kubectl("get all -A")
    there = {"a": "deployment.apps/" in told, "b": "service/" in told, "c": "endpointslice" in told}
    return "".join(key for key, listed in there.items() if not listed)


def _dry_run() -> str:
    c = _shop()
    revision = c.revision
    try:
        c.apply(service("Bad_Name", MAPPED), dry_run=True)
    except KdiscoError:
        c.apply(service("good", MAPPED), dry_run=True)
        return "d" if c.revision == revision else "a"
    return "b"


def _names() -> str:
    c = _shop()
    ports = {"none": "{port: 80}, {port: 81}", "both": "{name: http, port: 80}, {name: admin, port: 81}"}
    ends = {}
    for key, listed in ports.items():
        try:
            c.create(service("two", f"selector: {{app: shop}}, ports: [{listed}]"), dry_run=True)
            ends[key] = True
        except KdiscoError:
            ends[key] = False
    return "b" if ends == {"none": False, "both": True} else "a"


def _immutable() -> str:
    c = _shop()
    tried = {
        "a": ("service", "shop", '{"spec": {"selector": {"app": "x"}}}'),
        "b": ("service", "shop", '{"spec": {"ports": [{"port": 80, "targetPort": 81}]}}'),
        "c": ("deployment", "shop", '{"spec": {"selector": {"matchLabels": {"app": "x"}}}}'),
        "d": ("deployment", "shop", '{"spec": {"replicas": 5}}'),
    }
    return "".join(key for key, what in tried.items() if _refused(c, *what))


def _undo() -> str:
    c = _shop()
    c.kubectl("set image deployment/shop web=nginx:1.28")
    c.settle()
    c.scale("deployment/shop", 5)
    c.settle()
    c.kubectl("rollout undo deployment/shop")
    c.settle()
    found = c.get("deployment", "shop").spec
    image = found.template.spec.containers[0].image
    return {("nginx:1.27", 5): "a", ("nginx:1.27", 2): "b"}.get((image, found.replicas), "c")


def _owner() -> str:
    c = _shop()
    c.delete("deployment", "shop")
    c.settle()
    services = [each.name for each in c.list("services", "default")]
    return "d" if "shop" in services and not slice_ends(c, "shop") and not c.list("pods", "default") else "a"


QUESTIONS = (
    Question(name="09/dump", right="c", about=(19,), truth=_dump,
             source=f"{DOCS}/reference/kubectl/generated/kubectl_get/"),
    Question(name="09/dry-run", right="d", truth=_dry_run, source=f"{DOCS}/reference/using-api/api-concepts/#dry-run"),
    Question(name="09/names", right="b", truth=_names,
             source=f"{DOCS}/concepts/services-networking/service/#multi-port-services"),
    Question(name="09/real-kubectl", right="b", source=f"{DOCS}/concepts/overview/components/"),
    Question(name="09/immutable", right="c", truth=_immutable,
             source=f"{DOCS}/concepts/workloads/controllers/deployment/#label-selector-updates"),
    Question(name="09/undo", right="a", truth=_undo,
             source=f"{DOCS}/concepts/workloads/controllers/deployment/#rolling-back-a-deployment"),
    Question(name="09/owner", right="d", truth=_owner,
             source=f"{DOCS}/concepts/architecture/garbage-collection/"),
)  # fmt: skip
