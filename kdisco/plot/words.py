"""The words in the plots, English and Chinese."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.view import words as view

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["words"]

WORDS: Mapping[str, tuple[str, str]] = {
    "answered": ("answered", "成功"),
    "balance told": (
        "Of {count} connections each Pod is to get {expected}; chance stays within {low} to {high} in 95 of 100 runs",
        "{count} 个连接中每个 Pod 期望得到 {expected} 个；100 次中有 95 次落在 {low} 到 {high} 之间",
    ),
    "balance title": ("{count} connections to {service}, by Pod", "到 {service} 的 {count} 个连接（按 Pod）"),
    "band rr": ("expected in turn", "轮询的期望范围"),
    "band": ("expected by chance (95 %)", "随机的期望范围（95%）"),
    "chance": ("by chance", "随机"),
    "connections": ("connections", "连接数"),
    "expected": ("expected", "期望"),
    "left": ("left the cluster", "离开集群"),
    "name": ("name", "名称"),
    "ndots": ("ndots", "ndots"),
    "ndots title": ("Questions of one look-up by ndots ({libc})", "一次查询的 DNS 请求数与 ndots（{libc}）"),
    "ndots told": (
        "With ndots:{ndots}, as Kubernetes sets it, {name} takes {count} questions",
        "Kubernetes 默认的 ndots:{ndots} 下，{name} 需要 {count} 个请求",
    ),
    "numbers": ("The numbers as a table", "以表格显示数据"),
    "pod": ("Pod", "Pod"),
    "questions": ("questions", "请求数"),
    "refused": ("refused", "被拒绝"),
    "reset": ("reset", "被重置"),
    "rollout title": ("Connections to {to}, second by second", "到 {to} 的连接（逐秒）"),
    "rollout told": ("{sent} connections, {lost} of them lost", "{sent} 个连接，其中 {lost} 个失败"),
    "rr": ("in turn", "轮询"),
    "rules": ("rules visited", "访问的规则数"),
    "second": ("second", "秒"),
    "services": ("Services", "Service 数量"),
    "timeout": ("timed out", "超时"),
    "unresolved": ("name not resolved", "名称未解析"),
    "visits title": (
        "Rules that a kernel visits for the first packet to the last Service",
        "内核为发往最后一个 Service 的首个数据包访问的规则数",
    ),
    "visits told": ("With {services} Services: {counts}", "{services} 个 Service 时：{counts}"),
}


def words(lang: str | None = None) -> Mapping[str, str]:
    """All words in one language; raises UsageError for a language that there is not."""
    return view.words(lang, WORDS)
