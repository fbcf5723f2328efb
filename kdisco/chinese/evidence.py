"""What shows a cause and what mends it; fields and objects stay as they are."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EVIDENCE"]

EVIDENCE: Mapping[str, str] = {
    "# ask for {name}.{home}, or make the name known here too:\n{command}":
        "# 改用 {name}.{home}，或让这个名字在这里也可用：\n{command}",
    "# give it a name that exists, or take the alias away:\n{command}": "# 改成存在的名字，或去掉别名：\n{command}",
    "# start it again; if it does not come back:\n{command}": "# 重新开机；如果起不来：\n{command}",
    "# start it or its kubelet again; if it does not come back:\n{command}":
        "# 重启节点或它的 kubelet；如果起不来：\n{command}",
    "# the cluster has no node: let one join it\nkubectl get nodes":
        "# 集群没有节点：让一个节点加入\nkubectl get nodes",
    "DNS questions (port {port})": "端口 {port} 的 DNS 查询",
    "configmap/kube-system/coredns data.Corefile; {pod} answers {name} with {said}":
        "configmap/kube-system/coredns data.Corefile；{pod} 对 {name} 的回答是 {said}",
    "connections to port {port}": "到端口 {port} 的连接",
    "grpc on port {port}": "grpc 端口 {port}",
    "httpGet {path} on port {port}": "httpGet {path} 端口 {port}",
    "is not reported": "没有上报",
    "lacks {ends}": "缺少 {ends}",
    "no port at all": "没有端口",
    "no resolver knows such a name": "没有解析器知道这个名字",
    "node/{node} conntrack: {count} of {most} entries; {why}":
        "node/{node} conntrack：{most} 项中已用 {count} 项；{why}",
    "node/{node} rules of {service}:{port} lead to {known}{rule}; the EndpointSlices say {wanted}":
        "node/{node} 上 {service}:{port} 的规则指向 {known}{rule}；EndpointSlice 里是 {wanted}",
    "nobody": "空",
    "nobody has looked at it": "还没有调度器处理它",
    "nor is there a namespace {namespace}": "也没有命名空间 {namespace}",
    "not reported": "没有上报",
    "not set": "未设置",
    "nothing": "无",
    "servicecidr/{name} spec.cidrs {cidrs}: {count} IPAddress objects, none free":
        "servicecidr/{name} spec.cidrs {cidrs}：{count} 个 IPAddress 对象，没有空闲",
    'services "{name}" not found in namespace {namespace}: {words}':
        'services "{name}" not found，命名空间 {namespace}：{words}',
    'services "{name}" not found in namespace {namespace}; {home} is there':
        'services "{name}" not found，命名空间 {namespace}；有 {home}',
    "still names {ends}": "仍列出 {ends}",
    "tcpSocket on port {port}": "tcpSocket 端口 {port}",
    "that is an address, and DNS looks it up as a name": "它是地址，DNS 却把它当名字查",
    "the EndpointSlice controller has not caught up": "EndpointSlice 控制器还没有跟上",
    "the EndpointSlice controller is cut off": "EndpointSlice 控制器已断开",
    "the look-up of {target} ends with {error}": "解析 {target} 的结果是 {error}",
    "there is no Pod at all": "没有任何 Pod",
    "there is no Service {name} in namespace {namespace}": "命名空间 {namespace} 里没有 Service {name}",
    "there is none at all": "一个都没有",
    "there is {names}": "有 {names}",
    "{count} events are due": "还有 {count} 个事件待发生",
    "{end} on {node}": "{node} 上的 {end}",
    "{evidence} (as {names})": "{evidence}（{names} 也一样）",
    "{field} port {port}, targetPort {target}, spec.clusterIP None; {pod} listens on {number}, not on {port}":
        "{field} port {port}, targetPort {target}, spec.clusterIP None；{pod} 监听 {number}，不是 {port}",
    "{field} targetPort {target}; {pod} listens on {heard}, its containers declare {ports}":
        "{field} targetPort {target}；{pod} 监听 {heard}，容器声明 {ports}",
    "{field}.protocol {protocol}; {pod} listens on {port}/{other}":
        "{field}.protocol {protocol}；{pod} 监听 {port}/{other}",
    "{field}.targetPort {target}; {pod} spec.containers ports: {ports}":
        "{field}.targetPort {target}；{pod} spec.containers ports：{ports}",
    "{found} spec.replicas {replicas}, and no Pod has the labels {labels}":
        "{found} spec.replicas {replicas}，而没有 Pod 带标签 {labels}",
    "{found} subsets; {service} has no selector": "{found} subsets；{service} 没有选择器",
    "{head}; labels there: {labels}": "{head}；那里的标签：{labels}",
    "{head}; {found} has Pods with {labels}": "{head}；{found} 的 Pod 带标签 {labels}",
    "{names} and {count} more": "{names} 及另外 {count} 个",
    "{node} status.conditions Ready {said}": "{node} status.conditions Ready {said}",
    "pod/{pod} looks up {name}: {why}": "pod/{pod} 查询 {name}：{why}",
    "{pod} answers {name} with {has}; the API server's objects give {should}":
        "{pod} 对 {name} 的回答是 {has}；按 API Server 里的对象应是 {should}",
    "{pod} metadata.deletionTimestamp {deletion_timestamp}, metadata.finalizers {kept}":
        "{pod} metadata.deletionTimestamp {deletion_timestamp}, metadata.finalizers {kept}",
    "{pod} spec.containers ports {ports}; annotation {annotation}: {told!r}":
        "{pod} spec.containers ports {ports}；注解 {annotation}：{told!r}",
    "{pod} spec.containers {container} {name} {asked}: {words}":
        "{pod} spec.containers {container} {name} {asked}：{words}",
    "{pod} spec.containers {container} {name} {asked}; status.containerStatuses {container} ready false":
        "{pod} spec.containers {container} {name} {asked}；status.containerStatuses {container} ready false",
    "{pod} spec.readinessGates {condition_type}: the condition is {what}":
        "{pod} spec.readinessGates {condition_type}：状况是 {what}",
    "{pod} status.conditions PodScheduled False: {words}": "{pod} status.conditions PodScheduled False：{words}",
    "{pod} status.conditions Ready {words}": "{pod} status.conditions Ready {words}",
    "{policy} spec.{sides}, spec.podSelector selects {pod}; {words} ends at {where}: {why}":
        "{policy} spec.{sides}，spec.podSelector 选中 {pod}；{words} 止于 {where}：{why}",
    "{said}; spec.containers {container} {name} {asked}": "{said}；spec.containers {container} {name} {asked}",
    "{service} (no EndpointSlice)": "{service}（没有 EndpointSlice）",
    "{service} spec.clusterIP is not set": "{service} 没有设置 spec.clusterIP",
    "{service} spec.externalIPs {external_ips}": "{service} spec.externalIPs {external_ips}",
    "{service} spec.externalTrafficPolicy Local, nodePort {port}: no local endpoint on {empty}":
        "{service} spec.externalTrafficPolicy Local，nodePort {port}：{empty} 上没有本地端点",
    "{service} spec.ports[{place}].name is not set": "{service} 没有设置 spec.ports[{place}].name",
    "{service} spec.ports[{place}].targetPort {target}; {pod} declares {ports}":
        "{service} spec.ports[{place}].targetPort {target}；{pod} 声明 {ports}",
    "{service} spec.selector is not set; no EndpointSlice has the label {label}={name}":
        "{service} 没有设置 spec.selector；没有 EndpointSlice 带标签 {label}={name}",
    "{service} spec.selector {labels}: no such Pod in {namespace}, but {found} has these labels":
        "{service} spec.selector {labels}：{namespace} 里没有这样的 Pod，而 {found} 带这些标签",
    "{service} spec.selector {selector}; {pod} declares {ports}":
        "{service} spec.selector {selector}；{pod} 声明 {ports}",
    "{service} spec.sessionAffinity ClientIP for {seconds} s":
        "{service} spec.sessionAffinity ClientIP，保持 {seconds} 秒",
    "{slices} addressType {address_type}; {service} spec.clusterIPs {virtual_ips}":
        "{slices} addressType {address_type}；{service} spec.clusterIPs {virtual_ips}",
    "{slice} metadata.labels {label}: {value}": "{slice} metadata.labels {label}：{value}",
    "{slice} ports: {said}; {service} spec.ports[{place}].name {name!r}":
        "{slice} ports：{said}；{service} spec.ports[{place}].name {name!r}",
    "{slices} {what}": "{slices} {what}",
    "{source} to {end}": "{source} 到 {end}",
    "{stray} label {label}={service}, not managed by {manager}":
        "{stray} 带标签 {label}={service}，不由 {manager} 管理",
    "{what} is cut off from the API server": "{what} 与 API Server 断开",
    "{where}: there is no Service {service} in namespace {namespace}":
        "{where}：命名空间 {namespace} 里没有 Service {service}",
    "{where}; {service} spec.ports {ports}": "{where}；{service} spec.ports {ports}",
    "{words} ends at {where}: {why}": "{words} 止于 {where}：{why}",
    "{words} ends with {verdict} at {where}: {why}": "{words} 以 {verdict} 止于 {where}：{why}",
}
