"""iptables -L and -S."""

from __future__ import annotations

import pytest
from console_scene import scene

WEB = scene()
TRY = "Try `iptables -h' or 'iptables --help' for more information."


def test_a_chain_in_columns() -> None:
    lines = WEB.sh("iptables -t nat -L KUBE-SERVICES -n", node="node-1").splitlines()
    assert lines[:2] == ["Chain KUBE-SERVICES (2 references)",
                         "target     prot opt source               destination         "]
    assert lines[-1].endswith("ADDRTYPE match dst-type LOCAL")
    web = next(line for line in lines if "default/web" in line)
    assert web.endswith("  6    --  0.0.0.0/0            10.96.0.80           /* default/web cluster IP */ tcp dpt:80")


def test_counters_stand_before() -> None:
    cluster = WEB.cluster.branch()
    cluster.sh("curl -s 10.96.0.80", pod="default/client")
    lines = cluster.sh("iptables -t nat -L KUBE-SERVICES -n -v --line-numbers", node=WEB.node).splitlines()
    web = next(line for line in lines if "default/web" in line)
    assert web.split()[1:3] == ["1", "60"]
    assert lines[1].startswith("num   pkts bytes target ")


def test_rules_as_commands() -> None:
    saved = WEB.cluster.proxy("node-1").rules().save.splitlines()
    told = WEB.sh("iptables -t nat -S KUBE-POSTROUTING", node="node-1").splitlines()
    assert told == ["-N KUBE-POSTROUTING", *(line for line in saved if line.startswith("-A KUBE-POSTROUTING "))]
    assert "-P FORWARD ACCEPT" in WEB.sh("iptables -S", node="node-1").splitlines()


@pytest.mark.parametrize(
    ("line", "words", "status"),
    [
        ("iptables --foo", f'unknown option "--foo"\n{TRY}', 2),
        ("iptables", f"no command specified\n{TRY}", 2),
        ("iptables -t foo -L", "table 'foo' does not exist\nPerhaps iptables or your kernel needs to be upgraded.", 3),
        ("iptables -t nat -L NOSUCH", "chain `NOSUCH' in table `nat' is incompatible, use 'nft' tool.", 1),
        ("iptables -F", "-F is not modelled here: the rules are kube-proxy's; -L and -S show them", 2),
    ],
)
def test_what_cannot_be_shown(line: str, words: str, status: int) -> None:
    found = WEB.sh(line, node="node-1")
    assert (found, found.exit) == (f"iptables v1.8.9 (nf_tables): {words}\n", status)
