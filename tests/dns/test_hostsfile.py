"""A Pod's /etc/hosts."""

from __future__ import annotations

from typing import Any

from control_scenes import made
from hypothesis import given
from hypothesis import strategies as st

from kdisco.config import ClusterConfig
from kdisco.dns.hostsfile import Host, entries, hosts_file

HEAD = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
]


def file_of(ips: str = "10.244.0.7", **spec: Any) -> str:
    """The file of Pod db-0 with these addresses."""
    listed = [{"ip": ip} for ip in ips.split()]
    status = {"podIPs": listed} | ({"podIP": listed[0]["ip"]} if listed else {})
    return hosts_file(made("Pod", "db-0", {"containers": [], **spec}, status=status), ClusterConfig())


def test_a_pod_knows_itself_by_every_address() -> None:
    assert file_of("10.244.0.7 fd00::7").splitlines() == [*HEAD, "10.244.0.7\tdb-0", "fd00::7\tdb-0"]
    assert file_of("").splitlines() == HEAD


def test_below_a_subdomain_the_full_name_comes_first() -> None:
    assert (
        file_of(subdomain="db", hostname="one").splitlines()[-1] == "10.244.0.7\tone.db.default.svc.cluster.local\tone"
    )


def test_aliases_stand_behind_a_heading() -> None:
    aliases = [{"ip": "10.1.2.3", "hostnames": ["foo.local", "bar.local"]}, {"ip": "fd00::9", "hostnames": ["six"]}]
    assert file_of(hostAliases=aliases).splitlines()[-4:] == [
        "",
        "# Entries added by HostAliases.",
        "10.1.2.3\tfoo.local\tbar.local",
        "fd00::9\tsix",
    ]


def test_in_the_host_network_it_is_the_nodes() -> None:
    text = file_of(
        "172.18.0.3", hostNetwork=True, nodeName="node-1", hostAliases=[{"ip": "10.1.2.3", "hostnames": ["foo"]}]
    )
    assert text.startswith("# Kubernetes-managed hosts file (host network).\n127.0.0.1\tlocalhost\n")
    assert "172.18.0.3\tnode-1\n" in text
    assert text.endswith("\n\n# Entries added by HostAliases.\n10.1.2.3\tfoo\n")


def test_it_is_read_line_by_line() -> None:
    text = "# 10.0.0.1 x\n 10.0.0.2 a A b # c\nfd00:0::1\tb\n10.0.0.3\nnonsense d\n10.0.0.04 e\n"
    assert entries(text) == (Host("10.0.0.2", ("a", "A", "b")), Host("fd00::1", ("b",)))


def test_what_is_written_is_what_is_read() -> None:
    found = entries(file_of("10.244.0.7 fd00::7", hostAliases=[{"ip": "10.1.2.3", "hostnames": ["Foo.Local"]}]))
    assert [each.address for each in found if "db-0" in each.names] == ["10.244.0.7", "fd00::7"]
    assert [each.address for each in found if "localhost" in each.names] == ["127.0.0.1", "::1"]
    assert found[-1] == Host("10.1.2.3", ("Foo.Local",))


@given(st.text("10.:af# \t\nx", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    lines = text.split("\n")
    found = entries(text)
    assert len(found) <= len(lines)
    assert all(each.names for each in found)
