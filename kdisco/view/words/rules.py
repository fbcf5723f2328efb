"""The words of pictures of what kube-proxy sets up."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RULES"]

RULES: Mapping[str, tuple[str, str]] = {
    "chance": ("chance {chance}", "概率 {chance}"),
    "connections": ("{count} connections", "{count} 个连接"),
    "find iptables": ("compares Service by Service", "逐个 Service 比较"),
    "find ipvs": ("one lookup in a hash table", "在哈希表中查找一次"),
    "find nftables": ("one lookup in a map", "在映射中查找一次"),
    "mode iptables": ("rules one after the other", "逐条匹配的规则"),
    "mode ipvs": ("a load balancer in the kernel; deprecated", "内核中的负载均衡器；已弃用"),
    "mode nftables": ("a map from address to chain", "从地址到链的映射"),
    "modes title": ("Service {name} in the three modes of kube-proxy", "kube-proxy 三种模式下的 Service {name}"),
    "packets": ("{count} packets", "{count} 个数据包"),
    "pick iptables": ("a chance, endpoint by endpoint", "按概率逐个端点选择"),
    "pick ipvs": ("round robin: in turn", "轮询：依次选择"),
    "pick nftables": ("one random number", "取一个随机数"),
    "rewrites": ("the destination becomes this endpoint", "目标改写为该端点"),
    "rules": ("Rules on {node} ({mode})", "{node} 上的规则（{mode}）"),
    "visited": ("{count} rules visited, {services} Services", "经过 {count} 条规则，共 {services} 个 Service"),
}
