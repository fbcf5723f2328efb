"""The words on the widgets, English and Chinese, in one table."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.view import words as view

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["words"]

COMMON: Mapping[str, tuple[str, str]] = {
    "all": ("(all)", "（全部）"),
    "beyond": ("{name}: {value} is beyond 0..{most}", "{name}：{value} 超出 0..{most}"),
    "deployment": ("{name}: {ready} of {wanted} ready", "{name}：{wanted} 个中 {ready} 个就绪"),
    "more": ("and {count} more", "以及另外 {count} 项"),
    "moment": ("{now:.2f} s, revision {revision}", "{now:.2f} 秒，版本 {revision}"),
    "no deployments": ("no Deployments yet", "还没有 Deployment"),
    "no nodes": ("the cluster has no node", "集群没有节点"),
    "node": ("Node", "节点"),
    "not found": ("{name}: no such Deployment", "{name}：没有此 Deployment"),
    "pod": ("Pod", "Pod"),
    "port": ("Port", "端口"),
    "service": ("Service", "Service"),
    "settle": ("Settle", "运行到稳定"),
    "settle at once": ("settle after each change", "每次更改后运行到稳定"),
    "settle tip": ("Let time pass until nothing can change any more", "让时间前进，直到不再有变化"),
    "state": ("state", "状态"),
    "step": ("Step", "单步"),
    "step tip": ("Let the next thing happen", "发生下一件事"),
}
NETWORK: Mapping[str, tuple[str, str]] = {
    "addresses only": (
        "getaddrinfo() asks for addresses only, not for {type}",
        "getaddrinfo() 只查询地址，不查询 {type}",
    ),
    "all chains": ("(all of them)", "（全部）"),
    "ask": ("Ask", "查询"),
    "ask tip": ("Ask for the name within the Pod", "在 Pod 内查询该名称"),
    "chain": ("Chain", "链"),
    "dig prints": ("what dig prints", "dig 的输出"),
    "from": ("From", "源"),
    "hops": ("hops of the packet", "数据包的各跳"),
    "hops told": ("{hops} hops there and back", "往返共 {hops} 跳"),
    "libc": ("libc", "libc"),
    "mode": ("Mode", "模式"),
    "name": ("Name", "名称"),
    "no packet yet": ("no packet was sent yet", "尚未发送数据包"),
    "no question yet": ("nothing was asked yet", "尚未查询"),
    "nothing to ask": ("choose a Pod and a name to ask for", "请选择 Pod 和要查询的名称"),
    "protocol": ("Protocol", "协议"),
    "rules of": ("rules of {node} in {mode} mode", "{node} 在 {mode} 模式下的规则"),
    "rules told": (
        "{node}, {mode} mode: {chains} chains, maps or sets, {lines} lines",
        "{node}，{mode} 模式：{chains} 个链、映射或集合，{lines} 行",
    ),
    "send": ("Send", "发送"),
    "send tip": ("Send a packet and follow it", "发送一个数据包并跟踪它"),
    "to": ("To", "目标"),
    "type": ("Type", "类型"),
    "walk": ("questions of getaddrinfo()", "getaddrinfo() 的查询"),
    "with counters": ("with packets and bytes", "显示包数和字节数"),
}
TIME: Mapping[str, tuple[str, str]] = {
    "back": ("Back", "后退"),
    "back tip": ("Look at the revision before", "查看上一个版本"),
    "component": ("component", "组件"),
    "forward": ("Forward", "前进"),
    "forward tip": ("Look at the next revision", "查看下一个版本"),
    "heard of": ("heard of revision", "已获知版本"),
    "held": ("held", "被暂停"),
    "missing": ("has yet to hear of {what}", "尚未获知 {what}"),
    "newest": ("Present", "现在"),
    "newest tip": ("Look at the present and follow it", "查看现在并跟随"),
    "oldest": ("the oldest revision that is known", "已知的最早版本"),
    "revision": ("Revision", "版本"),
    "rewind": ("Rewind", "倒回"),
    "rewind tip": ("Look at the oldest revision", "查看最早的版本"),
    "seen title": ("Who has heard of what", "谁获知了什么"),
    "the past": ("this is the past; the present is revision {newest}", "这是过去；现在是版本 {newest}"),
    "undo": ("Undo", "撤销"),
    "undo tip": ("Take the last write back, and all that followed", "撤销最后一次写入及其后果"),
    "up to date": ("up to date", "已是最新"),
    "what changed": ("what this revision changed", "该版本的变化"),
}
HANDS: Mapping[str, tuple[str, str]] = {
    "apply": ("Apply", "提交"),
    "apply tip": ("Apply the manifest, as kubectl apply does", "像 kubectl apply 一样提交清单"),
    "balance told": (
        "{service}: {sent} connections in {mode} mode; outside the expected band: {outside}",
        "{service}：{mode} 模式下 {sent} 个连接；超出期望范围：{outside}",
    ),
    "command": ("Command", "命令"),
    "connections": ("Connections", "连接数"),
    "exit": ("exit status {code}", "退出状态 {code}"),
    "explain": ("Explain", "诊断"),
    "explain tip": ("Why does the Service not answer?", "该 Service 为什么没有响应？"),
    "findings": ("what was found", "诊断结果"),
    "heal": ("Heal all", "全部修复"),
    "heal tip": ("Take all faults back that are in force", "撤销所有已注入的故障"),
    "in force": ("in force: {what}", "已注入：{what}"),
    "manifest": ("Manifest", "清单"),
    "matching": ("{name} selects {chosen} of {pods} Pods", "{name} 选中 {pods} 个 Pod 中的 {chosen} 个"),
    "no command": ("type a command", "请输入命令"),
    "no connections yet": ("no connections were made yet", "尚未建立连接"),
    "no service": ("there is no Service yet", "还没有 Service"),
    "none": ("none", "无"),
    "none in force": ("no fault is in force", "没有已注入的故障"),
    "nothing applied": ("nothing was applied yet", "尚未提交清单"),
    "nowhere": ("there is no Pod and no node to run it on", "没有可以运行命令的 Pod 或节点"),
    "object": ("object", "对象"),
    "probe told": ("{name}: readiness probe succeeds", "{name}：就绪探针成功"),
    "run": ("Run", "运行"),
    "run tip": ("Run the command (Enter)", "运行命令（回车）"),
    "screen": ("what the commands printed", "命令的输出"),
    "selector of": ("Selector", "选择器"),
    "set labels": ("Set", "设置"),
    "set labels tip": ("Store these labels and let the cluster settle", "保存这些标签并运行到稳定"),
    "stage": ("stage", "阶段"),
    "stage all": ("All stages", "全部阶段"),
    "stage back": ("Stage back", "上一阶段"),
    "stage on": ("Next stage", "下一阶段"),
    "stage told": (
        "{name}: stage {number} of {count}, {stage}: {note}",
        "{name}：第 {number} 阶段，共 {count} 阶段，{stage}：{note}",
    ),
    "stages": ("stages of the request", "请求的各阶段"),
    "what it changed": ("what the stage changed", "该阶段的改动"),
    "what it did": ("what it did", "做了什么"),
    "where": ("Where", "位置"),
}
TABS: Mapping[str, tuple[str, str]] = {
    "tab balance": ("Balance", "负载分布"),
    "tab cluster": ("Cluster", "集群"),
    "tab command": ("Commands", "命令"),
    "tab dig": ("DNS", "DNS"),
    "tab faults": ("Faults", "故障"),
    "tab registrar": ("Register", "注册"),
    "tab rules": ("Rules", "规则"),
    "tab selector": ("Selector", "选择器"),
    "tab timeline": ("Timeline", "时间线"),
    "tab tracer": ("Packet", "数据包"),
}
TABLES = (COMMON, NETWORK, TIME, HANDS, TABS)
WORDS: Mapping[str, tuple[str, str]] = {name: pair for table in TABLES for name, pair in table.items()}


def words(lang: str | None = None) -> Mapping[str, str]:
    """All words in one language; raises UsageError for a language that there is not."""
    return view.words(lang, WORDS)
