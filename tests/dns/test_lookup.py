"""A lookup tells its story."""

from __future__ import annotations

from dns_samples import server_of
from scripted import CONF, plain

from kdisco.dns.lookup import Lookup
from kdisco.dns.resolver import Reply, lookup

MANIFEST = """
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: other}
spec: {clusterIP: 10.96.0.80, clusterIPs: [10.96.0.80], ports: [{port: 80}]}
"""


def test_a_line_a_question_with_its_reason() -> None:
    found = lookup("web.other", CONF, plain(server_of(MANIFEST)))
    assert str(found).splitlines() == [
        "glibc looks up web.other (search default.svc.cluster.local svc.cluster.local cluster.local, ndots:5)",
        "1  web.other.default.svc.cluster.local.  A     NXDOMAIN  no such name below default.svc.cluster.local",
        "2  web.other.default.svc.cluster.local.  AAAA  NXDOMAIN  no such name below default.svc.cluster.local",
        "3  web.other.svc.cluster.local.          A     NOERROR   10.96.0.80",
        "4  web.other.svc.cluster.local.          AAAA  NODATA    the name exists, no AAAA",
        "-> 10.96.0.80 (web.other.svc.cluster.local) after 4 questions, 0 s",
    ]


def test_who_answered_is_told_where_it_is_known() -> None:
    reply = Reply(records=(("web.", "A", "192.0.2.7"),), by="pod/kube-system/coredns-1")
    found = lookup("web.", "nameserver 10.0.0.1\n", lambda _: reply, family="inet")
    assert found.answered_by == ("pod/kube-system/coredns-1",)
    assert str(found).splitlines()[1] == "1  web.  A  NOERROR  coredns-1  192.0.2.7"
    assert ">by</th>" in found._repr_html_()


def test_what_the_network_did_is_told() -> None:
    lost = lookup("web.", "nameserver 10.0.0.1\n", lambda _: Reply(rcode="", why="nobody has 10.0.0.1"), family="inet")
    assert lost.reasons[0] == "no reply: nobody has 10.0.0.1"
    assert lost.verdict == "EAI_AGAIN after 2 questions, 10 s"
    refused = lookup("web.", "nameserver 10.0.0.1\n", lambda _: Reply(rcode="ECONNREFUSED"), family="inet")
    assert refused.questions[0] == ("web.", "A", "ECONNREFUSED")
    assert refused.verdict == "EAI_AGAIN after 2 questions, 0 s"


def test_html_is_escaped() -> None:
    told = Lookup(name="<b>", questions=(("<i>.", "A", "NXDOMAIN"),), reasons=("<u>",), error="EAI_NONAME")
    page = told._repr_html_()
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))
    assert "&lt;b&gt;" in page
