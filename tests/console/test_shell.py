"""Lines, words, commands that there are and are not."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from kdisco import Cluster
from kdisco.console.result import CommandResult
from kdisco.console.shell import COMMANDS, SMALL
from kdisco.errors import KdiscoError, NotFound, UsageError

CLUSTER = Cluster(nodes=1, upstream=("www.site.example. 300 IN A 203.0.113.9",))
for NAME, IMAGE in (("large", "debian"), ("small", "busybox:1.36"), ("musl", "alpine:3.20")):
    CLUSTER.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME},
         "spec": {"containers": [{"name": "a", "image": IMAGE}]}}
    )
CLUSTER.settle()
NAMESERVER = CLUSTER.get("service", "kube-dns", namespace="kube-system").spec.cluster_ip


def sh(line: str, pod: str = "large") -> CommandResult:
    """A command in a Pod of a cluster of its own."""
    return CLUSTER.branch().sh(line, f"default/{pod}")


def test_a_result_is_text_with_a_status() -> None:
    found = sh("cat /etc/hostname /etc/nosuch")
    assert found == "large\ncat: /etc/nosuch: No such file or directory\n"
    assert (found.out, found.err, found.exit) == ("large\n", found[6:], 1)


@pytest.mark.parametrize("name", [*COMMANDS, *SMALL])
def test_every_command_is_there(name: str) -> None:
    for module, function in (table[name] for table in (COMMANDS, SMALL) if name in table):
        assert isinstance(getattr(import_module(f"kdisco.console.{module}"), function), Callable)  # type: ignore[arg-type]  # Callable is a form, not a class


def test_the_variables_of_the_container() -> None:
    told = sh("env")
    assert "KUBERNETES_SERVICE_HOST=10.96.0.1\n" in told
    assert "HOSTNAME=large\n" in told
    assert sh("printenv") == told == str(CLUSTER.environment("default/large"))
    assert sh("printenv KUBERNETES_SERVICE_PORT HOSTNAME") == "443\nlarge\n"
    missing = sh("printenv NOSUCH HOSTNAME")
    assert (missing, missing.exit, sh("env FOO=1 sh").exit) == ("large\n", 1, 1)


def test_an_unknown_command_names_those_that_there_are() -> None:
    found = sh("foo --bar")
    assert found.exit == 127
    assert found.splitlines()[0] == "sh: foo: not found"
    assert all(name in found.splitlines()[1] for name in COMMANDS)


@pytest.mark.parametrize(
    ("line", "status"),
    [("", 0), ("  ", 0), ("cat '", 2), ("cat /etc/hosts | grep x", 2), ("cat /etc/hosts > x", 2), ("cat a; cat b", 2)],
)
def test_lines_that_are_no_command(line: str, status: int) -> None:
    assert sh(line).exit == status


def test_quotes_are_the_shells() -> None:
    assert sh("cat '/etc/hostname'") == sh("cat /etc/hostname")
    assert sh("cat '/etc/a b'") == "cat: /etc/a b: No such file or directory\n"


def test_the_image_decides_which_nslookup_it_is() -> None:
    line = "nslookup kubernetes.default.svc.cluster.local."
    assert f"Address:\t{NAMESERVER}#53" in sh(line)
    assert f"Address:\t{NAMESERVER}:53" in sh(line, "small")
    assert sh(line, "small") == sh(f"busybox {line}")


def test_the_image_decides_which_library_looks_up() -> None:
    assert sh("getent hosts KUBERNETES.default", "large").exit == 0
    cluster = CLUSTER.branch()
    cluster.sh("getent ahosts nosuch", "default/musl")
    assert cluster.history[-1].event.libc == "musl"  # type: ignore[union-attr]  # a lookup it is


def test_files() -> None:
    assert sh("cat /etc/resolv.conf") == CLUSTER.resolv_conf("default/large")
    assert sh("cat /etc/hosts").splitlines()[-1] == f"{CLUSTER.get('pod', 'large').addresses[0]}\tlarge"
    assert sh("cat /etc") == "cat: /etc: Is a directory\n"
    assert sh("cat /etc/passwd").exit == 1, "nothing of this machine is shown"
    assert sh("hostname") == "large\n"


@pytest.mark.parametrize(("line", "pod"), [(5, "default/large"), ("cat x", "default/nobody"), ("cat x", "a/b/c/d")])
def test_what_cannot_be_run(line: str, pod: str) -> None:
    with pytest.raises(KdiscoError):
        CLUSTER.branch().sh(line, pod)


def test_every_message_is_a_packet() -> None:
    cluster = CLUSTER.branch()
    moments = len(cluster.history)
    assert cluster.sh("dig +short www.site.example", "default/large") == "203.0.113.9\n"
    assert len(cluster.history) == moments + 1
    assert "coredns" in str(cluster.history[-1])
    assert any("dport=53" in line for line in cluster.conntrack("node-1"))
    cluster.scale("deployment/coredns", 0, namespace="kube-system")
    cluster.settle()
    found = cluster.sh("dig www.site.example", "default/large")
    assert found.exit == 9
    assert found.count(f";; communications error to {NAMESERVER}#53: connection refused\n") == 3
    assert cluster.sh("nslookup www.site.example", "default/small").err.endswith("Connection refused\n")


def test_a_comment_and_a_variable() -> None:
    assert sh("hostname # which Pod?") == "large\n"
    assert sh("echo -n $HOSTNAME '$HOSTNAME' \"<$NOSUCH>\"") == "large $HOSTNAME <>"


def on_node(line: str) -> CommandResult:
    """A command on the node, of a cluster of its own."""
    return CLUSTER.branch().sh(line, node="node-1")


def test_a_node_has_its_own_files_and_resolver() -> None:
    assert on_node("cat /etc/resolv.conf") == CLUSTER.state.config.node_resolv_conf
    ip = CLUSTER.get("node", "node-1").internal_ips[0]
    assert on_node("cat /etc/hosts").splitlines()[-1] == f"{ip}\tnode-1"
    assert on_node("hostname") == "node-1\n"
    assert on_node("getent hosts node-1") == f"{ip:<15} node-1\n"
    assert "KUBERNETES_SERVICE_HOST" not in on_node("env")
    assert on_node("dig +short www.site.example") == "203.0.113.9\n"
    assert on_node("nslookup kubernetes.default.svc.cluster.local").exit == 1
    assert on_node(f"dig +short kubernetes.default.svc.cluster.local @{NAMESERVER}") == "10.96.0.1\n"


@pytest.mark.parametrize("place", [{}, {"pod": "default/large", "node": "node-1"}])
def test_one_place_is_named(place: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="one of the two"):
        CLUSTER.branch().sh("hostname", **place)


def test_a_node_that_there_is_not() -> None:
    with pytest.raises(NotFound, match='nodes "nope" not found'):
        CLUSTER.branch().sh("hostname", node="nope")


def test_a_pod_that_does_not_run_says_so() -> None:
    cluster = CLUSTER.branch()
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "later"},
                    "spec": {"containers": [{"name": "a", "image": "debian"}]}})
    found = cluster.sh("curl 10.96.0.1", "default/later")
    assert (found.err, found.exit) == ("curl: pod default/later does not run: it has no address to send from\n", 1)
