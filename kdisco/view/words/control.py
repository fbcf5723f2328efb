"""The words of pictures of the control plane: registration, watches, the life of Pods, rollouts."""

# ruff: noqa: RUF001 - Chinese has its own comma and colon

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTROL"]

CONTROL: Mapping[str, tuple[str, str]] = {
    "at": ("{what}, {seconds} s", "{what}，{seconds} 秒"),
    "available": ("{count} new available", "新 Pod 可用 {count}"),
    "between": ("now between two steps: {old} old + {new} new", "当前介于两步之间：旧 {old} + 新 {new}"),
    "bounds": ("at most {most} Pods, at least {least} available", "最多 {most} 个 Pod，至少 {least} 个可用"),
    "controller": ("{name} controller", "{name} 控制器"),
    "cut off": ("cut off", "已断开"),
    "delivered": ("heard of revision {revision}", "已获知版本 {revision}"),
    "later": ("+{seconds} s", "+{seconds} 秒"),
    "life Running, not ready": ("Running, not ready", "Running，未就绪"),
    "life and": ("{name} and {count} more", "{name} 及另外 {count} 个"),
    "life gone": ("gone", "已删除"),
    "life here": ("now: {names}", "当前：{names}"),
    "life none": ("not there yet", "尚未创建"),
    "life seconds": ("{what}, {seconds} s", "{what}，{seconds} 秒"),
    "life title": ("A Pod's life, as kubectl shows it", "Pod 的生命周期（kubectl 所示状态）"),
    "makes coredns": ("answers names", "回答域名查询"),
    "makes endpoints": ("writes Endpoints", "写入 Endpoints"),
    "makes endpointslice": ("writes EndpointSlices", "写入 EndpointSlice"),
    "makes kube-proxy": ("writes the rules of its node", "写入所在节点的规则"),
    "move Running, not ready": ("Running, not ready", "Running，未就绪"),
    "move gone": ("gone", "已删除"),
    "move none": ("none", "尚未创建"),
    "new set": ("new", "新"),
    "no deployment": ("no Deployment {name} to draw", "没有可绘制的 Deployment {name}"),
    "no service": ("no Service was posted yet", "尚未提交 Service"),
    "of pods": ("{ready} of {count} Pods ready", "{count} 个 Pod 中 {ready} 个就绪"),
    "old set": ("old", "旧"),
    "paused": ("paused", "已暂停"),
    "present": ("now", "当前"),
    "recreate": ("Recreate: old Pods go first", "Recreate：先删除旧 Pod"),
    "registration": ("Registration of {name}", "{name} 的注册过程"),
    "revision": ("revision {revision}", "版本 {revision}"),
    "rollout title": (
        "Rollout of {name}: {old} old and {new} new Pods",
        "{name} 的发布：旧 Pod {old} 个，新 Pod {new} 个",
    ),
    "size": ("{old} old + {new} new", "旧 {old} + 新 {new}"),
    "stage allocation": ("Allocation of the ClusterIP", "分配 ClusterIP"),
    "stage authentication": ("Authentication: who asks?", "认证：是谁？"),
    "stage authorization": ("Authorization: may they?", "鉴权：允许吗？"),
    "stage decode + defaulting": ("Decode and defaults", "解码并填充默认值"),
    "stage mutating admission": ("Mutating admission", "变更准入"),
    "stage store": ("Store", "存储"),
    "stage validating admission": ("Validating admission", "验证准入"),
    "stage validation": ("Validation", "校验"),
    "stage watch": ("Tell the watchers", "通知监听者"),
    "steps": (
        "the steps of a rollout: Pods get ready when nothing else can be done",
        "发布的各个步骤：无事可做时等待 Pod 就绪",
    ),
    "store": ("stored", "已存储"),
    "tells": ("tells its watchers", "通知监听者"),
    "timeline title": ("Who heard of which change, and how much later", "谁在多久之后获知哪项更改"),
    "unheard": ("not heard: {what}", "尚未获知：{what}"),
    "up to date": ("up to date", "已同步"),
    "view of": ("view {revision}", "视图 {revision}"),
    "waits": ("has not heard yet", "尚未获知"),
    "watch": ("watch", "监听"),
    "watch title": ("Who has heard what: revision {revision} is stored", "谁获知了什么：已存储版本 {revision}"),
}
