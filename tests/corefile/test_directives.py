"""What each plugin takes in a Corefile, and what it says to the rest."""

from __future__ import annotations

import pytest

from kdisco.corefile.caddyfile import CorefileError
from kdisco.corefile.file import parse
from kdisco.corefile.options import CacheOptions, Forward, Options, Transfer

FILE, SAID = "/etc/coredns/Corefile", " - Error during parsing: "
COUNT = "Wrong argument count or unexpected line ending after"


def options(*lines: str) -> Options:
    return parse("\n".join((".:53 {", *lines, "}"))).blocks[0].options


def test_the_plugins_defaults_are_not_kubeadms() -> None:
    dns = options("kubernetes cluster.local").dns
    assert (dns.zone, dns.pods, dns.ttl, dns.fallthrough) == ("cluster.local", "disabled", 5, ())
    assert options("kubernetes").zones == ((),)
    assert options("kubernetes in-addr.arpa a.example").zones == (("a", "example"), ("in-addr", "arpa"))


def test_options_of_kubernetes() -> None:
    dns = options(
        "kubernetes cluster.local {",
        "endpoint https://192.0.2.1:6443",
        "pods verified",
        "namespaces a b",
        "ttl 0",
        "ignore empty_service",
        "ignore",
        "endpoint_pod_names",
        "zonal",
        "fallthrough",
        "}",
    ).dns
    assert (dns.pods, dns.namespaces, dns.ttl, dns.fallthrough) == ("verified", ("a", "b"), 0, (".",))
    assert dns.ignore_empty_service
    assert dns.endpoint_pod_names
    assert dns.zonal


def test_options_of_cache() -> None:
    assert options("cache").cache == CacheOptions()
    assert options("cache 30 example.org").cache == CacheOptions(
        zones=(("example", "org"),), success=(30, 5), denial=(30, 5)
    )
    found = options(
        "cache {", "success 5000 60 10", "denial 100", "servfail 1m", "disable denial", "prefetch 10", "}"
    ).cache
    assert found == CacheOptions(success=(60, 10), servfail=60, no_denial=((),))


def test_options_of_the_others() -> None:
    found = options(
        "forward example.org 192.0.2.1:53 tls://[2001:db8::1]:853 {",
        "except a.example.org",
        "}",
        "transfer example.org {",
        "to * 192.0.2.9",
        "}",
        "autopath a.example @kubernetes",
        "reload 10s 5m",
        "health :8080 {",
        "lameduck 1m30s",
        "}",
        "log",
        "loadbalance round_robin",
        "hosts",
    )
    except_ = (("a", "example", "org"),)
    assert found.forward == (Forward(("example", "org"), ("192.0.2.1:53", "tls://[2001:db8::1]:853"), except_),)
    assert found.transfer == (Transfer((("example", "org"),), ("*", "192.0.2.9")),)
    assert (found.autopath, found.reload, found.lameduck) == ((("a", "example"),), (10.0, 5.0), 90.0)
    assert options("autopath /etc/resolv.conf").autopath == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("kubernetes a {\nfoo\n}", f"plugin/kubernetes: {FILE}:3{SAID}unknown property 'foo'"),
        ("kubernetes a {\nttl 3601\n}", f"plugin/kubernetes: {FILE}:3{SAID}ttl must be in range [0, 3600]: 3601"),
        ("kubernetes a {\nttl x\n}", 'plugin/kubernetes: strconv.Atoi: parsing "x": invalid syntax'),
        (
            "kubernetes a {\npods some\n}",
            "plugin/kubernetes: wrong value for pods: some,  must be one of: disabled, verified, insecure",
        ),
        ("kubernetes a {\npods\n}", f"plugin/kubernetes: {FILE}:3{SAID}{COUNT} 'pods'"),
        ("kubernetes ip6.arpa", "plugin/kubernetes: non-reverse zone name must be used"),
        ("kubernetes a {\nignore x\n}", "plugin/kubernetes: unable to parse ignore value: 'x'"),
        ("kubernetes a\nkubernetes b", "plugin/kubernetes: this plugin can only be used once per Server Block"),
        ("cache 0", "plugin/cache: cache TTL can not be zero or negative: 0"),
        ("cache {\ndisable x\n}", 'plugin/cache: cache type for disable must be "success" or "denial"'),
        ("cache {\nservfail 6m\n}", "plugin/cache: caching SERVFAIL responses over 5 minutes is not permitted"),
        ("cache {\nfoo\n}", f"plugin/cache: {FILE}:3{SAID}{COUNT} 'foo'"),
        ("forward .", f"plugin/forward: {FILE}:2{SAID}{COUNT} '.'"),
        ("forward . nowhere", 'plugin/forward: not an IP address or file: "nowhere"'),
        ("forward . 192.0.2.1 {\nfoo\n}", f"plugin/forward: {FILE}:3{SAID}unknown property 'foo'"),
        ("transfer", f"plugin/transfer: {FILE}:2{SAID}'to' is required"),
        ("autopath", "plugin/autopath: no resolv-conf specified"),
        ("reload 1s", "plugin/reload: interval value must be greater or equal to 2s"),
        ("reload 1h 10ms", "plugin/reload: jitter value must be greater or equal to 1s"),
        ("reload soon", 'plugin/reload: time: invalid duration "soon"'),
        ("loop x", f"plugin/loop: {FILE}:2{SAID}{COUNT} 'x'"),
    ],
)
def test_what_a_plugin_does_not_take(line: str, words: str) -> None:
    with pytest.raises(CorefileError) as caught:
        options(line)
    assert str(caught.value) == words
    assert caught.value.line in (2, 3)
