"""nftables mode as text: fed to a real kernel and read back, whole and for a change."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from proxy_scenes import FLAGS, changes

from kdisco.net import nft_text
from kdisco.net.fates import ruleset
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.nft_text import removal
from kdisco.net.sync import changed
from kdisco.net.text import rules, text_of
from kdisco.net.text import sync as sync_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
PORT = {"name": "tls", "port": 443, "protocol": "TCP", "nodePort": 30443}
STICKY = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 90}}}


def loaded(*texts: str) -> str:
    """What nft lists in a fresh network namespace after these texts were fed to it, one after the other."""
    fed = "".join(f"nft -c -f - <<'END'\n{text}END\nnft -f - <<'END'\n{text}END\n" for text in texts)
    script = f"set -e\n{fed}nft list ruleset\n"
    done = subprocess.run(["unshare", "-n", "sh"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(listed: str) -> set[str]:
    """The parts of a listing, whatever their order."""
    inside = listed.removesuffix("}\n").partition('rules for kube-proxy"\n')[2]
    return set(inside.removesuffix("\n").split("\n\n"))


def table(state: State) -> NftRuleset:
    found = ruleset(state, "alder")
    assert isinstance(found, NftRuleset)
    return found


def two(doc: dict[str, Any], *ends: str | dict[str, Any], **spec: Any) -> str:
    """Two Services, of which the second one has these endpoints and further fields of its spec."""
    text: str = doc["node"]("alder", "192.0.2.11")
    text += doc["service"]("first", "10.111.0.1", {"port": 80, "protocol": "TCP"})
    text += doc["endpoints"]("first", 80, "10.61.0.1")
    text += doc["service"]("second", "10.111.0.2", PORT, type="NodePort", **spec)
    return text + str(doc["endpoints"]("second", 8443, *ends, port_name="tls"))


def sync(rules: NftRuleset, before: NftRuleset) -> str:
    """What kube-proxy writes after it has noticed what changed."""
    return nft_text.sync(rules, before, changed(before, rules))


def test_a_change_writes_what_has_changed(build: Callable[..., State], doc: dict[str, Any]) -> None:
    given = (("10.61.0.5", "10.61.0.6"), ("10.61.0.5",))
    before, after = (table(build(two(doc, *ends), mode="nftables")) for ends in given)
    lines = sync(after, before).splitlines()
    assert not [line for line in lines if "first" in line or " element " in line]
    gone = next(line.split()[4] for line in lines if line.endswith("10.61.0.6/8443"))
    assert lines[-1] == f"flush chain ip kube-proxy {gone}"
    assert removal(after, before) == f"delete chain ip kube-proxy {gone}\n"
    assert [line for line in lines if "numgen random mod 1 " in line]
    assert sync(after, after) == ""
    assert text_of(after).restore.startswith("add table")


def test_the_last_endpoint_moves_the_elements(build: Callable[..., State], doc: dict[str, Any]) -> None:
    before, after = (table(build(two(doc, *ends), mode="nftables")) for ends in (("10.61.0.5",), ()))
    lines = [line.partition("kube-proxy ")[2] for line in sync(after, before).splitlines() if " element " in line]
    assert lines == [
        'no-endpoint-services { 10.111.0.2 . tcp . 443 comment "shop/second:tls" : goto reject-chain }',
        'no-endpoint-nodeports { tcp . 30443 comment "shop/second:tls" : goto reject-chain }',
        "service-ips { 10.111.0.2 . tcp . 443 }",
        "service-nodeports { tcp . 30443 }",
    ]
    dropped = sync(before, after).splitlines()
    assert "delete element ip kube-proxy no-endpoint-services { 10.111.0.2 . tcp . 443 }" in dropped


def test_an_element_that_leads_elsewhere_makes_place_first(build: Callable[..., State], doc: dict[str, Any]) -> None:
    policies = ({"internalTrafficPolicy": policy} for policy in ("Cluster", "Local"))
    here = {"addresses": ["10.61.0.5"], "nodeName": "alder"}
    before, after = (table(build(two(doc, here, **policy), mode="nftables")) for policy in policies)
    lines = [line for line in sync(after, before).splitlines() if "service-ips" in line]
    assert [line.split()[0] for line in lines] == ["delete", "add"]
    assert "goto local-" in lines[1]


def test_everything_again_when_the_node_has_moved(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = build(two(doc, "10.61.0.5"), mode="nftables")
    other = build(two(doc, "10.61.0.5"), mode="nftables", masquerade_all=True)
    assert sync(table(other), table(state)) == text_of(table(other)).restore


@pytest.mark.root
@pytest.mark.parametrize("family", [4, 6])
def test_samples_load_and_read_back(sample: dict[str, Any], state_of: Callable[..., State], family: int) -> None:
    text = rules(state_of(sample), sample["node"], "nftables", family)
    assert text.jumps == ""
    assert loaded(text.restore) == text.save
    assert blocks(loaded(text.restore, text.restore)) == blocks(text.save)  # base chains are made anew, at the end


def many(doc: dict[str, Any], family: int) -> str:
    """Services with all that can be printed, in numbers that fill lines."""
    ends = [f"10.61.0.{at}" for at in range(1, 14)] if family == 4 else [f"fd61::{at:x}" for at in range(1, 14)]
    text: str = doc["node"]("alder", "192.0.2.11" if family == 4 else "2001:db8::11")
    for at in range(1, 9):
        ip = f"10.111.{at}.{200 - at}" if family == 4 else f"fd0f::{at}:{200 - at}"
        spec: dict[str, Any] = {"type": "LoadBalancer", "externalTrafficPolicy": ("Local", "Cluster")[at % 2]}
        spec |= {"clusterIPs": [ip], "ipFamilies": [f"IPv{family}"]} | (STICKY if at % 3 else {})
        spec["externalIPs"] = ["198.18.5.5", "2001:db8:5::5"]
        port = {"port": 79 + at, "nodePort": 30000 + at}
        ports = [port | {"name": name, "protocol": name.upper()} for name in ("tcp", "sctp")]
        text += doc["service"](f"s{at}", ip, *ports, **spec)
        text += doc["endpoints"](f"s{at}", 8000 + at, *ends[: at - 1], port_name="tcp").replace("IPv4", f"IPv{family}")
    return text


@pytest.mark.root
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("addresses", [(), ("0.0.0.0/0", "::/0")])
def test_everything_reads_back(
    build: Callable[..., State], doc: dict[str, Any], family: int, addresses: tuple[str, ...]
) -> None:
    flags = {"nodeport_addresses": addresses, "service_cidrs": ("10.111.0.0/16", "10.96.0.0/12", "fd0f::/108")}
    text = rules(build(many(doc, family), **flags), "alder", "nftables", family)
    assert text.restore.count(" timeout 90s ;") == 21
    assert loaded(text.restore) == text.save


@pytest.mark.root
def test_after_a_change_the_kernel_holds_the_same_as_after_all_again(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    steps = [
        two(doc, "10.61.0.5", "10.61.0.6", **STICKY),
        two(doc, "10.61.0.6", **STICKY),
        two(doc, {"addresses": ["10.61.0.6"], "nodeName": "alder"}, internalTrafficPolicy="Local"),
        two(doc),
        doc["node"]("alder", "192.0.2.11"),
        two(doc, "10.61.0.7", **STICKY),
    ]
    tables = [table(build(step, mode="nftables")) for step in steps]
    fed = [text_of(tables[0]).restore]
    for before, after in pairwise(tables):
        fed += [sync(after, before), removal(after, before)]
        assert blocks(loaded(*fed)) == blocks(text_of(after).save)


@given(changes(), FLAGS)
@FEW
@pytest.mark.root
def test_a_kernel_takes_every_text_and_ends_at_the_same(
    build: Callable[..., State], texts: tuple[str, str], flags: dict[str, Any]
) -> None:
    before, after = (build(text, mode="nftables", **flags) for text in texts)
    for family in (4, 6):
        change = sync_of(before, after, "alder", family=family)
        last = rules(after, "alder", family=family)
        stepwise = loaded(rules(before, "alder", family=family).restore, change.restore, change.removal)
        assert blocks(stepwise) == blocks(loaded(last.restore)) == blocks(last.save)
        assert not change.full
