"""NetworkPolicies: who may talk to the Pods that they select, and whom those may talk to.

Source: networking.k8s.io/v1 NetworkPolicySpec.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from kdisco.model.meta import Object
from kdisco.model.selector import LabelSelector
from kdisco.model.value import Value

__all__ = [
    "IPBlock",
    "NetworkPolicy",
    "NetworkPolicyEgressRule",
    "NetworkPolicyIngressRule",
    "NetworkPolicyPeer",
    "NetworkPolicyPort",
    "NetworkPolicySpec",
]


@frozen(kw_only=True, repr=False)
class IPBlock(Value):
    """A range of addresses without those in ``except_``."""

    cidr: str = field(default="", metadata={"keep": True})
    except_: tuple[str, ...] = ()


@frozen(kw_only=True, repr=False)
class NetworkPolicyPeer(Value):
    """Who is at the other end: Pods by their labels, by those of their namespaces, by both, or an address range.

    A ``pod_selector`` alone means Pods of the policy's own namespace.
    """

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


@frozen(kw_only=True, repr=False)
class NetworkPolicyPort(Value):
    """One port: a number, the first of a range up to ``end_port``, the name of a container port, or None for any."""

    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


@frozen(kw_only=True, repr=False)
class NetworkPolicyIngressRule(Value):
    """Who may come in, on which ports; no peers means anybody, no ports any port."""

    ports: tuple[NetworkPolicyPort, ...] = ()
    from_: tuple[NetworkPolicyPeer, ...] = ()

    @property
    def peers(self) -> tuple[NetworkPolicyPeer, ...]:
        """Who is at the other end."""
        return self.from_


@frozen(kw_only=True, repr=False)
class NetworkPolicyEgressRule(Value):
    """Where to, and to which ports; no peers means anywhere, no ports any port."""

    ports: tuple[NetworkPolicyPort, ...] = ()
    to: tuple[NetworkPolicyPeer, ...] = ()

    @property
    def peers(self) -> tuple[NetworkPolicyPeer, ...]:
        """Who is at the other end."""
        return self.to


@frozen(kw_only=True, repr=False)
class NetworkPolicySpec(Value):
    """The Pods that a policy is about, and what they may do in each direction that ``policy_types`` names."""

    pod_selector: LabelSelector = field(factory=LabelSelector, metadata={"keep": True})
    ingress: tuple[NetworkPolicyIngressRule, ...] = ()
    egress: tuple[NetworkPolicyEgressRule, ...] = ()
    policy_types: tuple[str, ...] = ()

    @property
    def directions(self) -> tuple[str, ...]:
        """Ingress, Egress or both: those named, by default Ingress, and Egress where there are rules for it."""
        return self.policy_types or (("Ingress", "Egress") if self.egress else ("Ingress",))


@frozen(kw_only=True, repr=False)
class NetworkPolicy(Object):
    """What may pass to and from the Pods that it selects; what several policies allow adds up."""

    spec: NetworkPolicySpec = field(factory=NetworkPolicySpec)
    KIND: ClassVar[str] = "NetworkPolicy"
    API_VERSION: ClassVar[str] = "networking.k8s.io/v1"
