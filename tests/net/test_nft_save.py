"""A table as nft lists it; test_nft_text.py compares far more, byte for byte."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.text import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

HEAD = """\
table ip kube-proxy {
	comment "rules for kube-proxy"
	set cluster-ips {
		type ipv4_addr
		comment "Active ClusterIPs"
		elements = { 10.111.4.20, 10.111.4.21 }
	}

	set nodeport-ips {
		type ipv4_addr
		comment "IPs that accept NodePort traffic"
		elements = { 192.0.2.11 }
	}

	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to services with no endpoints"
		elements = { 10.111.4.21 . tcp . 80 comment "shop/empty" : goto reject-chain }
	}

	map no-endpoint-nodeports {
		type inet_proto . inet_service : verdict
		comment "vmap to drop or reject packets to service nodeports with no endpoints"
	}
"""
CHAINS = """\
	chain masquerading {
		meta mark & 0x00004000 == 0x00000000 return
		meta mark set meta mark ^ 0x00004000
		masquerade fully-random
	}

	chain cluster-ips-check {
		ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
	}
"""


def test_golden(shop: State) -> None:
    text = rules(shop, "alder", "nftables").save
    assert text.startswith(HEAD)
    assert CHAINS in text
    assert "\t\tip saddr 10.61.1.6 jump mark-for-masquerade\n\t\tmeta l4proto tcp dnat to 10.61.1.6:8080\n\t}\n" in text


@pytest.mark.root
def test_what_two_services_claim_is_listed_once(build: Callable[..., State], doc: dict[str, Any]) -> None:
    text = doc["node"]("alder", "192.0.2.11")
    for at, name in enumerate(("a", "b", "c"), 1):
        port = {"port": 80, "protocol": "TCP", "nodePort": 30080}
        text += doc["service"](name, f"10.111.0.{at}", port, type="NodePort", externalIPs=["198.18.5.5"])
        text += doc["endpoints"](name, 8080, f"10.61.0.{at}") if name != "c" else ""
    found = rules(build(text), "alder", "nftables")
    assert found.restore.count("delete element") == 2
    command = ["unshare", "-n", "sh", "-c", "nft -f - && nft list ruleset"]
    done = subprocess.run(command, input=found.restore, capture_output=True, text=True, check=True)
    assert done.stdout == found.save
