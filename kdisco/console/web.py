"""The tiny web servers of the model: what answers HTTP on a port, and with what.

Whatever listens in a Pod answers with one line that names it: who, where, asked by whom. CoreDNS, the API server,
kubelets and kube-proxy answer as themselves. Upstream: coredns plugin/health, plugin/ready; apiserver and kubelet,
whose ports speak TLS (Go net/http server.go: "Client sent an HTTP request to an HTTPS server.");
pkg/proxy/healthcheck/service_health.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from kdisco.console.contact import Contact
from kdisco.dns.instances import coredns_pods, probe
from kdisco.model.frozen import FrozenMap
from kdisco.net.health import KUBE_PROXY, checked, local_endpoints
from kdisco.net.packet import family, target
from kdisco.store.authorize import ANONYMOUS, authenticate, may_visit
from kdisco.store.state import State

__all__ = ["REASONS", "Response", "line", "numbers", "respond", "speaks_tls"]

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           503: "Service Unavailable"}
PLAIN = "text/plain; charset=utf-8"
TLS = ("kube-apiserver", "kubelet")
COREDNS = {8080: ("health", "/health"), 8181: ("ready", "/ready")}
DNS, METRICS = 53, 9153
LIVE = ("/healthz", "/livez", "/readyz")  # where it says no more than that it is well
TO_HTTPS = "Client sent an HTTP request to an HTTPS server.\n"


@frozen(kw_only=True)
class Response:
    """An HTTP response: its status and body, and its header fields in order."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(factory=FrozenMap)
    version: str = "1.1"

    @property
    def head(self) -> tuple[str, ...]:
        """Its lines before the body, the empty one not among them."""
        fields = {**self.headers, "Content-Length": str(len(self.body.encode())), "Connection": "close"}
        first = f"HTTP/{self.version} {self.status} {REASONS[self.status]}"
        return (first, *(f"{name}: {value}" for name, value in fields.items()))


def line(name: str, here: tuple[str, int], peer: tuple[str, int]) -> str:
    """What a Pod's server says: ``pod/default/web-1 answers on 10.244.1.3:8080, asked by 10.244.0.2:40112``."""
    return f"{name} answers on {target(*here)}, asked by {target(*peer)}\n"


def speaks_tls(found: Contact) -> bool:
    """Whether who answered waits for TLS."""
    return found.listener in TLS


def respond(state: State, found: Contact, path: str, *, tls: bool = False) -> Response | None:
    """The answer to a request for a path; None where the connection is closed without one."""
    if speaks_tls(found):
        if not tls:
            return Response(status=400, body=TO_HTTPS, version="1.0")
        return _apiserver(state, path) if found.listener == "kube-apiserver" else _kubelet()
    if found.listener == KUBE_PROXY:
        return _health_check(state, found.where, found.here)
    name, port = found.listener.removeprefix("pod/"), found.here[1]
    if name in {"/".join(pod.key) for pod in coredns_pods(state)}:
        return _coredns(state, name, port, path)
    fields = FrozenMap({"Server": "kdisco", "Content-Type": "text/plain"})
    return Response(body=line(found.listener, found.here, found.peer), headers=fields)


def _text(status: int, body: str) -> Response:
    return Response(status=status, body=body, headers=FrozenMap({"Content-Type": PLAIN}))


def _coredns(state: State, name: str, port: int, path: str) -> Response | None:
    if port == DNS:
        return None
    plugin, place = COREDNS.get(port, ("", "/metrics"))
    if path.partition("?")[0] != place:
        return _text(404, "404 page not found\n")
    if not plugin:
        return _text(200, "# HELP coredns_panics_total A metrics that counts the number of panics.\n"
                          "# TYPE coredns_panics_total counter\ncoredns_panics_total 0\n")
    return _text(*probe(state, name).get(plugin, (404, "404 page not found\n")))


def _apiserver(state: State, path: str) -> Response:
    """What somebody without credentials is told."""
    place = path.partition("?")[0]
    if may_visit(state.view, authenticate(ANONYMOUS), "get", place):
        if place.rstrip("/") == "/version":
            return _json(200, numbers(state.config.kubernetes_version))
        return _text(200, "ok") if place in LIVE else _text(404, "404 page not found\n")
    message = f'forbidden: User "{ANONYMOUS}" cannot get path "{place}"'
    told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    return _json(403, {**told, "reason": "Forbidden", "details": {}, "code": 403})


def numbers(version: str) -> dict[str, str]:
    """A version as the API server tells it: ``major``, ``minor``, ``gitVersion``; nobody built the one of a model."""
    major, minor = [*version.removeprefix("v").split("."), "", ""][:2]
    return {"major": major, "minor": minor, "gitVersion": version}


def _json(status: int, told: dict[str, Any]) -> Response:
    body = json.dumps(told, indent=2, ensure_ascii=False)
    return Response(status=status, body=body, headers=FrozenMap({"Content-Type": "application/json"}))


def _health_check(state: State, node: str, here: tuple[str, int]) -> Response | None:
    """What a node's kube-proxy tells load balancers: its Pods of the Service, and that it is up to date itself."""
    service = checked(state, node, *here)
    if service is None:
        return None
    count = local_endpoints(state, node, service, family(here[0]))
    name = {"namespace": service.namespace, "name": service.name}
    body = json.dumps({"service": name, "localEndpoints": count, "serviceProxyHealthy": True}, indent="\t")
    fields = {"Content-Type": "application/json", "X-Content-Type-Options": "nosniff"}
    headers = FrozenMap({**fields, "X-Load-Balancing-Endpoint-Weight": str(count)})
    return Response(status=200 if count else 503, body=body, headers=headers)


def _kubelet() -> Response:
    return _text(401, "Unauthorized")
