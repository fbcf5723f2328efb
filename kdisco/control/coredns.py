"""What a CoreDNS container does with its Corefile: it serves what the plugins say, or ends at once and says why.

The file is read when the container starts, so a broken one stops no CoreDNS that runs already.
Upstream: coredns coremain/run.go, plugin/health, plugin/ready, plugin/metrics, plugin/loop (1.14).
"""

from __future__ import annotations

from attrs import evolve

from kdisco.config import ClusterConfig
from kdisco.control.controller import Context
from kdisco.control.resolvconf import parse_node_file
from kdisco.corefile.caddyfile import CorefileError
from kdisco.corefile.file import corefile_of, parse
from kdisco.model.configmap import ConfigMap
from kdisco.model.frozen import FrozenMap
from kdisco.model.pod import Container, Pod
from kdisco.store.state import Program, Sandbox
from kdisco.store.table import View

__all__ = ["COREFILE", "LABEL", "program", "programmed", "text_in"]

COREFILE, FILE = ("kube-system", "coredns"), "Corefile"  # the ConfigMap and its key
LABEL = {"k8s-app": "kube-dns"}
IMAGE = "coredns"
READY = 8181
HTTP = {"health": 8080, "ready": READY, "prometheus": 9153}  # plugins with a port of their own
UNAVAILABLE = 503
LOOPBACK = ("127.", "::1")
LOOP = (
    '[FATAL] plugin/loop: Loop (127.0.0.1:43271 -> :53) detected for zone ".", see '
    'https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."'
)


def programmed(context: Context, pod: Pod, sandbox: Sandbox) -> Sandbox:
    """The sandbox of a CoreDNS, in which each container that has no program yet, or does not run, has what it finds."""
    if pod.namespace != COREFILE[0] or any(pod.labels.get(key) != value for key, value in LABEL.items()):
        return sandbox
    first = len(pod.spec.init_containers)
    listed = list(sandbox.processes)
    for place, container in enumerate(pod.spec.containers, first):
        if place < len(listed) and _is_coredns(container) and not (listed[place].running and listed[place].program):
            found = program(text_in(context.view), context.config, sandbox.resolv_conf or "")
            listed[place] = evolve(listed[place], program=found)
    return sandbox if tuple(listed) == sandbox.processes else evolve(sandbox, processes=tuple(listed))


def _is_coredns(container: Container) -> bool:
    return container.image.rpartition("/")[2].partition(":")[0] == IMAGE


def text_in(view: View) -> str | None:
    """The Corefile as its ConfigMap has it; None where there is none."""
    found: ConfigMap | None = view.get("configmaps", COREFILE)
    return None if found is None else found.data.get(FILE)


def program(text: str | None, config: ClusterConfig, resolv_conf: str) -> Program:
    """What CoreDNS makes of a Corefile (None: what the config says) in a Pod with this resolv.conf."""
    try:
        found = corefile_of(config.dns) if text is None else parse(text)
    except CorefileError as problem:
        return Program(problem=str(problem))
    plugins = {name for block in found.blocks for name in block.plugins}
    asks_itself = any(server.startswith(LOOPBACK) for server in parse_node_file(resolv_conf).nameservers)
    if asks_itself and "loop" in plugins and found.forwards_to_the_node:
        return Program(problem=LOOP)
    served = {(port, "TCP") for name, port in HTTP.items() if name in plugins}
    served |= {(port, protocol) for port in found.ports for protocol in ("TCP", "UDP")}
    return Program(ports=tuple(sorted(served)), statuses=FrozenMap({} if config.dns.synced else {READY: UNAVAILABLE}))
