"""A connection that NetworkPolicies forbid: which, at which Pod, and a policy that would allow it."""

from __future__ import annotations

from typing import Any

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.probes import Probe
from kdisco.explain.scene import Scene
from kdisco.model.networkpolicy import NetworkPolicy
from kdisco.net.packet import Packet
from kdisco.net.policy import Judgement
from kdisco.net.trace import Policy
from kdisco.phrase import Phrase

__all__ = ["allowing", "forbidden"]

SIDES = {"Ingress": "ingress", "Egress": "egress"}


def forbidden(scene: Scene, probe: Probe, hop: Policy) -> Finding:
    """The finding about a connection that was judged and not allowed."""
    judgement, packet = hop.judgement, hop.after
    policy = _strictest(scene, judgement)
    namespace = policy.namespace
    dns = packet.dport == 53  # noqa: PLR2004 - DNS
    pod = judgement.pod.removeprefix("pod/")
    port = f"{packet.dport}/{packet.protocol}"
    what = Phrase("DNS questions (port {port})", port=port) if dns else Phrase("connections to port {port}", port=port)
    words = {"policy": policy.name, "namespace": namespace, "what": what, "pod": pod}
    leave = "NetworkPolicy {policy} in namespace {namespace} does not allow {what} to leave Pods like {pod}."
    enter = "NetworkPolicy {policy} in namespace {namespace} does not allow {what} to enter Pods like {pod}."
    return Finding(
        code="network-policy-blocks-dns" if dns else "network-policy-blocks-port",
        cause=Phrase(leave, **words) if judgement.direction == "Egress" else Phrase(enter, **words),
        evidence=Phrase(
            "{policy} spec.{sides}, spec.podSelector selects {pod}; {words} ends at {where}: {why}",
            policy=policy, sides=SIDES[judgement.direction], pod=judgement.pod, words=probe.words, where=hop.where,
            why=judgement.why,
        ),
        remedy=remedy.apply(allowing(policy, judgement.direction, packet, dns=dns)),
        objects=tuple(dict.fromkeys((str(policy), *(f"networkpolicy/{each}" for each in judgement.policies)))),
    )


def _strictest(scene: Scene, judgement: Judgement) -> NetworkPolicy:
    """Of the policies that isolate a Pod the one that allows least: the others do not allow it either."""
    keys = [each.partition("/") for each in judgement.policies]
    listed: list[NetworkPolicy] = [scene.view.get("networkpolicies", (space, name)) for space, _, name in keys]
    egress = judgement.direction == "Egress"
    return min(listed, key=lambda each: len(each.spec.egress if egress else each.spec.ingress))


def allowing(policy: NetworkPolicy, direction: str, packet: Packet, *, dns: bool) -> dict[str, Any]:
    """A policy that adds what is lacking for the same Pods: what several policies allow adds up."""
    side = SIDES[direction]
    protocols = ("UDP", "TCP") if dns else (packet.protocol.upper(),)
    rule: dict[str, Any] = {"ports": [{"protocol": each, "port": packet.dport} for each in protocols]}
    return {
        "apiVersion": policy.API_VERSION,
        "kind": policy.KIND,
        "metadata": {
            "name": f"allow-{'dns' if dns else f'{packet.protocol}-{packet.dport}'}-{side}-beside-{policy.name}"[:63],
            "namespace": policy.namespace,
        },
        "spec": {
            "podSelector": policy.to_dict()["spec"]["podSelector"],
            "policyTypes": [direction],
            side: [rule],
        },
    }
