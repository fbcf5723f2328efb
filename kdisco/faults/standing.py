"""Which faults are still in force: read off the state, so that one that somebody mended by hand is seen as mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kdisco.faults.fault import Injected
from kdisco.model.frozen import thaw
from kdisco.model.kinds import resource
from kdisco.model.networkpolicy import NetworkPolicy
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.net.lost import host
from kdisco.net.packet import Packet, span
from kdisco.net.policy import judgements
from kdisco.net.proxy import ports_of
from kdisco.store.state import State

__all__ = ["Path", "free_addresses", "in_force", "leaves"]

Path = tuple[str | int, ...]
NOTHING: Any = None  # what an absent field is like
SPORT, DNS = 40000, ("kube-system", "kube-dns")
WIDTH = 32  # bits of the addresses that run out


def in_force(state: State) -> Mapping[str, Injected]:
    """The faults that were injected and that nobody has mended since, by code."""
    return {code: made for code, made in state.faults.items() if _stands(state, made)}


def _stands(state: State, made: Injected) -> bool:
    """Whether any part of a fault is still as it was made, and does harm."""
    parts = [each for each in made.undo if "beside" not in each.facts]
    there = not parts or any(THERE[each.verb](state, each.facts) for each in parts)
    return there and (made.code not in HARM or HARM[made.code](state, made))


def leaves(after: Any, before: Any = NOTHING, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The fields of ``after`` that are not as in ``before``, each with its path; a list of another length is one."""
    if isinstance(after, Mapping) and isinstance(before or {}, Mapping):
        known = before or {}
        for key in {**after, **known}:
            yield from leaves(after.get(key), known.get(key), (*path, key))
    elif isinstance(after, list) and isinstance(before or after, list) and len(after) == len(before or after):
        for at, each in enumerate(after):
            yield from leaves(each, before[at] if before else NOTHING, (*path, at))
    elif after != before:
        yield path, after


# The parts


