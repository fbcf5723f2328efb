"""Pictures in Chinese hold no English sentence but what is quoted: rules' comments, errors, command output."""

from __future__ import annotations

import re
from functools import cache

import pytest
from english import sentences, shown

from kdisco import Cluster
from kdisco.examples import ARTICLE
from kdisco.view.exhibition import exhibited
from kdisco.view.gallery import GALLERY, diagram

QUOTED = re.compile(
    r"(?:[\w-]+ )?has no endpoints"  # kube-proxy's comment on a Service that refuses
    r"|(?:pod|route LOCAL) traffic for [\w-]+"  # its comments on externalTrafficPolicy Local
    r"|table full, dropping packet"  # the kernel's message
    r"|(?:[\w-]+,? )?(?:A|None)"  # a record's type, spec.clusterIP
)
BROKEN = {  # what is injected, and the pictures that tell of it
    "wrong-selector": ("selector", "dnat", "journey", "reachability"),
    "wrong-target-port": ("dnat", "reachability"),
    "network-policy-blocks-dns": ("discovery", "dnat", "reachability"),
    "network-policy-blocks-port": ("dnat", "journey", "reachability"),
    "external-traffic-policy-local-without-pod": ("rules", "reachability"),
    "external-name-to-nowhere": ("discovery", "reachability"),
    "coredns-down": ("discovery", "journey", "reachability"),
    "kube-proxy-stale": ("dnat", "watch", "timeline"),
    "node-down": ("topology", "dnat", "reachability"),
    "node-partitioned": ("topology", "reachability"),
    "vxlan-link-cut": ("dnat", "reachability"),
    "conntrack-full": ("conntrack", "reachability"),
}


def english(text: str) -> list[str]:
    """The English sentences of a text that nobody quotes."""
    return [each for each in sentences(text) if not QUOTED.fullmatch(each)]


@cache
def broken(code: str) -> Cluster:
    """The article's cluster with a fault."""
    cluster = Cluster(nodes=3, seed=1)
    cluster.apply(ARTICLE)
    cluster.settle()
    cluster.inject(code)
    cluster.settle()
    return cluster


def told(cluster: Cluster, kind: str) -> str:
    """A picture's words and all that it shows."""
    drawn = diagram(cluster, kind, "zh")
    return f"{drawn}\n{shown(drawn.svg)}"


@pytest.mark.parametrize("kind", GALLERY)
def test_no_picture_of_the_exhibition_holds_an_english_sentence(kind: str) -> None:
    text = told(exhibited(), kind)
    assert re.search("[\u4e00-\u9fff]", text)
    assert english(text) == []


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for code, kinds in BROKEN.items() for kind in kinds])
def test_nor_does_one_of_a_broken_cluster(code: str, kind: str) -> None:
    assert english(told(broken(code), kind)) == []


def test_a_refused_service_is_told_in_chinese_up_to_the_servers_own_words() -> None:
    cluster = Cluster(nodes=1)
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 800000}]}"
    with pytest.raises(Exception, match="is invalid"):
        cluster.create(text)
    drawn = str(diagram(cluster, "registration", "zh"))
    assert "校验 - 被拒绝" in drawn
    assert english(drawn) == ["is invalid", "must be between"]


def test_the_check_sees_an_english_sentence() -> None:
    text = told(exhibited(), "dnat")
    assert english(text.replace("收到数据包", "receives the packet")) == ["receives the packet"]
    assert english(str(diagram(exhibited(), "dnat", "en")) + shown(diagram(exhibited(), "dnat", "en").svg))
