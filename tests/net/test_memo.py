"""Results remembered by identity."""

from __future__ import annotations

from kdisco.net.memo import Memo


def test_the_same_objects_give_the_same_result() -> None:
    memo: Memo[list[int]] = Memo(2)
    one, other = [1], [1]
    first = memo.get((one,), ("a",), lambda: [0])
    assert memo.get((one,), ("a",), lambda: [0]) is first
    assert memo.get((other,), ("a",), lambda: [0]) is not first
    assert memo.get((one,), ("b",), lambda: [0]) is not first


def test_the_oldest_goes_first() -> None:
    memo: Memo[list[int]] = Memo(2)
    keys = [object(), object(), object()]
    made = [memo.get((key,), (), lambda: [0]) for key in keys]
    assert memo.get((keys[2],), (), lambda: [0]) is made[2]
    assert memo.get((keys[0],), (), lambda: [0]) is not made[0]
