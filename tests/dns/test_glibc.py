"""glibc's way, as it was measured, and what always holds of its candidates."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import MEASURED, compare

from kdisco.dns.resolver import Asked, Reply, lookup

NAMES = st.lists(st.sampled_from(["a", "web", "svc", "x1"]), min_size=1, max_size=6).map(".".join)


@pytest.mark.parametrize("case", MEASURED, ids=lambda case: case["title"])
def test_as_measured(case: dict[str, Any]) -> None:
    compare(case, "glibc")


@given(NAMES, st.integers(0, 7), st.lists(NAMES, max_size=4), st.booleans())
def test_every_candidate_once_and_the_name_itself(
    name: str, ndots: int, searches: list[str], absolute: bool  # noqa: FBT001 - drawn
) -> None:
    search = f"search {' '.join(searches)}\n" if searches else ""
    conf = f"{search}nameserver 10.0.0.1\noptions ndots:{ndots}\n"
    found = lookup(name + "." * absolute, conf, lambda _: Reply(rcode="NXDOMAIN"), family="inet")
    asked = [qname for qname, _, _ in found.questions]
    below = [f"{name}.{domain}." for domain in searches]
    first = name.count(".") >= ndots
    assert asked == ([f"{name}."] if absolute else [f"{name}.", *below] if first else [*below, f"{name}."])
    assert found.error == "EAI_NONAME"


def test_rotate_begins_with_another_server_each_time() -> None:
    asked: list[str] = []

    def ask(question: Asked) -> Reply:
        asked.append(question.server)
        return Reply(rcode="NXDOMAIN")

    lookup("web", "search a b\nnameserver 10.0.0.1\nnameserver 10.0.0.2\noptions rotate\n", ask, family="inet")
    assert asked == ["10.0.0.2", "10.0.0.1", "10.0.0.2"]


def test_both_questions_leave_by_one_socket_and_each_candidate_by_its_own() -> None:
    sockets: list[int] = []

    def ask(question: Asked) -> Reply:
        sockets.append(question.socket)
        return Reply(rcode="NXDOMAIN")

    lookup("web", "search a b\nnameserver 10.0.0.1\noptions ndots:2\n", ask)
    assert [sockets[0] == sockets[1], sockets[2] == sockets[3], len(set(sockets))] == [True, True, 3]
