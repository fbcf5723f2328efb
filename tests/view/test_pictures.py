"""Every picture of one small cluster, as DOT text that a reviewer can read, and what each must show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import picture_scenes as scenes
import pytest
from attrs import frozen

from kdisco.errors import UsageError
from kdisco.net.fates import ruleset
from kdisco.net.text import text_of
from kdisco.net.walk import send
from kdisco.store.events import Change, Fact
from kdisco.view.discovery import discovery
from kdisco.view.endpoints import endpoints
from kdisco.view.jumps import jumps
from kdisco.view.packet import packet, path_of
from kdisco.view.registration import registration
from kdisco.view.rules import rules
from kdisco.view.topology import topology

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

GOLDEN = Path(__file__).parent / "golden"
ASKER = "pod/default/my-app-5d8f9c6b7-2k4xw"
CONF = "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"


@frozen
class Walk:
    """A lookup that was made."""

    questions: tuple[tuple[str, str, str], ...]
    addresses: tuple[str, ...] = ()
    error: str | None = None


FOUND = Walk(
    (
        ("your-app-svc.default.svc.cluster.local.", "A", "NOERROR"),
        ("your-app-svc.default.svc.cluster.local.", "AAAA", "NODATA"),
    ),
    ("10.96.87.20",),
)  # fmt: skip


def dnat(lang: str) -> Diagram:
    return packet(send(scenes.deployed(), ASKER, "10.96.87.20", 80)[1], lang)


def kube_proxy(lang: str) -> Diagram:
    return rules(text_of(ruleset(scenes.deployed(), "node-1")).restore, "default/my-app-svc", "node-1", lang)


def posted(port: int = 80) -> tuple[State, list[Fact]]:
    return scenes.posted({"ports": [{"port": port, "targetPort": 8080}], "selector": {"app": "my-app"}})


PICTURES: dict[str, Callable[[str], Diagram]] = {
    "topology": lambda lang: topology(scenes.deployed(), lang),
    "endpoints": lambda lang: endpoints(scenes.deployed(), ("default", "my-app-svc"), lang),
    "registration": lambda lang: registration(*posted(), lang),
    "discovery": lambda lang: discovery(FOUND, "your-app-svc", ASKER, CONF, lang),
    "dnat": dnat,
    "rules": kube_proxy,
}


@pytest.mark.parametrize("kind", PICTURES)
def test_golden(kind: str, *, rewrite: bool) -> None:
    drawn = PICTURES[kind]("en")
    for suffix, text in (("dot", drawn.dot), ("txt", f"{drawn}\n")):
        path = GOLDEN / f"{kind}.{suffix}"
        if rewrite:
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_svg_and_words_and_nothing_that_acts(kind: str, lang: str) -> None:
    drawn = PICTURES[kind](lang)
    bundle = drawn._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawn.svg
    assert bundle["text/plain"] == str(drawn)
    assert drawn.svg in bundle["text/html"], "live in the page, where JupyterLab would make an image of the file"
    assert not re.search(r"<(script|foreignObject|iframe|object|embed)\b|\son\w+=|href=", drawn.svg)
    ids = [each.get("id") for each in ET.fromstring(drawn.svg).iter() if each.get("id")]  # noqa: S314 - our own
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", PICTURES)
def test_the_same_state_gives_the_same_bytes(kind: str) -> None:
    assert PICTURES[kind]("en").dot == PICTURES[kind]("en").dot


@pytest.mark.parametrize("kind", PICTURES)
def test_an_unknown_language_is_an_error(kind: str) -> None:
    with pytest.raises(UsageError, match="'fr' is not one of en, zh"):
        PICTURES[kind]("fr")


def groups(drawn: Diagram, *classes: str) -> list[str]:
    found = re.findall(r'<g id="([^"]*)" class="node ([^"]*)"', drawn.svg)
    return [name for name, listed in found if set(classes) <= set(listed.split())]


def test_the_map_tells_states_by_class_shape_and_word() -> None:
    drawn = topology(scenes.deployed())
    assert len(groups(drawn, "pod")) == 6
    assert groups(drawn, "pod", "terminating") == ["pod.default.my-app-5d8f9c6b7-w7p2c"]
    waiting = {"pod.default.my-app-5d8f9c6b7-hhn5d", "pod.default.your-app-7c6d5f4b8-x2xv4"}
    assert set(groups(drawn, "pod", "not-ready")) == waiting
    line = next(line for line in drawn.dot.splitlines() if line.startswith('"pod/default/my-app-5d8f9c6b7-w7p2c" ['))
    assert 'shape="octagon"' in line
    assert "terminating" in line
    assert set(groups(drawn, "k8s-node")) >= {"k8s-node.node-1", "k8s-node.node-2"}


def test_only_ready_endpoints_have_a_road() -> None:
    roads = re.findall(r'"service/default/(\S+)" -> "pod/default/(\S+)"', topology(scenes.deployed()).dot)
    assert roads == [
        ("my-app-svc", "my-app-5d8f9c6b7-2k4xw"),
        ("my-app-svc", "my-app-5d8f9c6b7-9vtzq"),
        ("your-app-svc", "your-app-7c6d5f4b8-lq8mz"),
    ]


def test_what_was_written_since_is_marked() -> None:
    assert len(groups(topology(scenes.deployed(), since=6), "changed")) == 6
    assert not groups(topology(scenes.deployed(), since=7), "changed")


def test_a_crowd_is_drawn_small_and_counted_beyond_the_limit() -> None:
    nodes = [scenes.node(number) for number in range(1, 16)]
    pods = [scenes.pod(f"web-5d8f9c6b7-{at:05d}", 1 + at % 3, 2 + at // 3) for at in range(330)]
    drawn = topology(scenes.state(nodes=nodes, pods=pods))
    assert len(groups(drawn, "k8s-node")) == 12
    assert "and 3 more nodes" in drawn.dot
    assert "+90 Pods" in drawn.dot
    assert len(str(drawn).splitlines()) > 330


def test_no_nodes_and_no_pods_is_a_picture_too() -> None:
    assert "<svg" in topology(scenes.state()).svg


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "a\\N\\G", "&lt;b&gt;", "服务<b>", "x" * 300])
def test_a_hostile_name_stays_text(name: str) -> None:
    state = scenes.state(
        nodes=[scenes.node(1)],
        pods=[scenes.pod(f"{name}-a-b")],
        services=[scenes.service(name, "10.96.0.1", "my-app")],
        endpointslices=[scenes.slice_of(name, scenes.endpoint(f"{name}-a-b", "10.244.1.2"))],
    )
    for drawn in (topology(state), endpoints(state, ("default", name))):
        root = ET.fromstring(drawn.svg)  # noqa: S314 - our own
        assert not [each for each in root.iter() if each.tag.endswith("script")]
        assert f"pod.default.{name}-a-b" in [each.get("id") for each in root.iter()]


def test_a_refused_service_shows_the_stage_that_refused() -> None:
    state, facts = posted(port=0)
    drawn = registration(state, facts)
    assert groups(drawn, "apiserver", "refused") == ["apiserver.validation"]
    assert not groups(drawn, "etcd")
    assert "must be between 1 and 65535" in str(drawn)


def test_who_has_not_heard_is_told_apart() -> None:
    state, facts = posted()
    drawn = registration(state, facts)
    assert groups(drawn, "proxy", "not-ready") == ["proxy.kube-proxy@node-2"]
    assert "kube-proxy@node-2: has not heard yet" in str(drawn)
    assert groups(drawn, "dns") == ["dns.coredns"]


def test_a_picture_without_a_post_says_so() -> None:
    assert str(registration(scenes.state(), [])) == "no Service was posted yet"


def test_the_way_of_a_packet_shows_both_rewrites() -> None:
    trace = send(scenes.deployed(), ASKER, "10.96.87.20", 80)[1]
    drawn = packet(trace)
    assert groups(drawn, "packet", "changed") == ["packet.there.6", "packet.back.12"]
    assert "10.96.87.20:80 \u2192 10.244.2.4:8080" in drawn.dot
    assert "10.244.2.4:8080 \u2192 10.96.87.20:80" in drawn.dot
    edges = re.findall(r'<g id="([^"]*)" class="edge', drawn.svg)
    assert path_of(trace) == edges


def test_a_refused_packet_ends_red() -> None:
    drawn = packet(send(scenes.deployed(), ASKER, "10.244.2.4", 9)[1])
    assert len(groups(drawn, "refused")) == 1
    assert "REFUSED" in str(drawn)


def test_chances_are_of_the_whole_chain() -> None:
    head = "-A KUBE-SVC-A -m comment --comment"
    text = f"""*nat
{head} "d/s -> 1" -m statistic --mode random --probability 0.3333333333 -j KUBE-SEP-1
{head} "d/s -> 2" -m statistic --mode random --probability 0.5000000000 -j KUBE-SEP-2
{head} "d/s -> 3" -j KUBE-SEP-3
COMMIT
"""
    assert {str(each.probability) for each in jumps(text)} == {"1/3"}


def test_a_change_of_another_service_is_not_a_product() -> None:
    state, facts = posted()
    other = scenes.slice_of("other-svc")
    facts.append(Change(type="ADDED", resource="endpointslices", key=other.key, revision=99, after=other))
    assert "other-svc" not in registration(state, facts).dot
