"""What glibc and musl ask, measured cases first."""

from __future__ import annotations

from typing import Any

import pytest
from dns_samples import sample, server_of

from kdisco.dns.lookup import Lookup
from kdisco.dns.resolver import Reply, lookup, read_conf
from kdisco.errors import UsageError

MEASURED = sample("resolver.json")
FAMILIES = {"AF_UNSPEC": "unspec", "AF_INET": "inet", "AF_INET6": "inet6"}
CONF = "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"


def cases() -> list[Any]:
    listed = MEASURED["cases"] if MEASURED else ()
    return [pytest.param(case, id=f"{case['libc']} {case['name']} {case['family']}") for case in listed]


@pytest.mark.skipif(MEASURED is None, reason="the sample cases are not beside the project")
@pytest.mark.parametrize("case", cases())
def test_measured_lookup(case: dict[str, Any]) -> None:
    server = server_of(
        MEASURED["manifests"], MEASURED["upstream"], **MEASURED["corefile_options"], synced=case["server_synced"]
    )
    libc = case["libc"].split()[0]
    found = lookup(case["lookup"], case["resolv_conf"], server.reply, libc, FAMILIES[case["family"]])
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


def dead(_server: str, _qname: str, _qtype: str) -> Reply:
    return Reply(rcode="")


def only(address: str) -> Any:
    """A network where one nameserver alone answers, always with one A record."""

    def ask(server: str, qname: str, qtype: str) -> Reply:
        if server != address:
            return Reply(rcode="")
        return Reply(records=((qname, "A", "192.0.2.7"),) if qtype == "A" else (), seconds=0.001)

    return ask


def test_glibc_goes_to_the_second_nameserver_after_a_timeout() -> None:
    found = lookup("web.", "nameserver 10.0.0.1\nnameserver 10.0.0.2\n", only("10.0.0.2"))
    assert found.addresses == ("192.0.2.7",)
    assert [rcode for _, _, rcode in found.questions] == ["TIMEOUT", "TIMEOUT", "NOERROR", "NODATA"]
    assert found.seconds == pytest.approx(5.001)


def test_musl_asks_all_nameservers_at_once() -> None:
    found = lookup("web.", "nameserver 10.0.0.1\nnameserver 10.0.0.2\n", only("10.0.0.2"), "musl")
    assert found.addresses == ("192.0.2.7",)
    assert len(found.questions) == 4
    assert found.seconds == pytest.approx(0.001)


@pytest.mark.parametrize(("libc", "seconds", "packets"), [("glibc", 20, 8), ("musl", 5, 4)])
def test_nobody_answers(libc: str, seconds: float, packets: int) -> None:
    found = lookup("web", CONF, dead, libc)
    assert (found.error, found.seconds, len(found.questions)) == ("EAI_AGAIN", seconds, packets)


@pytest.mark.parametrize(
    ("name", "family", "error"),
    [
        ("10.1.2.3", "inet6", "EAI_ADDRFAMILY"),
        ("", "unspec", "EAI_NONAME"),
        ("a..b", "unspec", "EAI_NONAME"),
        ("a" * 64, "unspec", "EAI_NONAME"),
    ],
)
def test_names_that_no_question_is_made_of(name: str, family: str, error: str) -> None:
    found = lookup(name, CONF, dead, family=family)
    assert (found.error, found.questions) == (error, ())


def test_an_address_is_its_own_answer() -> None:
    assert lookup("10.1.2.3", CONF, dead).addresses == ("10.1.2.3",)


def test_own_addresses_decide_the_order() -> None:
    def ask(_server: str, qname: str, qtype: str) -> Reply:
        return Reply(records=((qname, qtype, "203.0.113.1" if qtype == "A" else "2001:db8::1"),))

    assert lookup("web.", CONF, ask, own=("10.244.0.9",)).addresses == ("203.0.113.1", "2001:db8::1")
    assert lookup("web.", CONF, ask, own=("10.244.0.9", "fd00::9")).addresses == ("2001:db8::1", "203.0.113.1")


def test_search_dot_is_the_name_itself_for_glibc() -> None:
    conf = "search a.example .\nnameserver 10.0.0.1\noptions ndots:5\n"
    found = lookup("nosuch", conf, lambda *_: Reply(rcode="NXDOMAIN"))
    assert [qname for qname, _, _ in found.questions[::2]] == ["nosuch.a.example.", "nosuch."]


@pytest.mark.parametrize(("libc", "family"), [("uclibc", "inet"), ("glibc", "inet7")])
def test_unknown_settings(libc: str, family: str) -> None:
    with pytest.raises(UsageError, match="is not one of"):
        lookup("web", CONF, dead, libc, family)


def test_glibc_does_not_walk_on_after_a_refusal() -> None:
    found = lookup("web", CONF, lambda *_: Reply(rcode="REFUSED"))
    assert {qname for qname, _, _ in found.questions} == {"web.default.svc.cluster.local.", "web."}
    assert found.error == "EAI_AGAIN"


def test_musl_asks_again_only_what_failed() -> None:
    def ask(_server: str, qname: str, qtype: str) -> Reply:
        return Reply(records=((qname, "A", "192.0.2.7"),)) if qtype == "A" else Reply(rcode="SERVFAIL")

    found = lookup("web.", CONF, ask, "musl")
    assert [qtype for _, qtype, _ in found.questions] == ["A", "AAAA", "AAAA", "AAAA"] * 2
    assert found.error == "EAI_AGAIN"


def test_last_search_wins_and_options_add_up() -> None:
    conf = read_conf("search a\noptions ndots:99\ndomain b\noptions timeout:1 rotate attempts:x\n", "glibc")
    assert (conf.searches, conf.ndots, conf.timeout, conf.attempts) == (("b",), 15, 1, 2)
    assert conf.nameservers == ("127.0.0.1",)


def test_a_lookup_tells_its_story() -> None:
    server = server_of(MANIFEST)
    found = lookup("web.other", CONF, server.reply)
    assert str(found).splitlines() == [
        "glibc looks up web.other (search default.svc.cluster.local svc.cluster.local cluster.local, ndots:5)",
        "1  web.other.default.svc.cluster.local.  A     NXDOMAIN  no such name below default.svc.cluster.local",
        "2  web.other.default.svc.cluster.local.  AAAA  NXDOMAIN  no such name below default.svc.cluster.local",
        "3  web.other.svc.cluster.local.          A     NOERROR   10.96.0.80",
        "4  web.other.svc.cluster.local.          AAAA  NODATA    the name exists, no AAAA",
        "-> 10.96.0.80 (web.other.svc.cluster.local) after 4 questions, 0 s",
    ]


def test_html_is_escaped() -> None:
    told = Lookup(name="<b>", questions=(("<i>.", "A", "NXDOMAIN"),), reasons=("<u>",), error="EAI_NONAME")
    page = told._repr_html_()
    assert not any(tag in page for tag in ("<b>", "<i>", "<u>"))
    assert "&lt;b&gt;" in page


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
