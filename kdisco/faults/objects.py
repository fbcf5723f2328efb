"""Faults that are written into objects: selectors, ports, probes, types."""

from __future__ import annotations

from typing import Any

from kdisco.control.listen import listens
from kdisco.errors import UsageError
from kdisco.faults.fault import Fault, described
from kdisco.faults.hand import Hand
from kdisco.faults.standing import free_addresses
from kdisco.model.selector import LabelSelector
from kdisco.phrase import Phrase

__all__ = ["OBJECTS"]

RECREATE = {"strategy": {"type": "Recreate", "rollingUpdate": None}}
MOST_FILLERS = 1024
FIRST_PORT = 8081
NOWHERE = "backend.nowhere.invalid"


def wrong_selector(hand: Hand) -> None:
    """A label value with two letters in the wrong order."""
    service = hand.service()
    if not service.spec.selector:
        words = "service: {service} has no selector to get wrong; name one that has"
        msg = Phrase(words, service=service.name)
        raise UsageError(msg)
    key, value = min(service.spec.selector.items())
    typo = value[:-2] + value[:-3:-1] if len(value) > 1 and value[-1] != value[-2] else f"{value}x"
    hand.patch(service, {"spec": {"selector": {key: typo}}})


def _ports(hand: Hand, **changes: Any) -> list[dict[str, Any]]:
    """The Service's ports, the first of them changed."""
    listed: list[dict[str, Any]] = [dict(each) for each in hand.service().to_dict()["spec"]["ports"]]
    listed[0] |= changes
    return listed


def _unheard(hand: Hand) -> int:
    """A port on which no Pod of the Service listens."""
    heard = {port for pod in hand.pods() for port, _ in listens(pod)}
    return next(port for port in range(FIRST_PORT, FIRST_PORT + len(heard) + 1) if port not in heard)


def wrong_target_port(hand: Hand) -> None:
    """A targetPort on which nobody listens."""
    hand.patch(hand.service(), {"spec": {"ports": _ports(hand, targetPort=_unheard(hand))}})


def named_port_missing(hand: Hand) -> None:
    """A targetPort by a name that no container port has."""
    hand.patch(hand.service(), {"spec": {"ports": _ports(hand, targetPort="no-such-port")}})


def _template(hand: Hand, fields: dict[str, Any]) -> None:
    """Change the first container of the workload's template so that all Pods are made anew at once."""
    found = hand.workload()
    container = {"name": found.spec.template.spec.containers[0].name, **fields}
    spec = {"template": {"spec": {"containers": [container]}}}
    extra = RECREATE if found.KIND == "Deployment" else {}
    hand.patch(found, {"spec": {**spec, **extra}}, "strategic")


def readiness_failing(hand: Hand) -> None:
    """A readiness probe that asks where nobody listens."""
    _template(hand, {"readinessProbe": {"httpGet": {"path": "/ready", "port": _unheard(hand)}, "periodSeconds": 5}})


def crash_loop(hand: Hand) -> None:
    """A command that fails after two seconds."""
    _template(hand, {"command": ["sh", "-c", "sleep 2; exit 1"]})


def image_pull_error(hand: Hand) -> None:
    """An image from a registry that nobody knows."""
    image = hand.workload().spec.template.spec.containers[0].image
    _template(hand, {"image": f"registry.invalid/{image.rpartition('/')[2]}"})


def stuck_terminating(hand: Hand) -> None:
    """The Pods are deleted, and a finalizer that nobody takes away keeps them."""
    name = hand.aim.get("pod", "").rpartition("/")[2]
    for pod in hand.pods():
        if not name or pod.name == name:
            hand.keep(pod, "example.com/cleanup")


def no_endpoints(hand: Hand) -> None:
    """The workload is scaled to 0."""
    hand.patch(hand.workload(), {"spec": {"replicas": 0}})


def service_cidr_exhausted(hand: Hand) -> None:
    """Services take every address of the range that is left."""
    free = free_addresses(hand.state)
    if free > MOST_FILLERS:
        words = "service_cidr: {free} addresses are free, more than {most}: make a cluster with a smaller range"
        msg = Phrase(words, free=free, most=MOST_FILLERS)
        raise UsageError(msg)
    for number in range(free):
        meta = {"name": f"filler-{number}", "namespace": hand.namespace}
        hand.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 80}]}})


def local_without_pod(hand: Hand) -> None:
    """Traffic from outside stays on its node, and one Pod is left."""
    spec = {"type": "NodePort", "externalTrafficPolicy": "Local"}
    hand.patch(hand.service(), {"spec": spec})
    hand.patch(hand.workload(), {"spec": {"replicas": 1}}, beside=True)


def session_affinity(hand: Hand) -> None:
    """All connections of a client go to one Pod."""
    hand.patch(hand.service(), {"spec": {"sessionAffinity": "ClientIP"}})


