"""Faults: what they do, what a user sees of them, why one cannot be injected."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAULTS"]

FAULTS: Mapping[str, str] = {
    "A client in another namespace asks for the Service by its short name.":
        "另一个命名空间的客户端用短名字访问该 Service。",
    "A command that fails after two seconds.": "命令在两秒后失败。",
    "A label value with two letters in the wrong order.": "标签值里两个字母写反了。",
    "A node is switched off.": "一个节点关机。",
    "A node runs on, but nothing passes its network card.": "一个节点仍在运行，但网卡不通。",
    "A node's table of connections has no room left.": "一个节点的连接跟踪表已满。",
    "A readiness probe that asks where nobody listens.": "就绪探针探测没有程序监听的端口。",
    "A targetPort by a name that no container port has.": "targetPort 写的名字没有容器端口使用。",
    "A targetPort on which nobody listens.": "targetPort 没有程序监听。",
    "AIM": "目标",
    "All connections of a client go to one Pod.": "同一客户端的连接都到一个 Pod。",
    "An image from a registry that nobody knows.": "镜像来自不存在的仓库。",
    "CoreDNS crashes: all its Pods, or the one named.": "CoreDNS 崩溃：它的全部 Pod，或指定的那个。",
    "EXTERNAL-IP is <pending>": "EXTERNAL-IP 为 <pending>",
    "FAULT": "故障",
    "Kubelets (all, or that of the node named) give Pods a nameserver that nobody is, and the Pods are made anew.":
        "kubelet（全部，或指定节点的）给 Pod 写入无人使用的域名服务器地址，Pod 随后重建。",
    "Names with fifteen dots and less are looked up with every search domain first.":
        "十五个点以内的名字都先按各搜索域查询。",
    "One CoreDNS hears of no change, and then the Service gets another address.":
        "一个 CoreDNS 听不到变化，随后该 Service 换了地址。",
    "Only Pods with a label that nobody carries may reach the Service's Pods.":
        "只有带某标签的 Pod 才能访问该 Service 的 Pod，而没有 Pod 带这个标签。",
    "Pods of the namespace may talk to one another, and to nobody else: DNS was forgotten.":
        "命名空间内的 Pod 只能互相访问：忘了放行 DNS。",
    "SYMPTOM": "现象",
    "Services take every address of the range that is left.": "Service 用完了网段里剩下的全部地址。",
    "The Pods are deleted, and a finalizer that nobody takes away keeps them.":
        "Pod 被删除，但没有谁去掉 finalizer，它们一直留着。",
    "The Service becomes an alias for a name that does not exist.": "该 Service 变成一个不存在的名字的别名。",
    "The Service becomes headless; its port stays another than that of its Pods.":
        "该 Service 变成无头 Service，而端口与 Pod 的端口不同。",
    "The Service wants a load balancer that nobody gives.": "该 Service 想要负载均衡器，却没有谁提供。",
    "The firewalls of two nodes drop each other's VXLAN packets.": "两个节点的防火墙互相丢弃对方的 VXLAN 包。",
    "The workload is scaled to 0.": "工作负载缩容到 0。",
    "Traffic from outside stays on its node, and one Pod is left.": "外部流量留在本节点，而只剩一个 Pod。",
    "WHAT": "说明",
    "What can be injected": "可以注入的故障",
    "aim": "目标",
    "backend: packets travel by {backend} here, there is no VXLAN to cut":
        "backend：这里的包经 {backend} 传送，没有 VXLAN 可切断",
    "between two nodes: connection times out": "两个节点之间：连接超时",
    "connection times out": "连接超时",
    "every other look-up gives an old address": "每两次解析有一次得到旧地址",
    "fault": "故障",
    "from one node: connection times out": "从一个节点：连接超时",
    "in force": "已注入",
    "kube-proxy of a node crashes and the rules stay, and then the Service's Pods are replaced.":
        "一个节点的 kube-proxy 崩溃，规则留在原处，随后该 Service 的 Pod 被替换。",
    "kube-proxy of a node hears of no change, and then the Service's Pods are replaced.":
        "一个节点的 kube-proxy 听不到变化，随后该 Service 的 Pod 被替换。",
    "many DNS questions for one name": "一个名字引出许多 DNS 查询",
    "no fault {code!r}; there are {known}": "没有故障 {code!r}；有 {known}",
    "no new Service can be made": "无法创建新的 Service",
    "one Pod gets all traffic": "一个 Pod 得到全部流量",
    "pod: there is no Pod of {name} to aim at": "pod：没有可作为目标的 {name} Pod",
    "service: there is none with a selector in namespace {namespace}; name one":
        "service：命名空间 {namespace} 里没有带选择器的 Service；请指定一个",
    "service: {service} has no selector to get wrong; name one that has":
        "service：{service} 没有可改错的选择器；请指定有选择器的",
    "service_cidr: {free} addresses are free, more than {most}: make a cluster with a smaller range":
        "service_cidr：还有 {free} 个空闲地址，多于 {most}：请用更小的网段建集群",
    "some connections time out, until its Pods are taken out": "部分连接超时，直到它的 Pod 被摘除",
    "some nodes time out": "部分节点超时",
    "symptom": "现象",
    "this cluster has no cluster DNS": "该集群没有集群 DNS",
    "what": "说明",
    "workload: nothing makes Pods for service/{service}; name one as deployment/web":
        "workload：没有为 service/{service} 创建 Pod 的工作负载；请按 deployment/web 的写法指定",
    "{code} is in force already: {fault}; heal it first": "{code} 已注入：{fault}；请先修复",
    "{code} is not in force; {known} is": "{code} 没有注入；已注入的是 {known}",
    "{field}: there is no such node": "{field}：没有这样的节点",
    "{name}={value}: {code} is aimed by {known}, each a name": "{name}={value}：{code} 的目标用 {known} 指定，都是名字",
}
