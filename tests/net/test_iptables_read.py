"""The reader of iptables texts: what was printed comes back as the same values, and a real kernel takes it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proxy_scenes import FLAGS, changes, clusters, manifests

from kdisco.errors import UsageError
from kdisco.net.fates import ruleset
from kdisco.net.iptables_read import Tables, normal, read
from kdisco.net.ruleset import Ruleset
from kdisco.net.text import rules, sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.rule import Place, Rule
    from kdisco.store.state import State

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filled(tables: Tables) -> dict[Place, tuple[Rule, ...]]:
    """The chains that have rules."""
    return {place: listed for place, listed in tables.chains.items() if listed}


@given(clusters(), FLAGS, st.sampled_from((4, 6)))
def test_what_is_printed_is_read_back(
    build: Callable[..., State], services: Any, flags: dict[str, Any], family: int
) -> None:
    state = build(manifests(services), **flags)
    found = ruleset(state, "alder", family)
    assert isinstance(found, Ruleset)
    text, chains = rules(state, "alder", family=family), dict(found.chains())
    fed, printed = read(text.jumps, text.restore, family=family), read(text.save, family=family)
    assert filled(fed) == chains
    assert filled(printed) == {place: tuple(map(normal, listed)) for place, listed in chains.items()}
    assert set(fed.chains) == set(printed.chains)


@given(changes(), FLAGS, st.sampled_from((4, 6)))
def test_a_sync_leads_to_what_a_full_one_writes(
    build: Callable[..., State], texts: tuple[str, str], flags: dict[str, Any], family: int
) -> None:
    before, after = (build(text, **flags) for text in texts)
    first, last = (rules(state, "alder", family=family) for state in (before, after))
    partial = sync(before, after, "alder", family=family)
    stepwise = read(first.jumps, first.restore, partial.restore, family=family)
    assert stepwise == read(last.jumps, last.restore, family=family)
    assert not partial.full
    again = sync(after, after, "alder", family=family)
    assert (again.restore, again.services) == ("", ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*nat\n-A NOWHERE -j ACCEPT\n", "line 2 failed: No chain/target/match by that name"),
        ("*nat\n-A OUTPUT -j NOWHERE\nCOMMIT\n", "line 3 failed: there is no chain NOWHERE in table nat"),
        ("*nat\n:A - [0:0]\n-A A -j RETURN\n-X A\n", "line 4 failed: Directory not empty"),
        ("*nat\n-A OUTPUT -m ttl --ttl-eq 3\n", "line 2 failed: what it says is not known here"),
        ("*nat\n-A OUTPUT -m statistic --mode nth --every 3\n", "only statistic --mode random is known"),
        ("*nat\n-A OUTPUT -m addrtype --dst-type UNICAST\n", "only addrtype --dst-type LOCAL is known"),
        ("*nat\n-A OUTPUT -j MASQUERADE\n", "only MASQUERADE --random-fully is known"),
        ("*security\n", "line 1 failed: what it says is not known here"),
        ("*nat\n-R OUTPUT 1 -j ACCEPT\n", "line 2 failed"),
        ("*nat\n-A OUTPUT -j DNAT --to 10.0.0.1:80\n", "line 2 failed"),
        ("*nat\n-A OUTPUT -p\n", "line 2 failed"),
        ("*nat\n-A OUTPUT -j REJECT --reject-with tcp-reset\n", "line 2 failed"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(text)


def test_counts_and_remarks_are_read_too() -> None:
    rows = ("# remark", "*filter", ":INPUT ACCEPT [0:0]", ":A - [0:0]", "[3:180] -A INPUT -j A", "-I INPUT -j DROP")
    found = read("\n".join(rows))
    place = ("filter", "INPUT")
    assert [rule.restored() for rule in found.chains[place]] == ["-A INPUT -j DROP", "-A INPUT -j A"]
    assert found.counts[place] == ((0, 0), (3, 180))


def kernel(script: str) -> str:
    """What a script prints in a network namespace of its own."""
    text = f"set -e\n{script}"
    done = subprocess.run(["unshare", "-n", "sh"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return "".join(f"{line}\n" for line in done.stdout.splitlines() if not line.startswith("#"))


def fed(tool: str, *texts: str) -> str:
    """Lines of a shell that feed texts to iptables-restore, after it was asked whether it would take each."""
    with_options = f"{tool}-restore --noflush --counters"
    return "".join(f"{with_options}{test} <<'END'\n{text}END\n" for text in texts for test in (" --test", ""))


@pytest.mark.root
@FEW
@given(changes(), FLAGS, st.sampled_from((4, 6)))
def test_a_kernel_takes_every_text_and_ends_at_the_same(
    build: Callable[..., State], texts: tuple[str, str], flags: dict[str, Any], family: int
) -> None:
    before, after = (build(text, **flags) for text in texts)
    first, last = (rules(state, "alder", family=family) for state in (before, after))
    partial = sync(before, after, "alder", family=family).restore
    tool = "iptables" if family == 4 else "ip6tables"
    whole = kernel(fed(tool, last.jumps, last.restore) + f"{tool}-save\n")
    stepwise = kernel(fed(tool, first.jumps, first.restore, *([partial] if partial else [])) + f"{tool}-save\n")
    assert stepwise == whole == last.save
