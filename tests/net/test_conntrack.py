"""Connections remembered: both directions, until they expire."""

from __future__ import annotations

from kdisco.net.conntrack import Conntrack, Entry
from kdisco.net.packet import Packet

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
    assert known.line(101.0) == f"tcp      6 432000 ESTABLISHED {ends} {back} [ASSURED] mark=0 use=1"
    table = Conntrack().track(ENTRY).track(known)
    assert table.lines(101.0) == (known.line(101.0),)


def test_an_entry_is_found_until_it_expires_or_is_over() -> None:
    table = Conntrack().track(ENTRY)
    assert table.find(ASK, 219.0) is ENTRY
    assert table.find(SENT.answer, 100.0) is ENTRY
    assert table.find(ASK, 220.0) is None
    assert table.find(SENT, 100.0) is None
    known = ENTRY.seen(SENT.answer, 101.0)
    assert table.track(known.closed(102.0)).find(ASK, 102.0) is None
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
    table.noted("KUBE-SEP-X", 1, 5.0)
    assert table == Conntrack()


def test_a_source_is_lately_for_so_many_seconds() -> None:
    table = Conntrack().noted("KUBE-SEP-X", 7, 50.0)
    assert table.lately("KUBE-SEP-X", 7, 150.0, 100)
    assert not table.lately("KUBE-SEP-X", 7, 150.1, 100)
    assert not table.lately("KUBE-SEP-X", 8, 50.0, 100)


def test_snat_takes_another_port_when_the_answer_would_be_anothers() -> None:
    table = Conntrack().track(ENTRY)
    assert table.free_port(SENT, 100.0, lambda: 5).sport == 1029
    assert table.free_port(ASK, 100.0, lambda: 5) == ASK
