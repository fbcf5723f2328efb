"""What is out of the ordinary with a node's machine: no API object tells of it, packets and kubelets feel it."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Host"]


@frozen(kw_only=True)
class Host:
    """One node's machine.

    ``down``: it is switched off; ``cut``: nothing passes its network card; ``blocked``: the nodes whose VXLAN packets
    its firewall drops. ``conntrack_max`` is nf_conntrack_max, None as kube-proxy set it; ``cluster_dns`` what its
    kubelet gives Pods as nameservers, None as configured.
    """

    down: bool = False
    cut: bool = False
    blocked: frozenset[str] = frozenset()
    conntrack_max: int | None = None
    cluster_dns: tuple[str, ...] | None = None
