"""The name that a Pod's containers have for themselves.

Upstream: pkg/kubelet/kubelet_pods.go (GeneratePodHostNameAndDomain), pkg/kubelet/util/util.go (GetNodenameForKernel).
"""

from __future__ import annotations

from kdisco.config import ClusterConfig
from kdisco.model.pod import Pod

__all__ = ["domain_of", "hostname_of", "kernel_name"]

LONGEST = 63  # characters; longer names are cut


def hostname_of(pod: Pod) -> str:
    """A Pod's short name: as overridden, as its spec says, else the Pod's own, cut to what the kernel takes."""
    name = _override(pod) or pod.spec.hostname or pod.name
    return name if len(name) <= LONGEST else name[:LONGEST].rstrip("-.")


def domain_of(pod: Pod, config: ClusterConfig) -> str:
    """What follows the name: below the Pod's subdomain, "" where it has none."""
    if not pod.spec.subdomain or _override(pod):
        return ""
    return f"{pod.spec.subdomain}.{pod.namespace}.svc.{config.domain}"


def kernel_name(pod: Pod, config: ClusterConfig) -> str:
    """What ``hostname`` prints in its containers; in the host network it is the node's own name."""
    if pod.spec.host_network and not _override(pod):
        return pod.spec.node_name
    name, domain = hostname_of(pod), domain_of(pod, config)
    return f"{name}.{domain}" if domain and pod.spec.kept.get("setHostnameAsFQDN") else name


def _override(pod: Pod) -> str:
    return str(pod.spec.kept.get("hostnameOverride") or "")
