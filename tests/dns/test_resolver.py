"""getaddrinfo() as a whole: the sample cases, addresses, the hosts file, what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dns_samples import sample, server_of
from scripted import CONF, plain

from kdisco import Cluster
from kdisco.dns.resolver import Reply, address_of, lookup
from kdisco.errors import UsageError

if TYPE_CHECKING:
    from kdisco.dns.stub import Asked

MEASURED = sample("resolver.json")
FAMILIES = {"AF_UNSPEC": "unspec", "AF_INET": "inet", "AF_INET6": "inet6"}
HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n10.0.0.1 Web shop\n10.0.0.2 web\nfd00::2 six\n"
BOTH = ("10.244.0.9/24", "fd00:244::9/64")


def nothing(asked: Asked) -> Reply:
    """A network in which nobody answers."""
    assert asked
    return Reply(rcode="")


def nowhere(_asked: Asked) -> Reply:
    """A server that knows no name."""
    return Reply(rcode="NXDOMAIN")


def cases() -> list[Any]:
    listed = MEASURED["cases"] if MEASURED else ()
    return [pytest.param(case, id=f"{case['libc']} {case['name']} {case['family']}") for case in listed]


def check(case: dict[str, Any], found: Any) -> None:
    asked = [
        (query["name"], kind, query["rcodes"][kind])
        for query in case["queries"]
        for _ in range(query.get("sent_each", 1))
        for kind in query["types"]
    ]
    assert list(found.questions) == asked
    final = case["final"]
    assert found.error == final.get("error")
    assert sorted(found.addresses) == sorted(final.get("addresses", ()))
    assert found.canonical == final.get("canonical")


@pytest.mark.skipif(MEASURED is None, reason="the sample cases are not beside the project")
@pytest.mark.parametrize("case", cases())
def test_measured_lookup(case: dict[str, Any]) -> None:
    server = server_of(
        MEASURED["manifests"], MEASURED["upstream"], **MEASURED["corefile_options"], synced=case["server_synced"]
    )
    libc, family = case["libc"].split()[0], FAMILIES[case["family"]]
    check(case, lookup(case["lookup"], case["resolv_conf"], plain(server), libc, family))


def asking_pod(case: dict[str, Any]) -> str:
    """A Pod that has just the resolv.conf of a case."""
    fields: dict[str, list[str]] = {"search": [], "nameserver": [], "options": []}
    for line in case["resolv_conf"].splitlines():
        word, *values = line.split()
        fields[word] += values
    options = [dict(zip(("name", "value"), each.split(":"), strict=False)) for each in fields["options"]]
    return f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: client, namespace: {case["pod_namespace"]}}}
spec:
  containers: [{{name: a, image: a}}]
  dnsPolicy: None
  dnsConfig: {{nameservers: {fields["nameserver"]}, searches: {fields["search"]}, options: {options}}}
"""


@pytest.mark.skipif(MEASURED is None, reason="the sample cases are not beside the project")
@pytest.mark.parametrize("case", cases())
@pytest.mark.parametrize("known", [("10.96.0.10",), None], ids=["told", "not told"])
def test_measured_lookup_from_a_pod_of_a_dump(case: dict[str, Any], known: tuple[str, ...] | None) -> None:
    options = {**MEASURED["corefile_options"], "synced": case["server_synced"]}
    from_kdisco = Cluster.from_dump(
        MEASURED["manifests"] + asking_pod(case),
        dns=server_of("", **options).config.dns,
        upstream=[f"{row['name']} {row['ttl']} IN {row['type']} {row['data']}" for row in MEASURED["upstream"]],
        cluster_dns=known,
    )
    libc, family = case["libc"].split()[0], FAMILIES[case["family"]]
    check(case, from_kdisco.lookup(case["lookup"], f"{case['pod_namespace']}/client", libc, family))


@pytest.mark.parametrize(
    ("name", "family", "libc", "error"),
    [
        ("10.1.2.3", "inet6", "glibc", "EAI_ADDRFAMILY"),
        ("10.1.2.3", "inet6", "musl", "EAI_NONAME"),
        ("::1", "inet", "glibc", "EAI_ADDRFAMILY"),
        ("", "unspec", "glibc", "EAI_NONAME"),
        ("", "unspec", "musl", "EAI_NONAME"),
        ("a..b", "unspec", "glibc", "EAI_NONAME"),
        ("a" * 64, "unspec", "musl", "EAI_NONAME"),
    ],
)
def test_names_that_no_question_is_made_of(name: str, family: str, libc: str, error: str) -> None:
    found = lookup(name, CONF, nothing, libc, family)
    assert (found.error, found.questions) == (error, ())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.1.2.3", "10.1.2.3"), ("10.1", "10.0.0.1"), ("0x7f000001", "127.0.0.1"), ("010.1", "8.0.0.1"),
        ("1.2.3", "1.2.0.3"), ("FD00::1", "fd00::1"), ("256.1", ""), ("1.2.3.4.5", ""), ("08.1", ""), ("web", ""),
        ("10.1.2.3.", ""), ("", ""), ("4294967296", ""), ("1.16777216", ""),
    ],
)
def test_addresses_in_every_form(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("name", "libc", "family", "addresses", "canonical"),
    [
        ("localhost", "glibc", "unspec", ("::1", "127.0.0.1"), "localhost"),
        ("localhost", "glibc", "inet", ("127.0.0.1",), "localhost"),
        ("WEB", "glibc", "unspec", ("10.0.0.1", "10.0.0.2"), "Web"),
        ("shop", "musl", "inet", ("10.0.0.1",), "Web"),
        ("web", "musl", "unspec", ("10.0.0.2",), "web"),
    ],
)
def test_the_hosts_file_goes_first(
    name: str, libc: str, family: str, addresses: tuple[str, ...], canonical: str
) -> None:
    found = lookup(name, CONF, nothing, libc, family, hosts=HOSTS, own=BOTH)
    assert (found.addresses, found.canonical, found.questions) == (addresses, canonical, ())


def test_a_pod_without_ipv6_has_no_ipv6_loopback() -> None:
    assert lookup("localhost", CONF, nothing, hosts=HOSTS, own=("10.244.0.9",)).addresses == ("127.0.0.1",)


def test_listed_with_the_wrong_family_musl_gives_up_and_glibc_asks() -> None:
    assert not lookup("six", CONF, nothing, "musl", "inet", hosts=HOSTS, own=BOTH).questions
    assert lookup("six", CONF, nowhere, "glibc", "inet", hosts=HOSTS, own=BOTH).questions
    only_six = "::1 localhost\n"
    assert lookup("localhost", CONF, nothing, "glibc", "inet", hosts=only_six, own=BOTH).addresses == ("127.0.0.1",)


@pytest.mark.parametrize(("libc", "family"), [("uclibc", "inet"), ("glibc", "inet7")])
def test_unknown_settings(libc: str, family: str) -> None:
    with pytest.raises(UsageError, match="is not one of"):
        lookup("web", CONF, nothing, libc, family)
