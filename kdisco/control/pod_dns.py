"""What a kubelet does about DNS when it makes a Pod's sandbox: forms the resolv.conf and tells what is wrong."""

from __future__ import annotations

from collections.abc import Generator

from attrs import evolve

from kdisco.config import ClusterConfig
from kdisco.control.controller import Context, Tell
from kdisco.control.resolvconf import MISSING, NO_CLUSTER_DNS, formed
from kdisco.errors import UsageError
from kdisco.model.node import Node
from kdisco.model.pod import Pod

__all__ = ["resolver"]

FAILED = "FailedCreatePodSandBox"


def resolver(context: Context, pod: Pod, node: Node) -> Generator[Tell, None, str | None]:
    """Form a Pod's resolv.conf and tell the Warnings; gives its text, None where there can be no sandbox.

    Upstream: pkg/kubelet/kuberuntime/kuberuntime_sandbox.go (generatePodSandboxConfig), pkg/kubelet/network/dns/dns.go.
    """
    try:
        conf = formed(_of_kubelet(context, node), context.view, pod, node)
    except UsageError:  # of the node's file, and of it nothing else
        words = "Failed to create pod sandbox: nameserver list is empty "
        yield Tell(about=pod, reason=FAILED, message=words, type="Warning", host=node.name)
        return None
    for reason, message in conf.warnings:
        if reason == MISSING and context.config.cluster_dns is None:
            continue  # a cluster that was made without DNS: nobody is to be reminded of it at each Pod
        if reason == MISSING:
            yield Tell(about=node, reason=reason, message=NO_CLUSTER_DNS, type="Warning", host=node.name)
        yield Tell(about=pod, reason=reason, message=message, type="Warning", host=node.name)
    return conf.text


def _of_kubelet(context: Context, node: Node) -> ClusterConfig:
    """The configuration as the kubelet of a node has it: somebody may have given this one other nameservers."""
    own = context.hosts[node.name].cluster_dns if node.name in context.hosts else None
    return context.config if own is None else evolve(context.config, cluster_dns=own)