def _found(state: State, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object that a part is about, as JSON."""
    found = state.view.get(resource(facts["kind"]).plural, (facts["namespace"], facts["name"]))
    return None if found is None else found.to_dict()


def _at(value: Any, path: Path) -> Any:
    """What is at a path, NOTHING where it leads nowhere."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return NOTHING
    return value


def _object(state: State, facts: Mapping[str, Any]) -> bool:
    """Whether an object is there, with the fields as they were made."""
    found = _found(state, facts)
    return found is not None and all(_at(found, path) == value for path, value in _plain(facts.get("made", ())))


def _plain(made: Any) -> Iterator[tuple[Path, Any]]:
    return ((tuple(path), thaw(value)) for path, value in made)


def _cut_off(state: State, facts: Mapping[str, Any]) -> bool:
    """Whether a component hears nothing, and is there at all."""
    base, _, instance = facts["component"].partition("@")
    namespace, _, name = instance.rpartition("/")
    kind = "pods" if namespace else "nodes"
    return facts["component"] in state.held and (not base or state.view.get(kind, (namespace, name)) is not None)


def _machine(state: State, facts: Mapping[str, Any]) -> bool:
    """Whether a node's machine is as it was made."""
    now = host(state, facts["node"])
    there = state.view.get("nodes", ("", facts["node"])) is not None
    return there and all(_listed(getattr(now, name)) == thaw(value) for name, value in facts.get("made", {}).items())


def _listed(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value


def _misled(state: State, facts: Mapping[str, Any]) -> bool:
    """Whether a Pod has the nameserver."""
    return any(f"nameserver {facts['nameserver']}\n" in (box.resolv_conf or "") for box in state.sandboxes.values())


THERE: Mapping[str, Callable[[State, Mapping[str, Any]], bool]] = {
    "patch": _object, "delete": _object, "create": _object, "release": _cut_off, "host": _machine, "renew": _misled,
}  # fmt: skip


# Faults that something else can mend than to take back what was made


def free_addresses(state: State) -> int:
    """How many ClusterIPs of IPv4 are left to give."""
    ranges = [each for each in state.view.list("servicecidrs") if not each.deleting]
    sizes = [(~span(cidr)[1] & (1 << WIDTH) - 1) - 1 for each in ranges for cidr in each.spec.cidrs if ":" not in cidr]
    return sum(sizes) - sum(1 for each in state.view.list("ipaddresses") if ":" not in each.name)


def _exhausted(state: State, made: Injected) -> bool:  # noqa: ARG001 - as every fault is asked
    return free_addresses(state) <= 0


def _pending(state: State, made: Injected) -> bool:
    """Whether nobody has given the Service an address."""
    service = _service(state, made)
    return service is not None and not service.status.load_balancer.ingress


def _service(state: State, made: Injected) -> Service | None:
    name = made.aim.get("service", "").removeprefix("service/")
    found: Service | None = state.view.get("services", (made.aim.get("namespace") or "default", name))
    return found


def _policies(state: State, made: Injected) -> Iterator[tuple[NetworkPolicy, list[Pod]]]:
    """The policies that were made, with the Pods that they select and that run."""
    for each in made.undo:
        found = state.view.get("networkpolicies", (each.facts["namespace"], each.facts["name"]))
        if found is not None:
            listed = state.view.list("pods", found.namespace)
            yield found, [pod for pod in listed if pod.addresses and found.spec.pod_selector.selects(pod.labels)]


def _keeps_out(state: State, made: Injected) -> bool:
    """Whether somebody without the label is kept from the Service's Pods: what policies allow adds up."""
    ends = _ends(state, _service(state, made))
    for policy, pods in _policies(state, made):
        targets = {ip for pod in pods for ip in pod.addresses}
        peers = [peer.pod_selector for rule in policy.spec.ingress for peer in rule.from_ if peer.pod_selector]
        others = (ip for ip, pod in _running(state) if not any(each.selects(pod.labels) for each in peers))
        source = next((ip for ip in others if ip not in targets), "")
        asked = [_forbidden(state, source, *end) for end in ends if source and end[0] in targets]
        if any(asked) or not asked:
            return True  # or nobody is there who could tell
    return False


def _ends(state: State, service: Service | None) -> list[tuple[str, int, str]]:
    """Where packets to a Service go: address, port, protocol."""
    ports = ports_of(state.view, service, "") if service is not None else ()
    return [(end.address, end.port, port.protocol) for port in ports for end in port.reachable]


def _running(state: State) -> Iterator[tuple[str, Pod]]:
    """The Pods that run with an address of their own, each with it."""
    for key, box in state.sandboxes.items():
        pod: Pod | None = state.view.get("pods", key)
        if pod is not None and box.ips and not pod.spec.host_network:
            yield box.ips[0], pod


def _keeps_in(state: State, made: Injected) -> bool:
    """Whether a Pod is kept from the cluster DNS."""
    servers = [each for each in _ends(state, state.view.get("services", DNS)) if each[2] == "udp"]
    for _, pods in _policies(state, made):
        asked = [_forbidden(state, pod.addresses[0], *each) for pod in pods for each in servers]
        if any(asked) or not asked:
            return True
    return False


def _forbidden(state: State, source: str, ip: str, port: int, protocol: str) -> bool:
    """Whether NetworkPolicies keep a packet from where it goes."""
    packet = Packet(source, SPORT, ip, port, protocol)
    nodes: Iterator[Node] = state.view.list("nodes")
    return any(not each.allowed for node in nodes for each in judgements(state, node.name, packet))


HARM: Mapping[str, Callable[[State, Injected], bool]] = {
    "service-cidr-exhausted": _exhausted, "load-balancer-pending": _pending,
    "network-policy-blocks-port": _keeps_out, "network-policy-blocks-dns": _keeps_in,
}  # fmt: skip
