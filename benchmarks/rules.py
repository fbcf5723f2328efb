"""kube-proxy's rules at work: ``fates``, a traced ``send``, and the text, with few Services and with many.

Run: ``python benchmarks/rules.py [SERVICES]`` (default 10000). Every Service has three Pods, one on each node.
``fates`` is asked again and again, and once for each destination by a source not seen before (``first``, which makes
what belongs to the Service ready). A ``send`` opens a new connection each time and goes there and back: ``new`` to a
Service that nobody has asked about, ``first`` to one whose rules are made but that nobody has sent to, ``again``, and
``read``: its hops, which are made when somebody wants them, too. Times are minima of many short rounds, taken in turns
in one process, so that a busy moment hits all of them; a text is the first that is asked of its cluster, each time
another one. The ratio of the two clusters is the figure to look at (budget 1.5); the others are 20 us, 200 us and 2 s.
"""

from __future__ import annotations

import gc
import sys
import time
from typing import TYPE_CHECKING, Any

from kdisco import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FEW = 10
NODES = 3
ROUNDS, EACH, TEXTS = 250, 20, 5
LIMITS = {  # us
    "fates, first": None,
    "fates, again": 20.0,
    "send, new": None,
    "send, first": 200.0,
    "send, again": 200.0,
    "send, read": 200.0,
}
SECONDS, RATIO = 2.0, 1.5
CLIENT = "pod/default/web-1"


def documents(services: int, app: str = "app") -> Iterable[dict[str, Any]]:
    """A cluster as kubectl prints it: three nodes with a Pod each, behind all of the Services, which are called so."""
    for at in range(1, NODES + 1):
        ranges = {"podCIDR": f"10.244.{at}.0/24", "podCIDRs": [f"10.244.{at}.0/24"]}
        addresses = [{"type": "InternalIP", "address": f"192.0.2.{10 + at}"}]
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{at}"}, "spec": ranges,
               "status": {"addresses": addresses}}
        container = {"name": "web", "image": "registry.test/web", "ports": [{"containerPort": 8080}]}
        ip = f"10.244.{at}.2"
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "default", "name": f"web-{at}"},
               "spec": {"nodeName": f"node-{at}", "containers": [container]},
               "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}],
                          "containerStatuses": [{"name": "web", "ready": True, "state": {"running": {}}}]}}
    ends = [{"addresses": [f"10.244.{at}.2"], "nodeName": f"node-{at}"} for at in range(1, NODES + 1)]
    for number in range(services):
        name = f"{app}-{number:05}"
        yield {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "default", "name": name},
               "spec": {"clusterIP": address(number), "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]}}
        labels = {"kubernetes.io/service-name": name}
        yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": ends,
               "metadata": {"namespace": "default", "name": f"{name}-a", "labels": labels},
               "ports": [{"name": "", "port": 8080, "protocol": "TCP"}]}


def address(number: int) -> str:
    """The ClusterIP of a Service."""
    return f"10.96.{number >> 8}.{number & 255}"


class Measured:
    """One cluster, and the least that each thing took."""

    def __init__(self, services: int, app: str = "app") -> None:
        self.services = services
        self.cluster = Cluster.from_dump(list(documents(services, app)))
        self.proxy = self.cluster.proxy("node-1")
        self.best = dict.fromkeys(LIMITS, float("inf"))
        self.sources = 0

    def round(self, turn: int) -> None:
        """Ask and send a few times."""
        numbers = range(turn * EACH, turn * EACH + EACH)
        places = [address(number % self.services) for number in numbers]
        others = [address(-1 - number % self.services + self.services) for number in numbers]  # from the other end
        self.sources += 1
        source = f"198.51.{self.sources >> 8}.{self.sources & 255}"  # what a source is told apart by is asked anew
        self._taken("fates, first", lambda ip: self.proxy.fates(source, ip, 80), places)
        self._taken("fates, again", lambda ip: self.proxy.fates(source, ip, 80), places)
        self._taken("send, new", lambda ip: self.cluster.send(CLIENT, ip, 80), others)
        self._taken("send, first", lambda ip: self.cluster.send(CLIENT, ip, 80), places)
        self._taken("send, again", lambda ip: self.cluster.send(CLIENT, ip, 80), places)
        self._taken("send, read", lambda ip: self.cluster.send(CLIENT, ip, 80).hops, places)

    def _taken(self, name: str, do: Callable[[Any], object], things: list[Any]) -> None:
        began = time.perf_counter()
        for each in things:
            do(each)
        self.best[name] = min(self.best[name], (time.perf_counter() - began) / len(things) * 1e6)


def text(services: int, mode: str) -> float:
    """Seconds for the whole text of a mode, each time of a cluster with names that nobody has seen."""
    best = float("inf")
    for turn in range(TEXTS):
        proxy = Measured(services, f"{mode}-{turn}").proxy
        began = time.perf_counter()
        proxy.rules(mode)
        best = min(best, time.perf_counter() - began)
    return best


def main() -> int:
    """Print the table; 1 when a budget is not kept."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    small, large = (Measured(services) for services in (FEW, many))
    gc.collect()
    gc.freeze()
    trace = large.cluster.send(CLIENT, address(many - 1), 80)
    for turn in range(ROUNDS):
        small.round(turn)
        large.round(turn)
    texts = {mode: text(many, mode) for mode in ("iptables", "nftables")}
    print(f"{'Services':>16}{FEW:12}{many:12}{'ratio':>8}{'budget':>12}")
    kept = trace.delivered
    for name, budget in LIMITS.items():
        row = f"{name:16}{small.best[name]:9.1f} us{large.best[name]:9.1f} us"
        if budget is None:  # few Services have all been asked for after the first round
            print(row)
            continue
        ratio = large.best[name] / small.best[name]
        kept = kept and large.best[name] < budget and ratio < RATIO
        print(f"{row}{ratio:8.2f}{budget:9.0f} us")
    for mode, seconds in texts.items():
        kept = kept and seconds < SECONDS
        print(f"{mode + ' text':16}{'':12}{seconds:10.2f} s{'':8}{SECONDS:10.0f} s")
    print(f"a send: {len(trace.hops)} hops there, {len(trace.reply)} back, {visited(trace.hops)} rules visited")
    return int(not kept)


def visited(hops: Iterable[Any]) -> int:
    """How many rules the kernels on the way would have looked at."""
    return sum(hop.visited for hop in hops)


if __name__ == "__main__":
    raise SystemExit(main())
