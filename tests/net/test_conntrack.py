"""Connections remembered: both directions, until they expire."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.conntrack import TIMEOUTS, Conntrack, Entry
from kdisco.net.nft_traverse import NftTraverse
from kdisco.net.packet import Packet
from kdisco.net.traverse import Traverse

if TYPE_CHECKING:
    from collections.abc import Iterable

ASK = Packet("10.61.0.50", 40000, "10.111.4.20", 80)
SENT = Packet("10.61.0.0", 40001, "10.61.1.5", 8080)
ENTRY = Entry.of(ASK, SENT, now=100.0)


def test_both_directions_are_rewritten() -> None:
    assert ENTRY.rewritten
    assert ENTRY.rewrite(ASK) == SENT
    assert ENTRY.rewrite(SENT.answer) == ASK.answer


def test_lines_are_those_of_conntrack() -> None:
    ends = "src=10.61.0.50 dst=10.111.4.20 sport=40000 dport=80"
    back = "src=10.61.1.5 dst=10.61.0.0 sport=8080 dport=40001"
    assert ENTRY.line(100.0) == f"tcp      6 120 SYN_SENT {ends} [UNREPLIED] {back} mark=0 use=1"
    known = ENTRY.seen(SENT.answer, 101.0)
    assert known.line(101.0) == f"tcp      6 86400 ESTABLISHED {ends} {back} [ASSURED] mark=0 use=1"
    table = Conntrack().track(ENTRY).track(known)
    assert table.lines(101.0) == (known.line(101.0),)


def test_an_entry_is_found_until_it_expires_or_is_over() -> None:
    table = Conntrack().track(ENTRY)
    assert table.at(ASK) is ENTRY
    assert table.at(SENT.answer) is ENTRY
    assert table.at(SENT) is None
    assert (ENTRY.ended(219.0), ENTRY.ended(220.0)) == (False, True)
    known = ENTRY.seen(SENT.answer, 101.0)
    assert (known.ended(102.0), known.closed(102.0).ended(102.0)) == (False, True)
    assert table.forget(ENTRY) == Conntrack()


def test_a_reset_ends_a_connection_and_of_one_never_made_nothing_is_left() -> None:
    assert ENTRY.aborted(101.0) is None
    over = ENTRY.seen(SENT.answer, 101.0).aborted(102.0)
    assert over is not None
    assert (over.state, over.expires) == ("CLOSE", 112.0)


def test_a_full_table_makes_room_by_what_has_expired_or_is_not_assured() -> None:
    table = Conntrack().track(ENTRY)
    assert table.room(2, 100.0) is table
    assert table.room(1, 100.0) == Conntrack()
    assert Conntrack().track(ENTRY.seen(SENT.answer, 101.0)).room(1, 101.0) is None


def test_a_table_never_changes() -> None:
    table = Conntrack()
    table.track(ENTRY)
    table.noted("KUBE-SEP-X", 1, 5.0, 100)
    assert table == Conntrack()


def test_a_source_is_lately_for_so_many_seconds() -> None:
    table = Conntrack().noted("KUBE-SEP-X", 7, 50.0, 100)
    assert table.lately("KUBE-SEP-X", 7, 150.0, 100)
    assert not table.lately("KUBE-SEP-X", 7, 150.1, 100)
    assert not table.lately("KUBE-SEP-X", 8, 50.0, 100)


def on_the_list(sources: Iterable[int]) -> set[int]:
    """Who stands on an xt_recent list after these sources came, all at once."""
    table = Conntrack()
    for source in sources:
        table = table.noted("KUBE-SEP-X", source, 5.0, Traverse.remembers)
    return {source for (_, source), _ in table.recent.items()}


def test_a_full_list_forgets_who_was_longest_not_seen() -> None:
    assert on_the_list(range(100)) == {*range(100)}
    assert on_the_list([*range(100), 0, 100]) == {0, *range(2, 101)}
    assert NftTraverse.remembers > 60_000


@pytest.mark.root
def test_the_kernels_list_forgets_the_same() -> None:
    """Datagrams to a port where somebody listens, so that no ICMP message puts another address on the list."""
    came = [*range(1, 101), 1, 101, 102]
    script = f"""
import socket, subprocess
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["iptables", "-A", "OUTPUT", "-m", "recent", "--name", "L", "--set"], check=True)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hearing:
    hearing.bind(("127.0.0.200", 9))
    for number in {came}:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind((f"127.0.0.{{number}}", 0))
            asking.sendto(b"?", ("127.0.0.200", 9))
