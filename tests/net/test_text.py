"""Rules as text: to the letter, and in the words of a real kernel's tools."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.errors import UsageError
from kdisco.net.text import rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kdisco.net.rule import Rules
    from kdisco.store.state import State

WEB = """\
-A KUBE-SERVICES -m comment --comment "shop/web:http cluster IP" -m tcp -p tcp -d 10.111.4.20 --dport 80 -j KUBE-SVC-{0}
-A KUBE-NODEPORTS -m comment --comment shop/web:http -m tcp -p tcp --dport 30080 -j KUBE-EXT-{0}
-A KUBE-SVC-{0} -m comment --comment "shop/web:http cluster IP" -m tcp -p tcp -d 10.111.4.20 --dport 80 \
! -s 10.61.0.0/16 -j KUBE-MARK-MASQ
-A KUBE-EXT-{0} -m comment --comment "masquerade traffic for shop/web:http external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-{0} -j KUBE-SVC-{0}
-A KUBE-SVC-{0} -m comment --comment "shop/web:http -> 10.61.0.5:8080" -m statistic --mode random \
--probability 0.3333333333 -j KUBE-SEP-{1}
-A KUBE-SVC-{0} -m comment --comment "shop/web:http -> 10.61.1.5:8080" -m statistic --mode random \
--probability 0.5000000000 -j KUBE-SEP-{2}
-A KUBE-SVC-{0} -m comment --comment "shop/web:http -> 10.61.1.6:8080" -j KUBE-SEP-{3}
-A KUBE-SEP-{1} -m comment --comment shop/web:http -s 10.61.0.5 -j KUBE-MARK-MASQ
-A KUBE-SEP-{1} -m comment --comment shop/web:http -m tcp -p tcp -j DNAT --to-destination 10.61.0.5:8080
-A KUBE-SEP-{2} -m comment --comment shop/web:http -s 10.61.1.5 -j KUBE-MARK-MASQ
-A KUBE-SEP-{2} -m comment --comment shop/web:http -m tcp -p tcp -j DNAT --to-destination 10.61.1.5:8080
-A KUBE-SEP-{3} -m comment --comment shop/web:http -s 10.61.1.6 -j KUBE-MARK-MASQ
-A KUBE-SEP-{3} -m comment --comment shop/web:http -m tcp -p tcp -j DNAT --to-destination 10.61.1.6:8080
"""
HEAD = """\
*filter
:KUBE-SERVICES - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-FIREWALL - [0:0]
-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 \
-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-SERVICES -m comment --comment "shop/empty has no endpoints" -m tcp -p tcp -d 10.111.4.21 --dport 80 -j REJECT
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x00004000/0x00004000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack \
--ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
"""
TAIL = """\
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" \
-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
COMMIT
"""


def test_golden(shop: State) -> None:
    text = rules(shop, "alder").restore
    assert text.startswith(HEAD)
    assert text.endswith(TAIL)
    names = [line.split()[0].rpartition("-")[2] for line in text.splitlines() if line.startswith(":KUBE-S")]
    service, *ends = [name for name in names if len(name) == 16]
    assert WEB.format(service, *ends) + TAIL in text


def test_jumps_in_the_order_in_which_each_is_put_in_front(shop: State) -> None:
    text = rules(shop, "alder").jumps
    inserted = [line.split()[1] + " " + line.split()[-1] for line in text.splitlines() if line.startswith("-I")]
    assert inserted == [
        "OUTPUT KUBE-SERVICES",
        "PREROUTING KUBE-SERVICES",
        "POSTROUTING KUBE-POSTROUTING",
        "INPUT KUBE-EXTERNAL-SERVICES",
        "FORWARD KUBE-EXTERNAL-SERVICES",
        "INPUT KUBE-NODEPORTS",
        "FORWARD KUBE-SERVICES",
        "OUTPUT KUBE-SERVICES",
        "FORWARD KUBE-FORWARD",
        "INPUT KUBE-PROXY-FIREWALL",
        "OUTPUT KUBE-PROXY-FIREWALL",
        "FORWARD KUBE-PROXY-FIREWALL",
        "INPUT KUBE-FIREWALL",
        "OUTPUT KUBE-FIREWALL",
    ]
    assert "KUBE-FIREWALL" not in rules(shop, "alder", family=6).jumps


def test_sample_rules(case: dict[str, Any], state_of: Callable[..., State]) -> None:
    state = state_of(case)
    for row in case.get("rules", ()):
        if row["mode"] != "iptables":
            continue
        text = rules(state, case["node"], family=row.get("family", 4)).restore
        part = dict(zip(("filter", "nat"), text.split("*nat"), strict=True))[row.get("table", "nat")]
        wanted = f"-A {row.get('chain', '')}"
        lines = "\n".join(line for line in part.splitlines() if line.startswith(wanted))
        at = 0
        for words in row.get("ordered", ()):
            at = lines.index(words, at) + 1
        within = lines if "chain" in row else text
        assert not [words for words in row.get("absent", ()) if words in within]


def test_large_clusters_go_without_comments_on_endpoints(build: Callable[..., State], doc: dict[str, Any]) -> None:
    ends = [f"10.61.{at // 200}.{at % 200 + 1}" for at in range(1001)]
    text = doc["node"]("alder", "192.0.2.11") + doc["service"]("s", "10.111.0.1", {"port": 80, "protocol": "TCP"})
    large = rules(build(text + doc["endpoints"]("s", 80, *ends)), "alder")
    small = rules(build(text + doc["endpoints"]("s", 80, *ends[:1000])), "alder")
    assert "shop/s ->" not in large.restore + large.save
    assert "shop/s ->" in small.restore
    assert '"shop/s cluster IP"' in large.restore


@pytest.mark.parametrize(("arguments", "words"), [({"mode": "magic"}, "magic"), ({"family": 5}, "neither 4 nor 6")])
def test_what_cannot_be_meant(shop: State, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rules(shop, "alder", **arguments)


def loaded(folder: Path, text: Rules, family: int) -> str:
    """What iptables-save prints in a fresh network namespace after both texts were loaded."""
    tool = "iptables" if family == 4 else "ip6tables"
    for name, part in (("jumps", text.jumps), ("restore", text.restore)):
        (folder / name).write_text(part)
    script = (
        f"{tool}-restore --noflush < {folder}/jumps && {tool}-restore --noflush --counters < {folder}/restore"
        f" && {tool}-restore --noflush --counters < {folder}/restore && {tool}-save"
    )
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return "".join(line + "\n" for line in done.stdout.splitlines() if not line.startswith("#"))


@pytest.mark.root
@pytest.mark.parametrize("family", [4, 6])
def test_samples_load_and_read_back(
    case: dict[str, Any], state_of: Callable[..., State], tmp_path: Path, family: int
) -> None:
    text = rules(state_of(case), case["node"], family=family)
    assert loaded(tmp_path, text, family) == text.save


@pytest.mark.root
@pytest.mark.parametrize("family", [4, 6])
def test_affinity_health_checks_and_odd_shares_read_back(
    build: Callable[..., State], doc: dict[str, Any], tmp_path: Path, family: int
) -> None:
    port = {"port": 443, "protocol": "TCP", "nodePort": 30443}
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32001}
    ends = [f"10.61.0.{at}" for at in range(1, 14)]
    if family == 6:
        spec |= {"clusterIPs": ["fd0f::1"], "ipFamilies": ["IPv6"]}
        ends = [f"fd61::{at}" for at in range(1, 14)]
    ip = "10.111.0.1" if family == 4 else "fd0f::1"
    text = doc["node"]("alder", "192.0.2.11") + doc["service"]("s", ip, port, sessionAffinity="ClientIP", **spec)
    text += doc["endpoints"]("s", 8443, *ends).replace("IPv4", f"IPv{family}")
    made = rules(build(text, localhost_nodeports=False), "alder", family=family)
    assert made.restore.count("--rcheck --seconds 10800 --reap") == 13
    assert loaded(tmp_path, made, family) == made.save
