"""What each command is for and how it is written: what Shift+Tab shows on one that is not kubectl."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ABOUT"]

ABOUT: Mapping[str, str] = {
    "bridge": "bridge fdb\nBehind which port of a bridge a hardware address is.",
    "busybox": "busybox APPLET [ARGUMENTS]\nThe small form of a tool: nslookup, ping, wget.",
    "cat": "cat FILE...\nPrint /etc/resolv.conf, /etc/hosts or /etc/hostname.",
    "conntrack": "conntrack -L [-p PROTOCOL] [-s ADDRESS] [-d ADDRESS]\nThe connections that the node's kernel tracks.",
    "curl": "curl [-s] [-S] [-v] [-I] [-m SECONDS] [-o FILE] [-w FORMAT] URL\nAsk a web server; Pods tell their name.",
    "dig": "dig [@SERVER] NAME [TYPE] [+short] [+search] [+tcp]\nAsk a DNS server one question and print its answer.",
    "echo": "echo [WORD...]\nPrint the words, with $NAME from the container's environment.",
    "env": "env\nThe environment variables of the container.",
    "getent": "getent hosts|ahosts|ahostsv4|ahostsv6 NAME\nLook a name up as programs do: hosts file, then DNS.",
    "host": "host [-t TYPE] NAME [SERVER]\nLook a name up in DNS.",
    "hostname": "hostname\nThe name of this machine.",
    "ip": "ip [-4|-6] [-br] address|link|route|neigh [show]\nip route get ADDRESS\nAddresses, devices, routes.",
    "ip6tables": "ip6tables -t TABLE -L|-S [CHAIN] [-n] [-v]\nThe rules of IPv6.",
    "ip6tables-save": "ip6tables-save [-c] [-t TABLE]\nAll rules of IPv6, as ip6tables-restore reads them.",
    "ipset": "ipset list [NAME]\nThe sets that kube-proxy's IPVS mode keeps.",
    "iptables": "iptables -t TABLE -L|-S [CHAIN] [-n] [-v] [--line-numbers]\nThe rules of IPv4.",
    "iptables-save": "iptables-save [-c] [-t TABLE]\nAll rules of IPv4, with -c their counters too.",
    "ipvsadm": "ipvsadm -Ln\nThe virtual servers of kube-proxy's IPVS mode, and the real ones behind them.",
    "nc": "nc -zv HOST PORT\nWhether somebody listens on a port.",
    "nft": "nft list ruleset | list table ip kube-proxy | list chain ip kube-proxy CHAIN\nkube-proxy's nftables rules.",
    "nslookup": "nslookup [-type=TYPE] NAME [SERVER]\nLook a name up in DNS, with the search list.",
    "ping": "ping [-c COUNT] HOST\nWhether an address answers; a ClusterIP does not.",
    "printenv": "printenv [NAME...]\nThe values of environment variables.",
    "ss": "ss [-t] [-a] [-l] [-n]\nSockets: who listens, who is connected.",
    "tcpdump": "tcpdump -n [-i DEVICE]\nThe packets that passed a device so far.",
    "wget": "wget [-q] [-O FILE] [-T SECONDS] URL\nAsk a web server.",
}
