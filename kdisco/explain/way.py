"""What stopped a connection on its way: read off the hop where it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.machines import lost_machine
from kdisco.explain.policies import forbidden
from kdisco.explain.probes import Probe
from kdisco.explain.scene import Scene
from kdisco.net.conntrack import Conntrack
from kdisco.net.kernel import FULL
from kdisco.net.lost import most_connections
from kdisco.net.trace import Drop, Hop, Policy
from kdisco.phrase import Phrase

__all__ = ["full_table", "lost_node", "stopped", "way"]

ROOM = 131072  # nf_conntrack_max that kube-proxy sees to at least: --conntrack-min


def way(scene: Scene, failed: Iterable[Probe]) -> Iterator[Finding]:
    """Why connections failed, a finding for each cause; where many fail alike the first stands for them."""
    found: dict[tuple[Any, ...], Finding] = {}
    for probe in failed:
        finding = stopped(scene, probe)
        found.setdefault((finding.code, finding.objects[0], finding.remedy), finding)
    order = list(CODES)
    yield from sorted(found.values(), key=lambda each: order.index(each.code) if each.code in order else len(order))


def stopped(scene: Scene, probe: Probe) -> Finding:
    """Why one connection failed."""
    last = probe.trace.hops[-1]
    policy = next((hop for hop in reversed(probe.trace.hops) if isinstance(hop, Policy)), None)
    if policy is not None and not policy.judgement.allowed:
        return forbidden(scene, probe, policy)
    if isinstance(last, Drop) and last.by == FULL:
        return full_table(scene, last)
    if last.kind == "lost":
        return lost_node(scene, probe, last)
    return _unanswered(scene, probe, last)


def full_table(scene: Scene, hop: Hop) -> Finding:
    """A node that takes no new connection."""
    node = hop.where.removeprefix("node/")
    most = most_connections(scene.state, node)
    table: Conntrack = scene.state.conntrack.get(node) or Conntrack()
    count = sum(1 for _ in table.living(scene.state.now))
    return Finding(
        code="conntrack-full",
        cause=Phrase(
            "The connection table of {node} is full: the kernel drops the first packet of every new connection.",
            node=node,
        ),
        evidence=Phrase(
            "node/{node} conntrack: {count} of {most} entries; {why}",
            node=node, count=count, most=most, why=hop.why,
        ),
        remedy=remedy.on_node(node, f"sysctl -w net.netfilter.nf_conntrack_max={max(ROOM, 2 * most)}"),
        objects=(f"node/{node}", scene.name),
    )


def lost_node(scene: Scene, probe: Probe, hop: Hop) -> Finding:
    """A packet that got lost between two machines."""
    for name, machine in scene.state.hosts.items():
        if (machine.down or machine.cut) and hop.why.endswith((f"node {name}", f"node {name} is switched off")):
            return lost_machine(scene.state, name, _end(probe, hop))
    return _cut_link(scene, probe, hop)


def _end(probe: Probe, hop: Hop) -> str:
    return Phrase("{words} ends at {where}: {why}", words=probe.words, where=hop.where, why=hop.why)


def _cut_link(scene: Scene, probe: Probe, hop: Hop) -> Finding:
    pairs = [(name, other) for name, each in scene.state.hosts.items() for other in sorted(each.blocked)]
    pair = next((each for each in pairs if all(name in hop.why.split() for name in each)), pairs[0])
    name, other = sorted(pair)
    ips = {each: next(iter(scene.view.get("nodes", ("", each)).internal_ips), each) for each in pair}
    drop = "iptables -D INPUT -p udp --dport 8472 -s {} -j DROP"
    mates = sorted(each for each in pairs if set(each) == {name, other})
    return Finding(
        code="vxlan-link-cut",
        cause=Phrase(
            "Pods of {name} and {other} do not reach each other: VXLAN packets between the two nodes are dropped.",
            name=name, other=other,
        ),
        evidence=_end(probe, hop),
        remedy="\n".join(remedy.on_node(here, drop.format(ips[there])) for here, there in mates),
        objects=(f"node/{name}", f"node/{other}", scene.name),
    )


CODES = (
    "node-down", "node-partitioned", "vxlan-link-cut", "conntrack-full", "network-policy-blocks-port", "endpoint-gone",
    "wrong-target-port", "internal-traffic-policy-local-without-pod",
)  # fmt: skip


def _unanswered(scene: Scene, probe: Probe, hop: Hop) -> Finding:
    code, cause = _ended(scene, probe, hop)
    return Finding(
        code=code,
        cause=cause,
        evidence=Phrase(
            "{words} ends with {verdict} at {where}: {why}",
            words=probe.words, verdict=probe.trace.verdict, where=hop.where, why=hop.why,
        ),
        remedy=_fix(scene, code, hop),
        objects=(scene.name, hop.where),
    )


def _ended(scene: Scene, probe: Probe, hop: Hop) -> tuple[str, str]:
    """The code and the cause that a verdict stands for."""
    verdict, packet = probe.trace.verdict, hop.after
    if verdict == "REFUSED":
        words = "Nobody listens on {port}/{protocol} of {ip}."
        return "wrong-target-port", Phrase(words, port=packet.dport, protocol=packet.protocol, ip=packet.destination)
    if verdict == "UNREACHABLE":
        return "endpoint-gone", Phrase("Nobody has the address {ip} that an endpoint names.", ip=packet.destination)
    if verdict == "DROP" and scene.service.spec.internal_traffic_policy == "Local":
        where = hop.where.removeprefix("node/")
        local = "internalTrafficPolicy Local keeps traffic on its node, and {node} has no Pod of the Service."
        return "internal-traffic-policy-local-without-pod", Phrase(local, node=where)
    return "connection-fails", Phrase("Connections from {source} are not answered.", source=probe.source.words)


def _fix(scene: Scene, code: str, hop: Hop) -> str:
    service = scene.service
    if code == "internal-traffic-policy-local-without-pod":
        return remedy.merge_patch(service, {"spec": {"internalTrafficPolicy": "Cluster"}})
    ip = hop.after.destination
    naming = [each for each in scene.slices if any(ip in end.addresses for end in each.endpoints or ())]
    if naming and not service.spec.selector:
        each = naming[0]
        at = next(place for place, end in enumerate(each.endpoints or ()) if ip in end.addresses)
        return remedy.json_patch(each, ("remove", f"/endpoints/{at}", None))
    if naming:
        return remedy.delete(*naming)
    return f"kubectl describe service {service.name} -n {service.namespace}"
