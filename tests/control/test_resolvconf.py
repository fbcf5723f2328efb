"""What the kubelet writes into a Pod."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import view_of
from dns_samples import sample
from hypothesis import given
from hypothesis import strategies as st

from kdisco.config import ClusterConfig
from kdisco.control.resolvconf import ResolvConf, cluster_dns, form, formed, parse_node_file
from kdisco.errors import UsageError
from kdisco.model.codec import decode
from kdisco.model.manifest import to_object
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


def text_of(config: ClusterConfig, nameservers: list[str], *node_ips: str, **spec: Any) -> str:
    return str(form(pod(**spec), config, nameservers, node_ips))


NODE = """# by dhcp
nameserver 192.0.2.53
nameserver 192.0.2.54
search rack.example. dc.example
options timeout:2 rotate
"""
AS_NODE = [
    "search rack.example dc.example", "nameserver 192.0.2.53", "nameserver 192.0.2.54", "options timeout:2 rotate",
]  # fmt: skip
AS_CLUSTER = [
    "search shop.svc.cluster.local svc.cluster.local cluster.local rack.example dc.example",
    "nameserver 10.96.0.10",
    "options ndots:5",
]


@pytest.mark.parametrize(
    ("policy", "host_network", "lines"),
    [
        ("", False, AS_CLUSTER),
        ("", True, AS_NODE),
        ("ClusterFirst", False, AS_CLUSTER),
        ("ClusterFirst", True, AS_NODE),
        ("ClusterFirstWithHostNet", False, AS_CLUSTER),
        ("ClusterFirstWithHostNet", True, AS_CLUSTER),
        ("Default", False, AS_NODE),
        ("Default", True, AS_NODE),
        ("None", False, []),
        ("None", True, []),
    ],
)
def test_a_policy_chooses_whose_settings_a_pod_begins_with(policy: str, host_network: object, lines: list[str]) -> None:
    config = ClusterConfig(node_resolv_conf=NODE)
    assert text_of(config, ["10.96.0.10"], dnsPolicy=policy, hostNetwork=host_network).splitlines() == lines


@pytest.mark.parametrize(
    ("text", "servers", "searches", "options"),
    [
        (
            "; no comment here\n#nameserver 1.1.1.1\ndomain x\nsearch a. . b\nnameserver 10.0.0.1 # x\n",
            "10.0.0.1",
            "a b",
            "",
        ),
        ("  nameserver\t10.0.0.1\nnameserver 10.0.0.1\n", "10.0.0.1 10.0.0.1", "", ""),
        ("search a b\nsearch c", "", "c", ""),
        ("search a\nsearch", "", "", ""),
        ("search a a. A", "", "a a A", ""),
        ("options ndots:2 rotate\noptions ndots:3 use-vc", "", "", "ndots:3 rotate use-vc"),
        ("options ndots:2 ndots:4", "", "", "ndots:4"),
        ("options\n", "", "", ""),
        ("nameservers 10.0.0.1\nNAMESERVER 10.0.0.2\n", "", "", ""),
        ("nameserver fe80::1%eth0\r\nsearch lan\r\n", "fe80::1%eth0", "lan", ""),
        ("", "", "", ""),
    ],
)
def test_node_file_is_read_as_the_kubelet_reads_it(text: str, servers: str, searches: str, options: str) -> None:
    found = parse_node_file(text)
    assert (found.nameservers, found.searches) == (tuple(servers.split()), tuple(searches.split()))
    assert found.options == tuple(options.split())


def test_nameserver_without_address_is_an_error() -> None:
    with pytest.raises(UsageError, match="nameserver list is empty"):
        form(pod(), ClusterConfig(node_resolv_conf="nameserver\n"), ["10.96.0.10"])


@pytest.mark.parametrize(
    ("node_ips", "servers"),
    [
        (["192.0.2.1", "fd00::1"], ["127.0.0.1", "::1"]),
        (["fd00::1", "fd00::2"], ["::1"]),
        (["::ffff:192.0.2.1"], ["127.0.0.1"]),
        ([], ["127.0.0.1"]),
    ],
)
def test_empty_resolv_conf_flag_asks_the_pod_itself(node_ips: list[str], servers: list[str]) -> None:
    config = ClusterConfig(node_resolv_conf=None)
    text = text_of(config, ["10.96.0.10"], *node_ips, dnsPolicy="Default")
    assert text == "search .\n" + "".join(f"nameserver {each}\n" for each in servers)
    assert text_of(config, [], *node_ips, dnsPolicy="ClusterFirst") == text


def test_empty_resolv_conf_flag_leaves_cluster_settings_alone() -> None:
    config = ClusterConfig(node_resolv_conf=None)
    searches = "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
    assert text_of(config, ["10.96.0.10"]) == f"{searches}nameserver 10.96.0.10\noptions ndots:5\n"


def test_no_cluster_domain_means_the_nodes_search_as_it_is() -> None:
    config = ClusterConfig(cluster_domain="", node_resolv_conf="search a b a\n")
    assert text_of(config, ["10.96.0.10"]) == "search a b a\nnameserver 10.96.0.10\noptions ndots:5\n"


def test_no_cluster_dns_means_the_nodes_settings_and_a_warning() -> None:
    found = form(pod(), ClusterConfig(node_resolv_conf=NODE), [])
    assert str(found).splitlines() == AS_NODE
    [(reason, message)] = found.warnings
    assert reason == "MissingClusterDNS"
    assert message == (
        'pod: "p_shop()". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" '
        'policy. Falling back to "Default" policy.'
    )
    assert not form(pod(dnsPolicy="Default"), ClusterConfig(), []).warnings
    assert not form(pod(hostNetwork=True), ClusterConfig(), []).warnings


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


def test_the_nodes_own_file_may_be_over_the_limits() -> None:
    lines = "".join(f"nameserver 10.0.0.{number}\n" for number in range(5))
    found = form(pod(dnsPolicy="Default"), ClusterConfig(node_resolv_conf=lines), ["10.96.0.10"])
    assert len(found.nameservers) == 3
    assert [reason for reason, _ in found.warnings] == ["DNSConfigForming"]


def test_domains_too_many_and_too_long_are_left_out() -> None:
    own = {"searches": ["x" * 254, *(f"d{number}.example" for number in range(40))]}
    found = form(pod(dnsConfig=own), ClusterConfig(), ["10.96.0.10"])
    assert len(found.searches) == 31  # 32 kept, of them the one too long left out
    told = "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: "
    assert [message for _, message in found.warnings] == [told + " ".join(found.searches)]


@pytest.mark.parametrize(("last", "kept"), [(48, 11), (49, 10)])
def test_a_search_line_is_cut_from_its_end_to_2048_characters(last: int, kept: int) -> None:
    own = {"nameservers": ["10.0.0.1"], "searches": [*(f"{number:0199}" for number in range(10)), "z" * last]}
    found = form(pod(dnsPolicy="None", dnsConfig=own), ClusterConfig(), [])
    assert len(found.searches) == kept
    assert bool(found.warnings) == (kept < 11)


OWN = [
    ([{"name": "ndots", "value": "2"}, {"name": "use-vc"}], ["ndots:2", "use-vc"]),
    ([{"name": "ndots"}], ["ndots"]),
    ([{"name": "ndots", "value": ""}], ["ndots"]),
    ([{"name": "ndots:2"}], ["ndots:5", "ndots:2"]),
    ([{"name": "edns0"}, {"name": "edns0", "value": "1"}], ["ndots:5", "edns0:1"]),
    ([], ["ndots:5"]),
]


@pytest.mark.parametrize(("given_options", "options"), OWN)
def test_own_options_override_by_name(given_options: list[dict[str, str]], options: list[str]) -> None:
    found = form(pod(dnsConfig={"options": given_options}), ClusterConfig(), ["10.96.0.10"])
    assert list(found.options) == options


def test_own_settings_come_behind_and_only_once() -> None:
    own = {"nameservers": ["10.0.0.1", "10.96.0.10"], "searches": ["svc.cluster.local", "x.example", "x.example"]}
    found = form(pod(dnsConfig=own), ClusterConfig(), ["10.96.0.10"])
    assert found.nameservers == ("10.96.0.10", "10.0.0.1")
    assert found.searches == ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local", "x.example")
    assert not found.warnings


def test_the_cluster_dns_is_as_configured_else_the_tenth_service_address_else_kube_dns() -> None:
    kube_dns = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}}
    spec = {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10", "fd00:96::a"]}
    view = view_of(to_object({**kube_dns, "spec": spec}))
    for known in (view, view_of()):
        assert cluster_dns(ClusterConfig(), known) == ("10.96.0.10",)
        assert cluster_dns(ClusterConfig(service_cidr="fd00:9::/112,10.9.0.0/16"), known) == ("fd00:9::a",)
    without = ClusterConfig(addons=False)
    assert cluster_dns(without, view) == ("10.96.0.10", "fd00:96::a")
    assert cluster_dns(without, view_of()) == ()
    assert cluster_dns(ClusterConfig(cluster_dns=()), view) == ()
    assert cluster_dns(ClusterConfig(cluster_dns=("FD00:0::A", "nonsense", "10.9.9.9")), view) == (
        "fd00::a",
        "10.9.9.9",
    )
    assert formed(without, view, pod(), None).nameservers == ("10.96.0.10", "fd00:96::a")


WORDS = st.text("abz-.", min_size=1, max_size=300) | st.sampled_from([".", "shop.svc.cluster.local", "x" * 253])
OPTIONS = st.tuples(st.sampled_from(["ndots", "rotate", "timeout"]), st.sampled_from([None, "", "1", "2"]))
CONFIGS = st.fixed_dictionaries(
    {
        "nameservers": st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2", "fd00::1", "10.96.0.10"]), max_size=5),
        "searches": st.lists(WORDS, max_size=40),
        "options": st.lists(OPTIONS.map(lambda pair: {"name": pair[0], "value": pair[1]}), max_size=4),
    }
)
POLICY = st.sampled_from(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])


@given(CONFIGS, POLICY, st.booleans())
def test_limits_hold_and_the_same_again_changes_nothing(own: dict[str, Any], policy: str, host: object) -> None:
    found = form(
        pod(dnsPolicy=policy, hostNetwork=host, dnsConfig=own), ClusterConfig(node_resolv_conf=NODE), ["10.96.0.10"]
    )
    assert len(found.nameservers) <= 3
    assert len(found.searches) <= 32
    assert all(len(each) <= 253 for each in found.searches)
    assert len(" ".join(found.searches)) <= 2048
    for listed in (found.nameservers, found.searches):
        assert len(set(listed)) == len(listed)
    assert len({option.partition(":")[0] for option in found.options}) == len(found.options)
    options = [each.partition(":") for each in found.options]
    again = {
        "nameservers": list(found.nameservers),
        "searches": list(found.searches),
        "options": [{"name": name, "value": value} for name, _, value in options],
    }
    repeated = form(pod(dnsPolicy="None", dnsConfig=again), ClusterConfig(), [])
    assert (str(repeated), repeated.warnings) == (str(found), ())


def test_what_it_says_is_what_a_node_would_read() -> None:
    found = form(pod(dnsConfig={"searches": ["x.example"]}), ClusterConfig(node_resolv_conf=NODE), ["10.96.0.10"])
    assert parse_node_file(str(found)) == ResolvConf(
        nameservers=found.nameservers, searches=found.searches, options=found.options
    )
