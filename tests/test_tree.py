"""The tree is a sorted dict that never changes and shares what it can."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kdisco.tree import WIDTH, Node, Tree

KEYS = st.integers(0, 400)
PAIRS = st.dictionaries(KEYS, st.integers(), max_size=400)


def nodes(tree: Tree[int, int]) -> set[int]:
    """The identities of all nodes of a tree."""
    found, level = set(), [tree._root]
    for _ in range(tree._height):
        found |= {id(node) for node in level}
        level = [child for node in level for child in node[1]]
    return found | {id(node) for node in level}


def sound(node: Node, height: int, *, root: bool = True) -> None:
    """What must hold of every node: sorted, as many values as keys, heads tell the truth, no empty child."""
    keys, values = node
    assert list(keys) == sorted(set(keys))
    assert len(keys) == len(values) <= WIDTH
    assert root or keys
    if height:
        assert all(key <= child[0][0] for key, child in zip(keys, values, strict=True))
        assert all(child[0][-1] < key for child, key in zip(values, keys[1:], strict=False) if height == 1)
        for child in values:
            sound(child, height - 1, root=False)


class TreeIsASortedDict(RuleBasedStateMachine):
    """Any order of changes leaves a tree equal to a dict, and every earlier tree as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.tree: Tree[int, int] = Tree()
        self.dict: dict[int, int] = {}
        self.past: list[tuple[Tree[int, int], dict[int, int]]] = []

    @initialize(pairs=PAIRS)
    def load(self, pairs: dict[int, int]) -> None:
        """Begin with many entries at once."""
        self.tree, self.dict = Tree.of(pairs.items()), dict(pairs)

    @rule(key=KEYS, value=st.integers())
    def put(self, key: int, value: int) -> None:
        """Set one key."""
        self.past.append((self.tree, dict(self.dict)))
        self.tree = self.tree.set(key, value)
        self.dict[key] = value

    @rule(low=KEYS, count=st.integers(1, 120))
    def put_many(self, low: int, count: int) -> None:
        """Set a run of keys: leaves split."""
        for key in range(low, low + count):
            self.put(key, -key)

    @rule(key=KEYS)
    def drop(self, key: int) -> None:
        """Delete one key, there or not."""
        self.past.append((self.tree, dict(self.dict)))
        self.tree = self.tree.delete(key)
        self.dict.pop(key, None)

    @rule(low=KEYS, count=st.integers(1, 120))
    def drop_many(self, low: int, count: int) -> None:
        """Delete a run of keys: leaves empty."""
        for key in range(low, low + count):
            self.drop(key)

    @rule(low=st.none() | KEYS, high=st.none() | KEYS)
    def look_at_a_range(self, low: int | None, high: int | None) -> None:
        """Any range, open or not."""
        inside = [key for key in sorted(self.dict) if (low is None or key >= low) and (high is None or key < high)]
        assert list(self.tree.range(low, high)) == [(key, self.dict[key]) for key in inside]

    @invariant()
    def same_as_the_dict(self) -> None:
        """What must always hold."""
        assert list(self.tree.items()) == sorted(self.dict.items())
        assert list(self.tree) == sorted(self.dict)
        assert list(self.tree.values()) == [self.dict[key] for key in sorted(self.dict)]
        assert len(self.tree) == len(self.dict)
        assert self.tree.first() == min(self.dict.items(), default=None)
        sound(self.tree._root, self.tree._height)

    def teardown(self) -> None:
        """No tree of the past has changed."""
        for tree, was in self.past[::17]:
            assert dict(tree.items()) == was


TestTreeIsASortedDict = TreeIsASortedDict.TestCase
TestTreeIsASortedDict.settings = settings(max_examples=40, stateful_step_count=25)


@given(PAIRS, KEYS)
def test_get_and_contains_agree_with_a_dict(pairs: dict[int, int], key: int) -> None:
    tree = Tree.of(pairs.items())
    assert tree.get(key) == pairs.get(key)
    assert tree.get(key, "none") == pairs.get(key, "none")
    assert (key in tree) == (key in pairs)


@given(PAIRS, PAIRS)
def test_diff_is_what_changed(before: dict[int, int], after: dict[int, int]) -> None:
    old, new = Tree.of(before.items()), Tree.of(after.items())
    changed = {key: (a, b) for key, a, b in old.diff(new) if a != b}
    both = {key: (before.get(key), after.get(key)) for key in before.keys() | after.keys()}
    assert changed == {key: (a, b) for key, (a, b) in both.items() if a != b}


@given(PAIRS, st.lists(KEYS, max_size=60), st.lists(KEYS, max_size=60))
def test_diff_leads_from_one_tree_to_its_descendant(pairs: dict[int, int], puts: list[int], drops: list[int]) -> None:
    old: Tree[int, object] = Tree.of(pairs.items())
    new = old
    for key in puts:
        new = new.set(key, object())
    for key in drops:
        new = new.delete(key)
    replayed = old
    for key, _, after in old.diff(new):
        replayed = replayed.delete(key) if after is None else replayed.set(key, after)
    assert replayed == new
    assert [key for key, _, _ in old.diff(new)] == sorted({key for key, _, _ in old.diff(new)})


@given(PAIRS)
def test_a_bulk_load_equals_single_sets(pairs: dict[int, int]) -> None:
    grown: Tree[int, int] = Tree()
    for key, value in pairs.items():
        grown = grown.set(key, value)
    assert Tree.of(pairs.items()) == grown


def test_of_equal_keys_the_last_wins() -> None:
    assert list(Tree.of([(1, "a"), (0, "b"), (1, "c")]).items()) == [(0, "b"), (1, "c")]


def test_neighbours_share_all_but_one_path() -> None:
    old = Tree.of((key, key) for key in range(50_000))
    new = old.set(31_234, -1)
    assert len(nodes(new) - nodes(old)) == old._height + 1
    assert [change[0] for change in old.diff(new)] == [31_234]


def test_what_changes_nothing_gives_the_same_tree() -> None:
    value = object()
    tree = Tree.of([(1, value)])
    assert tree.set(1, value) is tree
    assert tree.delete(2) is tree
    assert not list(tree.diff(tree))


def test_emptied_it_is_the_empty_tree_again() -> None:
    tree = Tree.of((key, key) for key in range(5000))
    for key in range(5000):
        tree = tree.delete(key)
    assert (len(tree), tree._height, list(tree), tree.first()) == (0, 0, [], None)
    assert tree == Tree()


def test_deleting_keeps_it_shallow() -> None:
    tree = Tree.of((key, key) for key in range(50_000))
    for key in range(50_000):
        if key % 100:
            tree = tree.delete(key)
    assert len(tree) == 500
    assert len(nodes(tree)) < 250


def test_none_may_be_a_value() -> None:
    tree = Tree.of([(("ns", "a"), None)])
    assert ("ns", "a") in tree
    assert tree[("ns", "a")] is None
    assert tree.get(("ns", "a"), 1) is None


def test_a_missing_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Tree.of([(1, 2)])[3]


def test_it_prints_itself_and_is_no_dict_key() -> None:
    assert repr(Tree.of([(2, "b"), (1, "a")])) == "Tree({1: 'a', 2: 'b'})"
    assert Tree.of([(1, 2)]) != {1: 2}
    with pytest.raises(TypeError):
        hash(Tree())
