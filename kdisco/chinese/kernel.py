"""What kernels and NetworkPolicies say of packets."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KERNEL"]

KERNEL: Mapping[str, str] = {
    "ICMP port unreachable goes back at once: ping prints Destination Port Unreachable":
        "立即返回 ICMP 端口不可达：ping 打印 Destination Port Unreachable",
    "ICMP port unreachable goes back at once: the client reads connection refused":
        "立即返回 ICMP 端口不可达：客户端看到 connection refused",
    "IPVS {server} is meant: it chooses later, the rules can only mark":
        "目标是 IPVS {server}：稍后由它选择，规则只能打标记",
    "IPVS {server}: no real server, ICMP goes back": "IPVS {server}：没有真实服务器，返回 ICMP",
    "IPVS {server}: the turn of {end}": "IPVS {server}：轮到 {end}",
    "NetworkPolicies {policies} isolate it, and no rule allows from {whom}":
        "被 NetworkPolicy {policies} 隔离，没有规则允许来自 {whom}",
    "NetworkPolicies {policies} isolate it, and no rule allows to {whom}":
        "被 NetworkPolicy {policies} 隔离，没有规则允许去往 {whom}",
    "NetworkPolicy {policies} isolates it, and no rule allows from {whom}":
        "被 NetworkPolicy {policies} 隔离，没有规则允许来自 {whom}",
    "NetworkPolicy {policies} isolates it, and no rule allows to {whom}":
        "被 NetworkPolicy {policies} 隔离，没有规则允许去往 {whom}",
    "NetworkPolicy {policy} allows it by rule {rule}": "NetworkPolicy {policy} 的第 {rule} 条规则允许",
    "a listening Pod or process got it": "由正在监听的 Pod 或进程收到",
    "a packet of a known connection: no nat rule is asked": "已知连接的包：不查 nat 规则",
    "a packet of a known connection: no nat rule is asked, its destination is as noted":
        "已知连接的包：不查 nat 规则，目标按记录改写",
    "a reset": "RST",
    "a rule refused it: the client reads connection refused at once": "被规则拒绝：客户端立即看到 connection refused",
    "a rule threw it away: the client waits until it gives up": "被规则丢弃：客户端一直等到超时",
    "an answer of a known connection: no nat rule is asked": "已知连接的应答：不查 nat 规则",
    "an answer of a known connection: no nat rule is asked, its destination is as noted":
        "已知连接的应答：不查 nat 规则，目标按记录改写",
    "another connection has this source port and destination: a new source port":
        "源端口与目标已被另一个连接占用：换用新的源端口",
    "answers": "应答",
    "answers with {what}": "以 {what} 应答",
    "arrives at eth0": "到达 eth0",
    "as conntrack noted: on the way out, after the filter rules": "按 conntrack 的记录：在 filter 规则之后、离开之前",
    "asks for {end}": "访问 {end}",
    "back": "回程",
    "by the gateway {via}": "经网关 {via}",
    "cni0: same bridge; br_netfilter shows it to the rules all the same":
        "cni0：同一网桥；br_netfilter 仍让它经过规则",
    "cni0: the Pods' gateway": "cni0：Pod 的网关",
    "filter {hook} before nat: no rule is against it": "nat 之前的 filter {hook}：没有规则反对",
    "filter {hook}: no rule is against it": "filter {hook}：没有规则反对",
    "flanneld masq: packets that are not between Pods leave with the address of {device}":
        "flanneld masq：不是 Pod 之间的包，以 {device} 的地址发出",
    "gets the answer": "收到应答",
    "hop": "跳",
    "it arrived where nobody listens on that port": "到达之处没有程序监听该端口",
    "it got lost between two machines: the client waits until it gives up":
        "在两台机器之间丢失：客户端一直等到超时",
    "it left the cluster by the node's default route": "经节点的默认路由离开了集群",
    "marked packets leave with the address of {device}": "带标记的包以 {device} 的地址发出",
    "no Service is meant: the destination stays": "目标不是 Service：目的地址不变",
    "no route to {ip}": "没有到 {ip} 的路由",
    "no route to {ip} at all": "根本没有到 {ip} 的路由",
    "nobody has that address, or no route leads there": "没有机器拥有该地址，或没有路由通向它",
    "nobody listens on {port}/{protocol}": "没有程序监听 {port}/{protocol}",
    "nobody on {net} answers who has {ip}": "{net} 上没有机器应答谁有 {ip}",
    "nobody on {net} has {ip}": "{net} 上没有机器拥有 {ip}",
    "node {node} is switched off": "节点 {node} 已关机",
    "noted, so that the answer is known as one: {entry}": "记下连接，以便认出应答：{entry}",
    "noted, so that the answer is rewritten back: {entry}": "记下连接，以便把应答改写回来：{entry}",
    "nothing passes the network card of node {node}": "节点 {node} 的网卡不通",
    "out by eth0 to node {other}": "从 eth0 发往节点 {other}",
    "out by {device} to who has {ip}": "从 {device} 发往拥有 {ip} 的一方",
    "outside nobody knows a way to {ip}": "集群外没有通向 {ip} 的路",
    "packet": "数据包",
    "pod {pod} does not run: it has no address to send from": "pod {pod} 没有运行：没有可用的源地址",
    "port: {value} is not a whole number from 1 to {most}": "port：{value} 不是 1 到 {most} 的整数",
    "protocol: {value} is not one of {known}": "protocol：{value} 不是 {known} 之一",
    "receives the packet": "收到数据包",
    "the firewall of node {node} drops UDP port 8472 from {other}": "节点 {node} 的防火墙丢弃来自 {other} 的 UDP 8472",
    "the firewall of node {node} drops UDP port 8472 to {other}": "节点 {node} 的防火墙丢弃发往 {other} 的 UDP 8472",
    "the gateway {via} knows no {ip}: that range exists in the cluster only":
        "网关 {via} 不认识 {ip}：该网段只存在于集群内",
    "there": "去程",
    "through the cable into the Pod": "经网线进入 Pod",
    "through the cable to its node": "经网线到达所在节点",
    "where": "位置",
    "wrapped in UDP {here} > {there} port 8472, unwrapped by node {other}":
        "封装进 UDP {here} > {there} 端口 8472，由节点 {other} 解封",
    "{chain}: to {end}, before any route is looked up": "{chain}：改到 {end}，在查路由之前",
    "{count} rules visited": "经过 {count} 条规则",
    "{direction} of {pod}: {why}": "{direction}：{why}（{pod}）",
    "{end}: {meaning}": "{end}：{meaning}",
    "{ip} is the node's own": "{ip} 是节点自己的地址",
    "{name} answers a ping": "{name} 应答 ping",
    "{name} listens on {port}/{protocol}": "{name} 监听 {port}/{protocol}",
    "{text!r} is not an IP address": "{text!r} 不是 IP 地址",
    "{way} {number}": "{way} {number}",
    "{whom} by icmp": "{whom} 的 icmp",
    "{whom} on {port}/{protocol}": "{whom} 的 {port}/{protocol}",
}
