"""The same cluster in this machine's kernel: what the real tools print there, and what ours do."""

from __future__ import annotations

import re
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from console_scene import Scene, scene

from kdisco.shell.linux_build import Built
from kdisco.shell.linux_listen import Answering
from kdisco.shell.linux_plan import planned

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.root
CHANGING = (  # what hangs on chance, on clocks, on how fast the machine is
    (r"web-[a-z0-9]+-[a-z0-9]+", "web-N"), (r"(answers on |asked by )[\d.]+:\d+", r"\1IP"),
    (r"after \d+ ms", "after N ms"), (r"after \d+ milliseconds", "after N milliseconds"),
    (r"time[=<][\d.]+ ms", "time=N ms"),
    (r"time \d+ms", "time Nms"), (r"(mdev = |max = )[\d./]+ ms", r"\1N ms"),
    (r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", "NOW"),
    (r"[\d.]+ *[KMG]?B?/s\)", "N/s)"), (r"\d+% +[\d.]+[KMG]?=[\d.]+s", "100% N"), (r"sport=\d+", "sport=N"),
    (r"dport=(\d{5})", "dport=N"), (r"(tcp +6 )\d+", r"\1N"), (r"Length: \d+", "Length: N"), (r"\[\d+/\d+\]", "[N/N]"),
    (r"Content-Length: \d+", "Content-Length: N"), (r"ttl=\d+", "ttl=N"),
)
POD = (
    "curl -s 10.96.0.80", "curl -sv 10.96.0.80", "curl -sI 10.96.0.80", "curl -si 10.96.0.80", "curl -sS 10.96.0.81",
    "curl -sv 10.96.0.81", "curl -sS -m 0.5 10.96.0.82", "curl -sv -m 0.5 10.96.0.82",
    "curl -sS --connect-timeout 0.5 10.96.0.82",
    "curl -s -o /dev/null -w '%{http_code} %{remote_ip} %{num_connects} %{url_effective} %{scheme}' 10.96.0.80",
    "curl -s -m 0.5 -w '%{http_code} %{exitcode} %{errormsg}' 10.96.0.82", "curl -sS http://", "curl -sS http://a:99999",
    "curl --foo", "curl -m", "curl -m x a", "curl", "curl -sS foo://a",
    "wget -qO- 10.96.0.80", "wget -O - 10.96.0.80", "wget -S -O - 10.96.0.80", "wget -t 1 10.96.0.81",
    "wget -T 0.5 -t 1 10.96.0.82", "wget --spider 10.96.0.80", "wget --foo a", "wget", "wget -j a",
    "ping -c 2 -i 0.2 {far}", "ping -q -c 1 {near}", "ping -c 1 fd77::1", "ping -c x a",
    "nc -zv 10.96.0.80 80", "nc -zv 10.96.0.81 80", "nc -zv {far} 8079-8081", "nc -zv -w 1 10.96.0.82 80", "nc -zv a",
    "ip route", "ip route get 10.96.0.80", "ip route get {near}", "ip -4 -br addr", "ip foo", "ip addr foo",
    "ip route get xx", "ip route get 2001:db8::1", "ss --foo", "ss -tln",
)
NODE = (
    "iptables-save -t filter", "iptables-save --foo", "iptables -t filter -S", "iptables -t filter -L -n",
    "iptables -t nat -L KUBE-SERVICES -n", "iptables -t nat -L KUBE-MARK-MASQ", "iptables -t nat -S KUBE-POSTROUTING",
    "iptables -t nat -L KUBE-SERVICES -n --line-numbers", "iptables -t foo -L", "iptables --foo", "iptables",
    "iptables -t nat -L KUBE-NODEPORTS -n -v", "iptables-save -t nat", "iptables -t nat -L -n", "iptables -t nat -S",
    "conntrack --foo", "conntrack -L -s x", "conntrack -L -p foo",
    "conntrack -L -o foo", "ip route", "ip -4 route show dev cni0", "bridge foo", "ip -6 route get 2001:db8::1",
)
POLICY = """nft -f - <<'END'
table ip policies {{ chain forward {{ type filter hook forward priority 0; {}; }}; }}
END"""  # what a network plugin makes of the NetworkPolicy
WHOLE = scene()
SILENT, RACES = "10.96.0.82", 3  # who never answers, and how often a real tool may try again


BESIDE = ("# ", "\t", "  ", "Usage", "{ [")  # comments, usage lines, what is said where output is no terminal


def steady(text: str) -> str:
    """A text without what changes from run to run, and without usage lines, which name options that ours lack."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(BESIDE)]
    out = "\n".join(lines)
    for pattern, word in CHANGING:
        out = re.sub(pattern, word, out)
    return out


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """The cluster in the kernel, with everybody listening; a policy's silence is a rule of ours there."""
    spaces = planned(WHOLE.cluster.state)
    drop = f"ip daddr {WHOLE.address('shut')} ct state new drop"
    with Built(spaces) as made, Answering(WHOLE.cluster, spaces, made):
        for node in ("node-1", "node-2"):
            real(made, f"node/{node}", POLICY.format(drop))
        yield made


def real(built: Built, space: str, line: str) -> subprocess.CompletedProcess[str]:
    """What a tool does in one of the namespaces."""
    command = ["nsenter", f"--net={built.path(space)}", "sh", "-c", line]
    with TemporaryDirectory() as folder:  # wget writes files
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, cwd=folder)


def compared(built: Built, space: str, line: str, *, node: str = "") -> None:
    """Both tools with the same words."""
    web = Scene(WHOLE.cluster.branch())
    places = {name: next(pod.addresses[0] for pod in web.webs if (pod.spec.node_name == web.node) == (name == "near"))
              for name in ("near", "far")}
    filled = line.replace("{near}", places["near"]).replace("{far}", places["far"])
    ours, theirs = web.sh(filled, node=node), real(built, space, filled)
    for _ in range(RACES if SILENT in line else 0):  # two clocks of the real tool end a wait: the usual one is ours
        if steady(ours.err) != steady(theirs.stderr):
            theirs = real(built, space, filled)
    assert steady(ours.out) == steady(theirs.stdout)
    assert steady(ours.err) == steady(theirs.stderr)
    assert ours.exit == theirs.returncode


@pytest.mark.peer("curl", "wget", "ping", "nc", "ss", "ip")
@pytest.mark.parametrize("line", POD)
def test_in_a_pod(built: Built, line: str) -> None:
    compared(built, "pod/default/client", line)


@pytest.mark.peer("iptables-save", "conntrack", "bridge", "ip")
@pytest.mark.parametrize("line", NODE)
def test_on_a_node(built: Built, line: str) -> None:
    compared(built, f"node/{WHOLE.node}", line, node=WHOLE.node)