print(open("/proc/net/xt_recent/L").read())
"""
    done = subprocess.run(["unshare", "-n", sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found = {int(each) for each in re.findall(r"src=127\.0\.0\.(\d+) ", done.stdout)}
    assert found == on_the_list(came) == {1, *range(4, 103)}


def test_snat_takes_another_port_when_the_answer_would_be_anothers() -> None:
    table = Conntrack().track(ENTRY)
    assert table.free_port(SENT, 100.0, lambda: 5).sport == 1029
    assert table.free_port(ASK, 100.0, lambda: 5) == ASK


def test_how_long_an_entry_is_kept() -> None:
    usual = {key: seconds for key, seconds in TIMEOUTS.items() if key[0] != "sctp"}
    assert usual == {
        ("tcp", "SYN_SENT"): 120,
        ("tcp", "ESTABLISHED"): 86400,
        ("tcp", "TIME_WAIT"): 120,
        ("tcp", "CLOSE"): 10,
        ("udp", ""): 30,
        ("icmp", ""): 30,
    }


def udp(*when: float) -> Entry:
    """A UDP exchange: a question and its answer at each time."""
    ask = evolve(ASK, protocol="udp", dport=53)
    sent = evolve(SENT, protocol="udp", dport=53)
    entry = Entry.of(ask, sent, when[0]).seen(sent.answer, when[0])
    for now in when[1:]:
        entry = entry.seen(ask, now).seen(sent.answer, now)
    return entry


def test_udp_is_kept_longer_when_it_goes_on() -> None:
    once, soon, long = udp(100.0), udp(100.0, 101.9), udp(100.0, 102.1)
    assert [(entry.expires, entry.assured) for entry in (once, soon, long)] == [
        (130.0, False),
        (131.9, False),
        (222.1, True),
    ]
    assert [entry.last for entry in (once, soon, long)] == [100.0, 101.9, 102.1]


def test_a_question_without_an_answer_is_kept_from_the_last_one_on() -> None:
    again = ENTRY.seen(ASK, 150.0)
    assert (again.state, again.replied, again.expires) == ("SYN_SENT", False, 270.0)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=12))
def test_a_table_holds_each_connection_in_both_directions_or_not_at_all(steps: list[tuple[int, int]]) -> None:
    table = Conntrack()
    noted: dict[Packet, Entry] = {}
    for host, server in steps:
        asked = Packet(f"10.61.0.{host}", 40000, "10.111.4.20", 80)
        if not server:
            if (gone := noted.pop(asked, None)) is not None:
                table = table.forget(gone)
            continue
        left = Packet(f"10.61.9.{host}", 40000, f"10.61.1.{server}", 8080)
        noted[asked] = Entry.of(asked, left, 100.0)
        table = table.track(noted[asked])
    assert sorted(map(str, table.living(100.0))) == sorted(map(str, noted.values()))
    assert len(table.entries) == 2 * len(noted)
    for entry in noted.values():
        assert table.at(entry.rewrite(Packet(*entry.original[1:], entry.protocol)).answer) is entry


def test_a_port_is_free_again_when_its_connection_has_expired() -> None:
    table = Conntrack().track(ENTRY)
    assert table.free_port(SENT, ENTRY.expires, lambda: 5) == SENT


def test_when_all_tries_fail_the_last_port_is_taken() -> None:
    table = Conntrack().track(ENTRY).track(Entry.of(evolve(ASK, sport=1), evolve(SENT, sport=1029), 100.0))
    assert table.free_port(SENT, 100.0, lambda: 5).sport == 1029


def made(sport: int, to: tuple[str, int], left: tuple[str, int], name: str = "tcp", by: str = "10.61.0.50") -> Entry:
    """A connection of the client of ``connections.sh`` at second 0."""
    return Entry.of(Packet("10.61.0.50", sport, *to, name), Packet(by, sport, *left, name), 0.0)


def answered(entry: Entry, *when: float) -> Entry:
    """The same with answers."""
    for now in when or (0.0,):
        entry = entry.seen(Packet(*entry.reply[1:], entry.protocol), now)
    return entry


VIP, WEB = ("10.111.4.20", 80), ("10.61.1.5", 8080)
DNS = (("10.111.4.20", 53), ("10.61.1.5", 5353), "udp")
MADE = {  # what connections.sh makes, and the same in the model
    "open": answered(made(40001, VIP, WEB)),
    "closed": answered(made(40002, VIP, WEB)).closed(0.0),
    "reset": answered(made(40003, VIP, WEB)).aborted(0.0),
    "masqueraded": answered(made(40004, VIP, WEB, by="10.61.1.1")),
    "unanswered": made(40005, ("10.61.1.5", 9), ("10.61.1.5", 9)),
    "refused": made(40006, ("10.61.1.5", 7), ("10.61.1.5", 7)).aborted(0.0),
    "UDP": answered(made(40010, *DNS)),
    "UDP unanswered": made(40011, *DNS),
    "UDP that goes on": answered(made(40012, *DNS), 0.0, 2.5),
    "a ping": answered(made(77, ("10.61.1.5", 0), ("10.61.1.5", 0), "icmp")),
}
LEFT = re.compile(r"^(\w+ +\d+) (\d+) ")


@pytest.mark.root
@pytest.mark.peer("conntrack", "nsenter", "python3", "ss")
def test_lines_are_those_of_a_real_kernel() -> None:
    script = str(Path(__file__).with_name("connections.sh"))
    ran = subprocess.run(["unshare", "-n", "sh", script], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    real = {LEFT.sub(r"\1 ", line): LEFT.match(line) for line in map(str.strip, ran.stdout.splitlines())}
    model = {LEFT.sub(r"\1 ", line): LEFT.match(line) for line in (e.line(e.last) for e in MADE.values() if e)}
    assert sorted(real) == sorted(model)
    for line, found in real.items():
        seconds, most = found, model[line]
        assert seconds is not None
        assert most is not None
        assert int(most[2]) - 3 <= int(seconds[2]) <= int(most[2]), line
