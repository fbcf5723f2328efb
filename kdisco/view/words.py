"""The words in the pictures, English and Chinese, in one table."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "WORDS", "words"]

LANGUAGES = ("en", "zh")
WORDS: Mapping[str, tuple[str, str]] = {
    "chance": ("chance {chance}", "概率 {chance}"),
    "cluster": (
        "Cluster: {nodes} nodes, {pods} Pods, {services} Services",
        "集群：{nodes} 个节点，{pods} 个 Pod，{services} 个 Service",
    ),
    "controller": ("{name} controller", "{name} 控制器"),
    "delivered": ("heard of revision {revision}", "已获知版本 {revision}"),
    "deleting": ("terminating", "正在终止"),
    "discovery": ("Discovery: {name} asked by {pod}", "服务发现：{pod} 查询 {name}"),
    "dnat": ("Packet: {verdict}", "数据包：{verdict}"),
    "endpoints": ("Endpoints of {name}", "{name} 的端点"),
    "entries": ("endpoints", "个端点"),
    "deprecated": ("deprecated, still written", "已弃用，仍会写入"),
    "no match": ("labels do not match", "标签不匹配"),
    "no slice": ("no EndpointSlice", "没有 EndpointSlice"),
    "nothing": ("nothing to show yet", "暂无内容"),
    "failed": ("failed", "失败"),
    "first question": ("asks for", "查询"),
    "hop bridge": ("bridge", "网桥"),
    "hop conntrack": ("conntrack", "连接跟踪 conntrack"),
    "hop deliver": ("delivered", "送达"),
    "hop dnat": ("DNAT: new destination", "DNAT：改写目标"),
    "hop drop": ("DROP", "DROP"),
    "hop filter": ("filter rules", "过滤规则"),
    "hop left": ("leaves the cluster", "离开集群"),
    "hop nic": ("network interface", "网卡"),
    "hop output": ("nat OUTPUT", "nat OUTPUT"),
    "hop outside": ("outside", "集群外"),
    "hop pod": ("Pod", "Pod"),
    "hop prerouting": ("nat PREROUTING", "nat PREROUTING"),
    "hop process": ("process", "进程"),
    "hop refuse": ("refused", "被拒绝"),
    "hop reject": ("REJECT", "REJECT"),
    "hop route": ("routing table", "路由表"),
    "hop snat": ("SNAT: new source", "SNAT：改写源"),
    "hop unreachable": ("unreachable", "不可达"),
    "hop veth": ("veth pair", "veth 对"),
    "hop vxlan": ("VXLAN", "VXLAN"),
    "more alike": ("and {count} alike", "另有 {count} 个相同"),
    "more rows": ("and {count} more rows or columns", "另有 {count} 行或列"),
    "more nodes": ("and {count} more nodes", "另有 {count} 个节点"),
    "more pods": ("+{count} Pods", "另有 {count} 个 Pod"),
    "network": ("Pod network {cidr}: flat, every Pod reaches every Pod", "Pod 网络 {cidr}：扁平，任意 Pod 互通"),
    "no endpoints": ("no ready endpoints", "没有就绪端点"),
    "no selector": ("no selector", "没有选择器"),
    "no service": ("no Service was posted yet", "尚未提交 Service"),
    "not ready": ("not ready", "未就绪"),
    "pending": ("pending", "等待中"),
    "reachability": ("Who reaches which Service", "谁能访问哪个 Service"),
    "ready": ("ready", "就绪"),
    "refused": ("refused", "被拒绝"),
    "registration": ("Registration of {name}", "{name} 的注册过程"),
    "rules": ("Rules on {node} ({mode})", "{node} 上的规则（{mode}）"),
    "selector": ("selector", "选择器"),
    "stage allocation": ("Allocation of the ClusterIP", "分配 ClusterIP"),
    "stage authentication": ("Authentication: who asks?", "认证：是谁？"),
    "stage authorization": ("Authorization: may they?", "鉴权：允许吗？"),
    "stage decode + defaulting": ("Decode and defaults", "解码并填充默认值"),
    "stage mutating admission": ("Mutating admission", "变更准入"),
    "stage store": ("Store", "存储"),
    "stage validating admission": ("Validating admission", "验证准入"),
    "stage validation": ("Validation", "校验"),
    "stage watch": ("Tell the watchers", "通知监听者"),
    "starting": ("starting", "启动中"),
    "store": ("stored", "已存储"),
    "succeeded": ("succeeded", "已完成"),
    "there": ("there", "去程"),
    "back": ("back", "回程"),
    "unscheduled": ("waiting for a node", "等待调度"),
    "verdict no name": ("no name", "无法解析"),
    "verdict partly": ("partly", "部分"),
    "verdict refused": ("refused", "被拒绝"),
    "verdict timeout": ("timeout", "超时"),
    "verdict yes": ("yes", "可达"),
    "waits": ("has not heard yet", "尚未获知"),
    "watch": ("watch", "监听"),
}


def words(lang: str, table: Mapping[str, tuple[str, str]] = WORDS) -> Mapping[str, str]:
    """All words of a table in one language; raises UsageError for a language that there is not."""
    if lang not in LANGUAGES:
        msg = f"lang: {lang!r} is not one of {', '.join(LANGUAGES)}"
        raise UsageError(msg)
    return {name: pair[LANGUAGES.index(lang)] for name, pair in table.items()}
