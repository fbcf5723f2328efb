"""What the kubelet writes into a Pod."""

from __future__ import annotations

from typing import Any

import pytest
from dns_samples import sample

from kdisco.config import ClusterConfig
from kdisco.dns.resolvconf import form, parse_node_file, resolv_conf
from kdisco.errors import UsageError
from kdisco.model.codec import decode
from kdisco.model.pod import Pod

MEASURED = sample("kubelet-resolv.json")


def pod(**spec: Any) -> Pod:
    return decode(Pod, {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"containers": [], **spec}})


@pytest.mark.skipif(MEASURED is None, reason="the sample cases are not beside the project")
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in MEASURED or ()])
def test_measured_file(case: dict[str, Any]) -> None:
    spec = {key: value for key, value in case["pod"].items() if key != "namespace"}
    kubelet = case["kubelet"]
    config = ClusterConfig(
        cluster_domain=kubelet["clusterDomain"],
        node_resolv_conf=case["node_resolv_conf"] if kubelet["resolvConf"] else None,
    )
    found = form(pod(**spec), config, kubelet["clusterDNS"])
    any_order = case["options_any_order"]
    assert lines(str(found), any_order=any_order) == lines("\n".join(case["expected_lines"]), any_order=any_order)
    texts = [f"{reason} {message}".lower() for reason, message in found.warnings]
    assert len(texts) == len(case["events"])
    assert all(any(event.lower() in text for text in texts) for event in case["events"])


def lines(text: str, *, any_order: bool) -> list[Any]:
    return [frozenset(line.split()) if any_order and line.startswith("options") else line for line in text.splitlines()]


def test_node_file_is_read_as_the_kubelet_reads_it() -> None:
    text = "; no comment here\n#nameserver 1.1.1.1\ndomain x\nsearch a. . b\nnameserver 10.0.0.1 # x\n"
    found = parse_node_file(text)
    assert (found.searches, found.nameservers) == (("a", "b"), ("10.0.0.1",))


def test_nameserver_without_address_is_an_error() -> None:
    with pytest.raises(UsageError, match="nameserver list is empty"):
        resolv_conf(pod(), ClusterConfig(node_resolv_conf="nameserver\n"), ["10.96.0.10"])


def test_empty_resolv_conf_flag_asks_the_pod_itself() -> None:
    config = ClusterConfig(node_resolv_conf=None)
    text = resolv_conf(pod(dnsPolicy="Default"), config, ["10.96.0.10"], ["192.0.2.1", "fd00::1"])
    assert text == "search .\nnameserver 127.0.0.1\nnameserver ::1\n"


def test_host_network_pod_falls_back_to_the_node() -> None:
    text = resolv_conf(pod(hostNetwork=True, dnsPolicy="ClusterFirst"), ClusterConfig(), ["10.96.0.10"])
    assert text == "nameserver 192.0.2.53\n"


def test_no_cluster_domain_means_no_cluster_search() -> None:
    text = resolv_conf(pod(), ClusterConfig(cluster_domain=""), ["10.96.0.10"])
    assert text == "nameserver 10.96.0.10\noptions ndots:5\n"


def test_nameservers_over_the_limit_are_told() -> None:
    own = {"nameservers": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]}
    found = form(pod(dnsConfig=own), ClusterConfig(), ["10.96.0.10"])
    assert found.nameservers == ("10.96.0.10", "10.0.0.1", "10.0.0.2")
    [(reason, message)] = found.warnings
    assert reason == "DNSConfigForming"
    assert message == (
        "Nameserver limits were exceeded, some nameservers have been omitted, "
        "the applied nameserver line is: 10.96.0.10 10.0.0.1 10.0.0.2"
    )


def test_domains_too_many_and_too_long_are_left_out() -> None:
    own = {"searches": ["x" * 254, *(f"d{number}.example" for number in range(40))]}
    found = form(pod(dnsConfig=own), ClusterConfig(), ["10.96.0.10"])
    assert len(found.searches) == 31  # 32 kept, of them the one too long left out
    assert found.warnings[0][1].startswith("Search Line limits were exceeded, some search paths have been omitted")


def test_own_options_override_by_name() -> None:
    own = {"options": [{"name": "ndots", "value": "2"}, {"name": "use-vc"}]}
    assert form(pod(dnsConfig=own), ClusterConfig(), ["10.96.0.10"]).options == ("ndots:2", "use-vc")
