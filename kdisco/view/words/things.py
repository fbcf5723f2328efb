"""The words that pictures share, and those of the maps: cluster, network, Services and their Pods."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["THINGS"]

THINGS: Mapping[str, tuple[str, str]] = {
    "behind": ("back end: Pods come and go", "后端：Pod 不断变化"),
    "bridge": ("bridge", "网桥"),
    "chosen": ("selected", "已选中"),
    "chosen deleting": ("selected, but terminating: no new connections", "已选中，但正在终止：不再有新连接"),
    "chosen unready": ("selected, but not ready: no traffic yet", "已选中，但未就绪：尚无流量"),
    "client": ("client", "客户端"),
    "cluster": (
        "Cluster: {nodes} nodes, {pods} Pods, {services} Services",
        "集群：{nodes} 个节点，{pods} 个 Pod，{services} 个 Service",
    ),
    "deleting": ("terminating", "正在终止"),
    "deprecated": ("deprecated, still written", "已弃用，仍会写入"),
    "endpoints": ("Endpoints of {name}", "{name} 的端点"),
    "entries": ("endpoints", "个端点"),
    "failed": ("failed", "失败"),
    "finished": ("has ended ({phase}): no endpoint", "已结束（{phase}）：不是端点"),
    "front": ("front end: it stays", "前端：保持不变"),
    "gone": ("gone", "已消失"),
    "key letter": ("label {have}: one letter from {want}", "标签名 {have}：与 {want} 差一个字母"),
    "lang": ("en", "zh"),
    "knows name": ("knows the name only", "只知道名称"),
    "label case": ("{have}: capital letters count, wanted {want}", "{have}：区分大小写，应为 {want}"),
    "label letter": ("{have}: one letter from {want}", "{have}：与 {want} 差一个字母"),
    "label missing": ("label {key} is missing", "缺少标签 {key}"),
    "label value": ("{have}, wanted {want}", "{have}，应为 {want}"),
    "more": ("and {count} more", "另有 {count} 项"),
    "more nodes": ("and {count} more nodes", "另有 {count} 个节点"),
    "more pods": ("+{count} Pods", "另有 {count} 个 Pod"),
    "namespace": ("namespace", "命名空间"),
    "network": ("Pod network {cidr}: flat, every Pod reaches every Pod", "Pod 网络 {cidr}：扁平，任意 Pod 互通"),
    "network title": (
        "Pod network {cidr}: {pods} Pods on {nodes} nodes",
        "Pod 网络 {cidr}：{nodes} 个节点上的 {pods} 个 Pod",
    ),
    "new": ("new", "新增"),
    "no endpoints": ("no ready endpoints", "没有就绪端点"),
    "no match": ("labels do not match", "标签不匹配"),
    "no nat": (
        "flat: every Pod reaches every Pod by its own address, without NAT",
        "扁平网络：任意 Pod 用自己的地址互通，无需 NAT",
    ),
    "no selector": ("no selector", "没有选择器"),
    "no slice": ("no EndpointSlice", "没有 EndpointSlice"),
    "not ready": ("not ready", "未就绪"),
    "nothing": ("nothing to show yet", "暂无内容"),
    "other namespace": ("labels match, but it is in namespace {namespace}", "标签匹配，但位于命名空间 {namespace}"),
    "pending": ("pending", "等待中"),
    "pod network": ("Pod network", "Pod 网络"),
    "pods in": ("Pods in {cidr}", "Pod 网段 {cidr}"),
    "ready": ("ready", "就绪"),
    "refused": ("refused", "被拒绝"),
    "selector": ("selector", "选择器"),
    "selector title": ("Which Pods Service {name} selects", "Service {name} 选中哪些 Pod"),
    "service title": (
        "Service {name}: a stable front end before changing Pods",
        "Service {name}：稳定的前端，变化的后端",
    ),
    "starting": ("starting", "启动中"),
    "succeeded": ("succeeded", "已完成"),
    "unscheduled": ("waiting for a node", "等待调度"),
}
