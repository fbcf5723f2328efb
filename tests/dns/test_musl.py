"""musl's way, as it was measured."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import MEASURED, compare

from kdisco.dns.resolver import Asked, Reply, lookup

NAMES = st.lists(st.sampled_from(["a", "web", "svc", "x1"]), min_size=1, max_size=6).map(".".join)
TWO = "nameserver 10.0.0.1\nnameserver 10.0.0.2\n"


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case["title"])
def test_as_measured(case: dict[str, Any]) -> None:
    compare(case, "musl")


@given(NAMES, st.integers(0, 7), st.lists(NAMES, max_size=4))
def test_a_name_with_dots_enough_is_not_searched(name: str, ndots: int, searches: list[str]) -> None:
    search = f"search {' '.join(searches)}\n" if searches else ""
    conf = f"{search}nameserver 10.0.0.1\noptions ndots:{ndots}\n"
    found = lookup(name, conf, lambda _: Reply(rcode="NXDOMAIN"), "musl", "inet")
    below = [f"{name}.{domain}." for domain in searches] if name.count(".") < ndots else []
    assert [qname for qname, _, _ in found.questions] == [*below, f"{name}."]


def test_all_servers_are_asked_at_once_and_the_first_usable_reply_counts() -> None:
    def ask(asked: Asked) -> Reply:
        found = ((asked.qname, "A", f"192.0.2.{asked.server[-1]}"),) if asked.qtype == "A" else ()
        return Reply(records=found, seconds=0.001 if asked.server == "10.0.0.2" else 0.004)

    found = lookup("web.", TWO, ask, "musl")
    assert found.addresses == ("192.0.2.2",)
    assert [qtype for _, qtype, _ in found.questions] == ["A", "A", "AAAA", "AAAA"]
    assert found.seconds == pytest.approx(0.001)


def test_a_failing_server_gets_the_question_again_and_the_other_decides() -> None:
    def ask(asked: Asked) -> Reply:
        found = Reply(records=((asked.qname, "A", "192.0.2.7"),))
        return Reply(rcode="SERVFAIL") if asked.server == "10.0.0.1" else found

    found = lookup("web.", TWO, ask, "musl", "inet")
    assert found.addresses == ("192.0.2.7",)
    assert [rcode for _, _, rcode in found.questions] == ["SERVFAIL", "NOERROR", "SERVFAIL"]
