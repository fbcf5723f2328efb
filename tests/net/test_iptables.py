"""kube-proxy's flags in the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.text import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

LAST = '"kubernetes service nodeports; NOTE: this must be the last rule in this chain"'


@pytest.mark.parametrize(
    ("flags", "there", "not_there"),
    [
        ({}, f"{LAST} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS", ":KUBE-PROXY-CANARY"),
        ({"localhost_nodeports": False}, f"{LAST} -m addrtype --dst-type LOCAL ! -d 127.0.0.0/8 -j", "KUBE-FIREWALL"),
        ({"nodeport_addresses": "192.0.2.0/24"}, f"{LAST} -d 192.0.2.11 -j KUBE-NODEPORTS", "-m addrtype"),
        ({"nodeport_addresses": "0.0.0.0/0"}, f"{LAST} -m addrtype", "-d 192.0.2.11"),
        ({"nodeport_addresses": "primary"}, f"{LAST} -d 192.0.2.11", "-m addrtype"),
        ({"nodeport_addresses": "127.0.0.0/8"}, f"{LAST} -d 127.0.0.1 -j", "-d 192.0.2.11"),
        ({"nodeport_addresses": "198.51.100.0/24"}, "-j KUBE-SVC", LAST),
        ({"masquerade_all": True}, "-d 10.111.4.20 --dport 80 -j KUBE-MARK-MASQ", "! -s 10.61"),
        ({"detect_local": "none"}, "KUBE-MARK-MASQ", "! -s 10.61"),
        ({"cluster_cidr": "10.7.0.0/16,fd07::/48"}, "! -s 10.7.0.0/16 -j KUBE-MARK-MASQ", "fd07"),
        ({"tcp_liberal": True}, "RELATED,ESTABLISHED", "INVALID"),
    ],
)
def test_flags(
    build: Callable[..., State], doc: dict[str, Any], flags: dict[str, Any], there: str, not_there: str
) -> None:
    port = {"port": 80, "protocol": "TCP", "nodePort": 30080}
    text = doc["node"]("alder", "192.0.2.11") + doc["service"]("web", "10.111.4.20", port, type="NodePort")
    made = rules(build(text + doc["endpoints"]("web", 80, "10.61.0.5"), **flags), "alder").restore
    assert there in made
    assert not_there not in made


def test_an_address_that_only_the_other_family_may_use_changes_nothing(shop: State) -> None:
    text = rules(shop, "alder", family=6).restore
    assert f"{LAST} -m addrtype --dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS" in text
    assert "10.111" not in text
