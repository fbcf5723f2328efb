"""The Corefile of a configuration and the configuration of a Corefile."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kdisco.config import POD_MODES, DnsConfig
from kdisco.corefile.caddyfile import CorefileError
from kdisco.corefile.file import corefile_of, parse, text_of

KUBEADM = """\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
"""
LABEL = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
ZONE = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
CONFIGS = st.builds(
    DnsConfig,
    zone=ZONE,
    ttl=st.integers(0, 3600),
    pods=st.sampled_from(POD_MODES),
    fallthrough=st.lists(ZONE, max_size=2).map(tuple),
    namespaces=st.lists(LABEL, max_size=2).map(tuple),
    ignore_empty_service=st.booleans(),
    endpoint_pod_names=st.booleans(),
    zonal=st.booleans(),
    autopath=st.booleans(),
    transfer=st.booleans(),
    cache=st.integers(1, 3600),
    cache_disable=st.lists(ZONE, max_size=2, unique=True).map(tuple),
)


def test_kubeadms_corefile_is_written_and_read() -> None:
    options = DnsConfig(cache=30, cache_disable=("cluster.local",))
    assert text_of(options) == KUBEADM == str(parse(KUBEADM))
    found = parse(KUBEADM)
    assert found.only is not None
    assert found.only.options.dns == options
    assert found.only.chain == ("loadbalance", "cache", "kubernetes", "forward")
    assert (found.reload, found.lameduck) == ((30.0, 15.0), 5.0)


@given(CONFIGS)
def test_what_is_written_is_read_again(options: DnsConfig) -> None:
    only = corefile_of(options).only
    assert only is not None
    assert only.options.dns == options


def test_without_a_cache_there_is_none_in_the_file() -> None:
    assert "cache" not in text_of(DnsConfig())
    cached = parse(KUBEADM).blocks[0].options
    assert corefile_of(DnsConfig()).blocks[0].options == evolve(cached, cache=None, dns=DnsConfig())


def test_the_order_of_directives_does_not_matter() -> None:
    lines = [". {", "forward . 192.0.2.1", "kubernetes cluster.local", "cache", "loadbalance", "}"]
    turned = [lines[0], *reversed(lines[1:-1]), lines[-1]]
    assert parse("\n".join(lines)).blocks[0].chain == parse("\n".join(turned)).blocks[0].chain


def test_the_block_with_the_longest_zone_serves_a_name() -> None:
    found = parse("example.org:53 {\n errors\n}\nb.example.org {\n log\n}")
    assert found.only is None
    assert found.reload is None
    block = found.block(("a", "b", "example", "org"))
    assert block is not None
    assert block.plugins == ("log",)
    assert found.block(("example", "com")) is None


def test_ds_goes_to_the_block_that_may_serve_the_parent_zone() -> None:
    found = parse(". {\n whoami\n}\nexample.org {\n errors\n}\nb.example.org {\n log\n}")
    served = {name: found.block(tuple(name.split(".")), parent=True) for name in ("b.example.org", "org")}
    assert {name: block.plugins for name, block in served.items() if block} == {
        "b.example.org": ("errors",), "org": ("whoami",),
    }


def test_no_server_block_is_an_error() -> None:
    with pytest.raises(CorefileError, match="no server block"):
        parse("# nothing")
