"""Why a Service does not answer: the causes that a diagnosis names, and what is unwise."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CAUSES"]

CAUSES: Mapping[str, str] = {
    "A Pod is stuck Terminating: its finalizer {kept} is taken away by nobody.":
        "有 Pod 卡在 Terminating：没有谁去掉它的 finalizer {kept}。",
    "A Pod is stuck Terminating: its grace period is over.": "有 Pod 卡在 Terminating：宽限期已过。",
    "A Service with several ports should name each: no SRV record and no slice port tells them apart.":
        "有多个端口的 Service 应给每个端口命名：否则 SRV 记录和切片里的端口无法区分。",
    "A foreign EndpointSlice adds endpoints that are no Pods of the Service: {shown}.":
        "外来的 EndpointSlice 加入了不属于该 Service 的 Pod 的端点：{shown}。",
    "Connections from {source} are not answered.": "来自 {source} 的连接得不到应答。",
    "Container {container} cannot be made: {reason}.": "无法创建容器 {container}：{reason}。",
    "CoreDNS does not serve the domain {domain} that the Pods' search lists name.":
        "Pod 的搜索域里的 {domain} 不由 CoreDNS 提供。",
    "CoreDNS in Pod {pod} has not heard of the newest state of the Service.":
        "Pod {pod} 里的 CoreDNS 尚未获知 Service 的最新状态。",
    "CoreDNS in Pod {pod} has not heard of the newest state of the Service: its share of the answers is old.":
        "Pod {pod} 里的 CoreDNS 尚未获知 Service 的最新状态：由它回答的那部分是旧的。",
    "EXTERNAL-IP stays <pending>: no load balancer controller of a cloud provider has given the Service an address.":
        "EXTERNAL-IP 一直是 <pending>：没有云厂商的负载均衡控制器给该 Service 分配地址。",
    "EXTERNAL-IP stays <pending>: no load balancer controller of class {name} has given the Service an address.":
        "EXTERNAL-IP 一直是 <pending>：没有 {name} 类的负载均衡控制器给该 Service 分配地址。",
    "EndpointSlice {name} is not joined to the Service: the name alone does not do it.":
        "EndpointSlice {name} 没有关联到该 Service：只靠名字不行。",
    "Every address of the Service range is taken: no further Service can get a ClusterIP.":
        "Service 网段的地址已用完：新的 Service 得不到 ClusterIP。",
    "Look-ups of Pods like {source} fail: {error}.": "{source} 这样的 Pod 解析失败：{error}。",
    "NetworkPolicy {policy} in namespace {namespace} does not allow {what} to enter Pods like {pod}.":
        "命名空间 {namespace} 的 NetworkPolicy {policy} 不允许{what}进入 {pod} 这样的 Pod。",
    "NetworkPolicy {policy} in namespace {namespace} does not allow {what} to leave Pods like {pod}.":
        "命名空间 {namespace} 的 NetworkPolicy {policy} 不允许{what}离开 {pod} 这样的 Pod。",
    "No EndpointSlice has a port named {name!r} ({protocol}), as the Service's port {port} is: they are "
    "joined by name.":
        "没有 EndpointSlice 带名为 {name!r}（{protocol}）的端口，而 Service 的端口 {port} 叫这个名字：两者按名字关联。",
    "Nobody has the address {ip} that an endpoint names.": "端点里的地址 {ip} 不属于任何机器。",
    "Nobody listens on {port}/{protocol} of {ip}.": "{ip} 上没有程序监听 {port}/{protocol}。",
    "Node {name} is not ready, and so are its Pods.": "节点 {name} 未就绪，其上的 Pod 也未就绪。",
    "Node {name} is switched off.": "节点 {name} 已关机。",
    "Node {name} runs on, but nothing passes its network card.": "节点 {name} 仍在运行，但网卡不通。",
    "None of the endpoints that somebody wrote for this Service is ready.": "有人为该 Service 写的端点都未就绪。",
    "One CoreDNS is down: {cause}": "有一个 CoreDNS 停了：{cause}",
    "Pods of {name} and {other} do not reach each other: VXLAN packets between the two nodes are dropped.":
        "{name} 与 {other} 上的 Pod 互相不通：两个节点之间的 VXLAN 包被丢弃。",
    "Service {name} is not in namespace {namespace} but in {where}: from elsewhere it is {name}.{home}.":
        "Service {name} 不在命名空间 {namespace}，而在 {where}：在别处要写 {name}.{home}。",
    "Session affinity: all connections of one client address go to one Pod, so load is not spread evenly.":
        "会话保持：同一客户端地址的连接都到同一个 Pod，负载并不均匀。",
    "The API server refuses {name}.": "API Server 拒绝 {name}。",
    "The EndpointSlices do not say what the Pods are: {why}.": "EndpointSlice 与 Pod 不符：{why}。",
    "The Pods are about to end.": "这些 Pod 即将结束。",
    "The Pods have ended ({phase}): nothing runs that could answer.":
        "这些 Pod 已结束（{phase}）：没有可应答的程序在运行。",
    "The Pods of {kind} {above} are Pending: no node takes them.": "{kind} {above} 的 Pod 处于 Pending：没有节点接收。",
    "The Pods of {kind} {above} have not started yet.": "{kind} {above} 的 Pod 还没有启动。",
    "The Pods of {kind} {above} run but are not ready.": "{kind} {above} 的 Pod 在运行，但未就绪。",
    "The Pods of {kind} {above} run but are not ready: the {name} of container {container} fails.":
        "{kind} {above} 的 Pod 在运行，但未就绪：容器 {container} 的 {name} 失败。",
    "The Pods that are meant are in namespace {home}: a selector finds Pods of its own namespace {namespace} only.":
        "想找的 Pod 在命名空间 {home}：选择器只在自己的命名空间 {namespace} 里找 Pod。",
    "The Pods wait for their readiness gate {condition_type}, which nobody opens.":
        "这些 Pod 在等就绪门控（readinessGate）{condition_type}，没有谁去打开它。",
    "The Service forwards to port {port}, where no container of its Pods listens.":
        "Service 转发到端口 {port}，而它的 Pod 里没有容器监听该端口。",
    "The Service forwards {protocol} to port {port}, but the Pods listen there on {other}.":
        "Service 把 {protocol} 转发到端口 {port}，而 Pod 在该端口上监听的是 {other}。",
    "The Service has no ClusterIP: it is a manifest that no API server has taken yet.":
        "该 Service 没有 ClusterIP：它是尚未提交给 API Server 的清单。",
    "The Service has no endpoints because {kind} {found} is scaled to 0: there is no Pod.":
        "该 Service 没有端点，因为 {kind} {found} 已缩容到 0：没有 Pod。",
    "The Service has no selector, so nobody looks for Pods, and nobody has written EndpointSlices for it.":
        "该 Service 没有选择器，所以没有谁去找 Pod，也没有谁为它写 EndpointSlice。",
    "The Service has {families} addresses, its EndpointSlices have others.":
        "该 Service 的地址是 {families}，它的 EndpointSlice 却是另一种。",
    "The Service is an alias for {target}, which leads nowhere: {problem}.":
        "该 Service 是 {target} 的别名，但它无处可去：{problem}。",
    "The Service is headless: clients reach the Pods themselves, and nobody translates port {port} to {target}.":
        "该 Service 是无头 Service：客户端直接访问 Pod，没有谁把端口 {port} 换成 {target}。",
    "The Service's targetPort {target} is a name, and no container of the Pods has a {protocol} port of that name.":
        "Service 的 targetPort {target} 是名字，而 Pod 的容器没有这个名字的 {protocol} 端口。",
    "The cluster has not come to rest: what is said here may be over in a moment.":
        "集群还没有静下来：这里所说的可能马上就变。",
    "The cluster DNS does not answer: {cause}": "集群 DNS 没有应答：{cause}",
    "The connection table of {node} is full: the kernel drops the first packet of every new connection.":
        "{node} 的连接跟踪表已满：内核丢弃每个新连接的首个包。",
    "The container declares port {port}, but its program listens on {where}.":
        "容器声明了端口 {port}，但程序监听的是 {where}。",
    "The container declares port {port}, but its program listens only on 127.0.0.1, which nobody outside "
    "the Pod reaches.":
        "容器声明了端口 {port}，但程序只监听 127.0.0.1，Pod 之外都访问不到。",
    "The container {container} ends with exit status {code} again and again.":
        "容器 {container} 反复退出，退出状态 {code}。",
    "The container {container} is killed again and again: its {name} fails.":
        "容器 {container} 反复被杀：它的 {name} 失败。",
    "The endpoints are written as v1 Endpoints, which is deprecated since v1.33: write an EndpointSlice.":
        "端点写成了 v1 Endpoints，它自 v1.33 起已弃用：请写 EndpointSlice。",
    "The image {image} of container {container} cannot be pulled.": "无法拉取容器 {container} 的镜像 {image}。",
    "The init container {container} ends with exit status {code} again and again.":
        "init 容器 {container} 反复退出，退出状态 {code}。",
    "The kubelet of {nodes} gave Pods the nameserver {given}, where nobody is; the cluster DNS is at {right}.":
        "{nodes} 的 kubelet 给 Pod 的域名服务器是 {given}，那里没有机器；集群 DNS 在 {right}。",
    "The kubelets of {nodes} gave Pods the nameserver {given}, where nobody is; the cluster DNS is at {right}.":
        "{nodes} 的 kubelet 给 Pod 的域名服务器是 {given}，那里没有机器；集群 DNS 在 {right}。",
    "The selector {selector} finds Pods of {others} too, which do not serve port {port}.":
        "选择器 {selector} 也选中了 {others} 的 Pod，它们不提供端口 {port}。",
    "The selector {selector} finds no Pod in namespace {namespace}.":
        "选择器 {selector} 在命名空间 {namespace} 里找不到 Pod。",
    "The selector {selector} finds no Pod in namespace {namespace}: the Pods of {kind} {name} do not carry {lacks}.":
        "选择器 {selector} 在命名空间 {namespace} 里找不到 Pod：{kind} {name} 的 Pod 没有 {lacks}。",
    "There is no Service {name} in namespace {namespace}.": "命名空间 {namespace} 里没有 Service {name}。",
    "There is no Service {name} in namespace {namespace}; did you mean {near}?":
        "命名空间 {namespace} 里没有 Service {name}；是不是 {near}？",
    "externalTrafficPolicy Local: {empty} has no Pod of the Service and drops what comes from outside.":
        "externalTrafficPolicy Local：{empty} 上没有该 Service 的 Pod，会丢弃来自集群外的包。",
    "internalTrafficPolicy Local keeps traffic on its node, and {node} has no Pod of the Service.":
        "internalTrafficPolicy Local 让流量留在本节点，而 {node} 上没有该 Service 的 Pod。",
    "kube-proxy on {instance} hears of no change: its rules are right as long as nothing changes.":
        "{instance} 上的 kube-proxy 听不到变化：只要没有变化，规则就仍然正确。",
    "kube-proxy on {node} does not run: the node's rules stay as they were.":
        "{node} 上的 kube-proxy 没有运行：节点的规则保持原样。",
    "kube-proxy on {node} has not heard of the newest endpoints: the node's rules are stale.":
        "{node} 上的 kube-proxy 尚未获知最新的端点：节点的规则是旧的。",
    "kube-proxy's mode ipvs is deprecated since v1.35: nftables takes its place.":
        "kube-proxy 的 ipvs 模式自 v1.35 起已弃用：由 nftables 取代。",
    "ndots:{ndots} lets even full names walk the search list first: {count} names are asked for instead of one.":
        "ndots:{ndots} 使完整域名也先走一遍搜索域：要查 {count} 个名字，而不是一个。",
    "spec.externalIPs is deprecated: whoever may write a Service can draw others' traffic to it.":
        "spec.externalIPs 已弃用：能写 Service 的人可以把别人的流量引过来。",
    "targetPort {target} is none of the ports that the containers declare: it works where the program listens there, "
    "but nobody who reads the manifest knows.":
        "targetPort {target} 不在容器声明的端口里：程序监听它就能用，但从清单上看不出来。",
    "trafficDistribution PreferClose is deprecated: it is called PreferSameZone now.":
        "trafficDistribution PreferClose 已弃用：现在叫 PreferSameZone。",
    "{kind} {above} calls the Service on port {number}; it has {ports} only.":
        "{kind} {above} 访问该 Service 的端口 {number}；它只有 {ports}。",
    "{kind} {above} in namespace {namespace} asks for {asked}, but the Service is {service}.{home}.":
        "命名空间 {namespace} 的 {kind} {above} 访问 {asked}，而该 Service 是 {service}.{home}。",
    "{kind} {found} cannot make its Pods: the API server refuses them.":
        "{kind} {found} 无法创建 Pod：API Server 拒绝了。",
    "{kind} {found} is paused and has made no Pod yet.": "{kind} {found} 已暂停，还没有创建 Pod。",
    "{kind} {name} wants its Pods and there is none yet.": "{kind} {name} 期望有 Pod，但还一个都没有。",
    "{kind} {name} wants {count} Pods and there is none yet.": "{kind} {name} 期望 {count} 个 Pod，但还一个都没有。",
}