def ndots_flood(hand: Hand) -> None:
    """Names with fifteen dots and less are looked up with every search domain first."""
    options = {"options": [{"name": "ndots", "value": "15"}]}
    hand.patch(hand.workload(), {"spec": {"template": {"spec": {"dnsConfig": options}}}})


def wrong_namespace(hand: Hand) -> None:
    """A client in another namespace asks for the Service by its short name."""
    service = hand.service()
    space, port = "elsewhere", service.spec.ports[0].port
    if hand.state.view.get("namespaces", ("", space)) is None:
        hand.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}, beside=True)
    env = [{"name": "BACKEND_URL", "value": f"http://{service.name}:{port}"}]
    labels = {"app": f"{service.name}-client"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "client", "image": "busybox:1.37", "env": env}]},
    }
    meta = {"name": f"{service.name}-client", "namespace": space}
    hand.create({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }, "template")  # fmt: skip


def headless_mapping(hand: Hand) -> None:
    """The Service becomes headless; its port stays another than that of its Pods."""
    service = hand.service()
    ports = [{key: value for key, value in port.items() if key != "nodePort"} for port in _ports(hand)]
    pods = hand.pods()
    heard = {port for pod in pods for port, _ in listens(pod)}
    if ports[0]["port"] in heard:
        ports[0] |= {"targetPort": ports[0].get("targetPort", ports[0]["port"]), "port": _unheard(hand)}
    meta = {"name": service.name, "namespace": service.namespace}
    spec = {"clusterIP": "None", "selector": dict(service.spec.selector), "ports": ports}
    hand.replace(service, {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})


def external_name(hand: Hand) -> None:
    """The Service becomes an alias for a name that does not exist."""
    spec = {"type": "ExternalName", "externalName": NOWHERE, "clusterIP": None, "clusterIPs": None}
    hand.patch(hand.service(), {"spec": spec})


def load_balancer(hand: Hand) -> None:
    """The Service wants a load balancer that nobody gives."""
    hand.patch(hand.service(), {"spec": {"type": "LoadBalancer"}})


def blocks_dns(hand: Hand) -> None:
    """Pods of the namespace may talk to one another, and to nobody else: DNS was forgotten."""
    hand.create({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "only-within", "namespace": hand.namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}]}]},
    })  # fmt: skip


def blocks_port(hand: Hand) -> None:
    """Only Pods with a label that nobody carries may reach the Service's Pods."""
    service = hand.service()
    selector = LabelSelector(match_labels=service.spec.selector)
    hand.create({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": f"{service.name}-guarded", "namespace": service.namespace},
        "spec": {
            "podSelector": {"matchLabels": dict(selector.match_labels)}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"access": "granted"}}}]}],
        },
    })  # fmt: skip


AT_SERVICE, AT_WORKLOAD = ("service", "namespace"), ("service", "workload", "namespace")
REFUSED, TIMEOUT = Phrase("connection refused"), Phrase("connection times out")
UNKNOWN = Phrase("could not resolve host")
NONE_MADE, SOME_NODES = Phrase("no new Service can be made"), Phrase("some nodes time out")
ONE_POD, MANY_QUESTIONS = Phrase("one Pod gets all traffic"), Phrase("many DNS questions for one name")
PENDING = Phrase("EXTERNAL-IP is <pending>")
OBJECTS = tuple(
    Fault(code=code, what=described(do), symptom=symptom, where=where, do=do)
    for code, symptom, where, do in (
        ("wrong-selector", REFUSED, AT_SERVICE, wrong_selector),
        ("wrong-target-port", REFUSED, AT_SERVICE, wrong_target_port),
        ("named-port-missing", REFUSED, AT_SERVICE, named_port_missing),
        ("readiness-failing", REFUSED, AT_WORKLOAD, readiness_failing),
        ("crash-loop", REFUSED, AT_WORKLOAD, crash_loop),
        ("image-pull-error", REFUSED, AT_WORKLOAD, image_pull_error),
        ("stuck-terminating", REFUSED, (*AT_SERVICE, "pod"), stuck_terminating),
        ("no-endpoints", REFUSED, AT_WORKLOAD, no_endpoints),
        ("network-policy-blocks-dns", UNKNOWN, ("namespace",), blocks_dns),
        ("network-policy-blocks-port", TIMEOUT, AT_SERVICE, blocks_port),
        ("service-cidr-exhausted", NONE_MADE, ("namespace",), service_cidr_exhausted),
        ("external-traffic-policy-local-without-pod", SOME_NODES, AT_WORKLOAD, local_without_pod),
        ("session-affinity-surprise", ONE_POD, AT_SERVICE, session_affinity),
        ("ndots-flood", MANY_QUESTIONS, AT_WORKLOAD, ndots_flood),
        ("wrong-namespace-in-name", UNKNOWN, AT_SERVICE, wrong_namespace),
        ("headless-with-port-mapping", REFUSED, AT_SERVICE, headless_mapping),
        ("external-name-to-nowhere", UNKNOWN, AT_SERVICE, external_name),
        ("load-balancer-pending", PENDING, AT_SERVICE, load_balancer),
    )
)
