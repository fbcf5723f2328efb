"""Which page of the Kubernetes documentation tells of a cause."""

from __future__ import annotations

__all__ = ["DOCUMENTS", "document"]

SITE = "https://kubernetes.io/docs/"
SERVICE = "concepts/services-networking/service/"
DEBUG_SERVICE = "tasks/debug/debug-application/debug-service/"
DEBUG_PODS = "tasks/debug/debug-application/debug-pods/"
DEBUG_DNS = "tasks/administer-cluster/dns-debugging-resolution/"
DNS = "concepts/services-networking/dns-pod-service/"
SLICES = "concepts/services-networking/endpoint-slices/"
VIRTUAL_IPS = "reference/networking/virtual-ips/"
KUBE_PROXY = "reference/config-api/kube-proxy-config.v1alpha1/"
POLICIES = "concepts/services-networking/network-policies/"
NODES = "concepts/architecture/nodes/"
POD_LIFE = "concepts/workloads/pods/pod-lifecycle/"
DUAL_STACK = "concepts/services-networking/dual-stack/"

DOCUMENTS = {  # code: page
    "client-names-wrong-port": SERVICE + "#field-spec-ports",
    "cluster-ip-missing": "concepts/services-networking/cluster-ip-allocation/",
    "conntrack-full": KUBE_PROXY + "#kubeproxy-config-k8s-io-v1alpha1-KubeProxyConntrackConfiguration",
    "container-config-error": DEBUG_PODS,
    "coredns-down": DEBUG_DNS,
    "coredns-stale": DEBUG_DNS,
    "coredns-wrong-zone": "tasks/administer-cluster/dns-custom-nameservers/",
    "crash-loop": POD_LIFE + "#container-restarts",
    "endpoints-api-deprecated": SLICES,
    "endpointslices-stale": SLICES,
    "external-ips-deprecated": SERVICE + "#external-ips",
    "external-name-to-nowhere": SERVICE + "#externalname",
    "external-traffic-policy-local-without-pod": VIRTUAL_IPS + "#external-traffic-policy",
    "headless-with-port-mapping": SERVICE + "#headless-services",
    "image-pull-error": "concepts/containers/images/#imagepullbackoff",
    "init-container-failing": "tasks/debug/debug-application/debug-init-containers/",
    "internal-traffic-policy-local-without-pod": "concepts/services-networking/service-traffic-policy/",
    "ip-family-mismatch": DUAL_STACK,
    "ipvs-deprecated": VIRTUAL_IPS + "#proxy-mode-ipvs",
    "kube-proxy-dead": VIRTUAL_IPS,
    "kube-proxy-stale": VIRTUAL_IPS + "#minimize-iptables-restore",
    "liveness-failing": "concepts/configuration/liveness-readiness-startup-probes/#liveness-probe",
    "load-balancer-pending": SERVICE + "#loadbalancer",
    "named-port-missing": SERVICE + "#field-spec-ports",
    "ndots-flood": DNS + "#pod-dns-config",
    "network-policy-blocks-dns": POLICIES,
    "network-policy-blocks-port": POLICIES,
    "no-endpoints": DEBUG_SERVICE + "#does-the-service-have-any-endpointslices",
    "node-down": NODES + "#condition",
    "node-not-ready": NODES + "#condition",
    "node-partitioned": NODES + "#condition",
    "orphan-slice": SLICES + "#ownership",
    "pod-unschedulable": DEBUG_PODS + "#my-pod-stays-pending",
    "pods-not-created": "concepts/policy/resource-quotas/",
    "readiness-failing": "concepts/configuration/liveness-readiness-startup-probes/#readiness-probe",
    "readiness-gate-closed": POD_LIFE + "#pod-readiness-gate",
    "service-cidr-exhausted": "tasks/network/extend-service-ip-ranges/",
    "service-not-found": DEBUG_SERVICE + "#does-the-service-exist",
    "session-affinity-surprise": VIRTUAL_IPS + "#session-affinity",
    "slice-port-mismatch": SERVICE + "#services-without-selectors",
    "startup-failing": "concepts/configuration/liveness-readiness-startup-probes/#startup-probe",
    "stuck-terminating": POD_LIFE + "#pod-termination",
    "traffic-distribution-deprecated": SERVICE + "#traffic-distribution",
    "vxlan-link-cut": "concepts/cluster-administration/networking/",
    "wrong-cluster-dns": DNS + "#pod-s-dns-policy",
    "wrong-namespace-in-name": DNS + "#namespaces-of-services",
    "wrong-selector": DEBUG_SERVICE + "#does-the-service-have-any-endpointslices",
    "wrong-target-port": SERVICE + "#field-spec-ports",
}


def document(code: str) -> str:
    """The address of the page; of a cause that has none of its own, the one on debugging Services."""
    return SITE + DOCUMENTS.get(code, DEBUG_PODS if code.startswith("pod-") else DEBUG_SERVICE)
