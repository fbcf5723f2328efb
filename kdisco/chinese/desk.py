"""What the API server's stages say of a request, and of the past."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DESK"]

DESK: Mapping[str, str] = {
    "(none)": "（无）",
    "RBAC: allowed by {grant}": "RBAC：由 {grant} 允许",
    "RBAC: allowed by {role}, bound by {kind} {binding} to {whom} {name}":
        "RBAC：由 {role} 允许，经 {kind} {binding} 绑定到 {whom} {name}",
    "binding": "绑定",
    "dry run: not deleted": "dry run：未删除",
    "dry run: not stored": "dry run：未存储",
    "every field follows the rules": "每个字段都合规",
    "every namespace is at the level privileged": "所有命名空间的级别都是 privileged",
    "for Ingresses": "只管 Ingress",
    "for Jobs": "只管 Job",
    "for Nodes": "只管 Node",
    "for PersistentVolumeClaims": "只管 PersistentVolumeClaim",
    "for PodGroups": "只管 PodGroup",
    "for Pods": "只管 Pod",
    "for Pods that a node must support": "只管需要节点支持的 Pod",
    "for certificates": "只管证书",
    "for the binding of Pods": "只管 Pod 的绑定",
    "for the resizing of Pods": "只管 Pod 的资源调整",
    "for volumes and their claims": "只管卷及其声明",
    "its class as a number": "把优先级类换成数值",
    "its content is being deleted": "正在删除其中的内容",
    "its deletion was asked for before": "之前已请求删除",
    "its grace is shortened to {seconds} s": "宽限期缩短为 {seconds} 秒",
    "its last finalizer is gone: removed": "最后一个 finalizer 已去掉：已移除",
    "marked for deletion, held by {finalizers}": "已标记删除，被 {finalizers} 保留",
    "marked for deletion, {seconds} s of grace": "已标记删除，宽限期 {seconds} 秒",
    "marked for deletion: its content goes first": "已标记删除：先删除其中的内容",
    "no LimitRange is set": "没有设置 LimitRange",
    "no Pods before it is ready": "就绪之前不接收 Pod",
    "no RuntimeClass is set": "没有设置 RuntimeClass",
    "no change: still at revision {revision}": "没有变化：版本仍是 {revision}",
    "no policy is set": "没有设置策略",
    "no quota is set": "没有设置配额",
    "no webhook is set": "没有设置 webhook",
    "nobody to tell": "无人监听",
    "nothing to allocate": "无需分配",
    "nothing to undo: no write was made yet": "没有可撤销的写入：还没有写过",
    "read as {kind}": "解码为 {kind}",
    "read as {kind}, defaults filled in": "解码为 {kind}，已填默认值",
    "reason": "原因",
    "refused by": "拒绝者",
    "removed": "已移除",
    "role": "角色",
    "rule": "规则",
    "runs as its ServiceAccount": "填入 ServiceAccount",
    "stays 300 s on a node out of order": "节点异常后再停留 300 秒",
    "the namespace takes it": "命名空间可以接收",
    "the spec is as it was": "spec 没有改变",
    "user {user} of {groups}": "用户 {user}，所属组 {groups}",
    "written to etcd at revision {revision}": "已写入 etcd，版本 {revision}",
    "{count} plugins: changed by {plugins}": "{count} 个插件：由 {plugins} 修改",
    "{count} plugins: no objection": "{count} 个插件：没有反对",
    "{count} plugins: nothing to change": "{count} 个插件：无需修改",
    "{count} watchers will hear of it": "将通知 {count} 个监听者",
    "{group} may do everything": "{group} 可以做任何事",
}
