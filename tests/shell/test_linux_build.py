"""A cluster in the kernel: what stands there is what the model prints, and nothing is left of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster
from kdisco.examples import ARTICLE
from kdisco.net.devices import links
from kdisco.net.ip_text import addresses_text
from kdisco.shell import linux_build
from kdisco.shell.linux_build import Built, LinuxError, Missing, check_needs
from kdisco.shell.linux_namespace import OWN, inside
from kdisco.shell.linux_plan import planned
from kdisco.shell.linux_space import Feed, Space, batch

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAWS = [
    (batch(["link add nonsense type nonsense"]), "two: ip: .*[Uu]nknown device type"),
    (Feed(("iptables-restore",), "*filter\n-A NONSENSE -j DROP\nCOMMIT\n"), "two: iptables-restore: .*line 2"),
    (Feed(("nft", "-f", "-"), "add rule ip nothing here drop\n"), "two: nft: .*No such file or directory"),
]


def printed(built: Built, space: str, *command: str) -> str:
    with inside(built.descriptors[space]):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def descriptors() -> list[str]:
    """The network namespaces that this process holds."""
    links = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sorted(str(each) for each in links if str(each).startswith("net:"))


@pytest.fixture(scope="module", params=["vxlan", "host-gw", "dual"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The article's applications; by VXLAN, by routes, and with two families."""
    ranges = {"pod_cidr": "10.244.0.0/16,fd00:244::/56", "service_cidr": "10.96.0.0/16,fd00:96::/112"}
    settings = {"vxlan": {}, "host-gw": {"backend": "host-gw"}, "dual": ranges}[request.param]
    made = Cluster(nodes=3, **settings)
    made.apply(ARTICLE)
    return made.settle()


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> Iterator[Built]:
    """The same in the kernel."""
    with Built(planned(cluster.state)) as made:
        yield made


def plain(text: str) -> str:
    """``ip addr`` without what is the machine's own: the other ends' names, and that a node's card is a cable here."""
    text = re.sub(r" link-netns(id)? \S+", "", text)
    return re.sub(r"(2: eth0)(@if\d+)?(: .* qdisc) \S+", r"\1\3", text).replace(" nodad", "").replace(" tentative", "")


@pytest.mark.root
def test_devices_are_those_of_the_model(cluster: Cluster, built: Built) -> None:
    for space in built.descriptors:
        if space != "outside":
            expected = addresses_text(links(cluster.state, space)) + "\n"
            assert plain(printed(built, space, "ip", "addr")) == plain(expected), space


@pytest.mark.root
def test_routes_are_those_of_the_model(cluster: Cluster, built: Built) -> None:
    for space in built.descriptors:
        if space != "outside":
            found = printed(built, space, "ip", "-4", "route") + printed(built, space, "ip", "-6", "route")
            lines = [line for line in found.splitlines() if "fe80::" not in line and "/128" not in line]
            own = {str(route) for route in cluster.routes(space).listed}
            assert {line for line in lines if line in own} == own, space
            assert len([line for line in lines if line not in own]) <= 1, space  # the tunnel's own address, in IPv6


@pytest.mark.root
def test_rules_read_back_as_the_proxy_says(cluster: Cluster, built: Built) -> None:
    """Beside them there is flanneld's chain alone."""
    listed = printed(built, "node/node-1", "iptables-save").splitlines()
    found = [line for line in listed if not line.startswith("#") and "FLANNEL" not in line and "flanneld" not in line]
    assert found == [line.rstrip() for line in cluster.proxy("node-1").rules().save.splitlines()]


@pytest.mark.root
@pytest.mark.parametrize(("flaw", "words"), FLAWS, ids=["ip", "iptables", "nft"])
def test_what_is_refused_half_way_leaves_nothing(flaw: Feed, words: str) -> None:
    before, home = descriptors(), Path(OWN).readlink()
    cable = batch(["link add left type veth peer name right netns two"])
    with pytest.raises(LinuxError, match=words):
        Built((Space(name="one", feeds=(cable,)), Space(name="two", feeds=(flaw,))))
    assert descriptors() == before
    assert Path(OWN).readlink() == home


@pytest.mark.root
def test_all_is_gone_with_its_block() -> None:
    before, home = descriptors(), Path(OWN).readlink()
    with Built((Space(name="one"),)) as made:
        assert len(descriptors()) == len(before) + 1
        with inside(made.descriptors["one"]):
            assert Path(OWN).readlink() != home
    assert descriptors() == before
    made.close()


def test_missing_tools_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    words = "needs ip, bridge, iptables-restore, ip6tables-restore, nft: install iproute2, iptables, nftables"
    with pytest.raises(Missing, match=f"^{words}$"):
        check_needs()


def test_missing_rights_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise PermissionError

    monkeypatch.setattr(linux_build, "new_namespace", refused)
    monkeypatch.setattr(shutil, "which", lambda tool: f"/sbin/{tool}")
    with pytest.raises(Missing, match=r"^needs root, or a user namespace of its own: unshare -Urn kdisco linux"):
        check_needs()


def test_a_kernel_without_bridged_filtering_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(linux_build, "new_namespace", lambda: os.open(tmp_path, os.O_RDONLY))
    monkeypatch.setattr(shutil, "which", lambda tool: f"/sbin/{tool}")
    monkeypatch.setattr(linux_build, "BRIDGES", str(tmp_path / "bridge"))
    with pytest.raises(Missing, match=r"modprobe br_netfilter$"):
        check_needs()
