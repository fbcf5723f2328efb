"""Whatever is typed or looked up ends with a result or an error of ours."""

from __future__ import annotations

import contextlib
import shlex

from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import Cluster
from kdisco.console.result import CommandResult
from kdisco.errors import KdiscoError

CLUSTER = Cluster(nodes=1, upstream=("www.site.example. 300 IN A 203.0.113.9",))
CLUSTER.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"},
                "spec": {"containers": [{"name": "a", "image": "debian"}]}})
CLUSTER.settle()
TOOLS = st.sampled_from(["dig", "nslookup", "host", "getent hosts", "getent ahosts", "busybox nslookup", "cat", ""])
NETWORK = st.sampled_from([
    "curl", "curl -s", "wget", "busybox wget", "ping", "ping -c 1", "busybox ping", "nc -zv", "nc", "ip", "ip addr",
    "ip route", "ip route get", "ip -br link", "ip neigh", "bridge fdb", "iptables-save", "ip6tables-save", "iptables",
    "iptables -t nat -L", "iptables -S", "nft list", "nft", "ipvsadm -Ln", "ipset list", "ipset", "conntrack -L",
    "conntrack", "ss", "ss -tan", "tcpdump", "tcpdump -i any", "echo", "env", "printenv", "hostname",
])
ARGUMENTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([
        "-s", "-v", "-w", "%{http_code}", "%{", "-m", "1e999", "nan", "-1", "http://", "http://[::1",
        "https://10.96.0.1", "10.96.0.10:53", "localhost:8080", "[::1]:80", "a@b:c", "0", "1-99999", "99999",
        "-c", "-i", "-t", "nat", "filter", "KUBE-SERVICES", "-n", "-p", "tcp", "-d", "10.96.0.10", "::1",
        "fd00::1", "dev", "eth0", "show", "get", "add", "-4", "-6", "ruleset", "chain", "ip", "kube-proxy",
        "port", "and", "src", "-o", "/dev/null", "/etc/passwd", "-T", "-O", "--help", "--version", "-h", "-V",
        "--", "-", "--x=y", "kubernetes.default", "x" * 300, "1.1", "0x7f.1", "2130706433",
    ]),
)
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([
        "kubernetes.default", "10.96.0.1", "::1", "fd00::", "-x", "-t", "ANY", "SRV", "axfr", "+short", "+tcp", "@",
        "@10.96.0.10", "@kubernetes.default", "+noall", "+tries=1", "+bufsize=99999", "-type=soa", "-W", "1", "-p",
        "0", "99999", "a..b", ".", "..", "www.site.example", "x" * 64, "\\", "\\000", "+time=", "-retry=x", "-port=x",
        "-p99999", "-x::zz", "hosts", "-", "+domain=a..b",
    ]),
)


@settings(max_examples=300)
@given(TOOLS, st.lists(WORDS, max_size=4))
def test_a_line(tool: str, words: list[str]) -> None:
    found = CLUSTER.branch().sh(" ".join([tool, *words]), "default/client")
    assert isinstance(found, CommandResult)
    assert 0 <= found.exit < 256
    assert "Traceback" not in found


@settings(max_examples=600)
@given(NETWORK, st.lists(ARGUMENTS, max_size=4), st.booleans())
def test_a_tool_of_the_network(tool: str, words: list[str], on_node: bool) -> None:  # noqa: FBT001 - drawn
    place = {"node": "node-1"} if on_node else {"pod": "default/client"}
    found = CLUSTER.branch().sh(f"{tool} {shlex.join(words)}", **place)
    assert 0 <= found.exit < 256
    assert "Traceback" not in found
    assert "root:" not in found, "no file of this machine is shown"


@settings(max_examples=200)
@given(WORDS, st.sampled_from(["glibc", "musl"]), st.sampled_from(["unspec", "inet", "inet6"]))
def test_a_name(name: str, libc: str, family: str) -> None:
    with contextlib.suppress(KdiscoError):
        found = CLUSTER.branch().lookup(name, "default/client", libc, family)
        assert (found.error is None) == bool(found.addresses)
        assert len(found.questions) == len(found.reasons) == len(found.answered_by) == len(found.traces)
        assert str(found)
        assert found._repr_html_()
