"""English text that knows its words: a text as any other, and the same in Chinese."""

# ruff: noqa: RUF001 - Chinese has its own punctuation

from __future__ import annotations

import copy
import json
import pickle
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco import Cluster, KdiscoError, set_language
from kdisco.errors import NotFound, UsageError
from kdisco.examples import ARTICLE
from kdisco.phrase import Phrase, complaint, joined, said
from kdisco.store.events import StagePassed
from kdisco.table import Bold, columns, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = Phrase("no route to {ip}", ip="10.0.0.1")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    set_language("en")


def test_it_is_the_english_text_and_behaves_as_one() -> None:
    plain = "no route to 10.0.0.1"
    assert isinstance(WORDS, str)
    assert plain == WORDS
    assert {plain: 1}[WORDS] == 1
    assert repr(WORDS) == repr(plain)
    assert f"{WORDS}!" == plain + "!"
    assert json.dumps({"why": WORDS}) == json.dumps({"why": plain})
    assert type(str(WORDS)) is str


def test_it_is_said_in_chinese_where_that_is_asked_for_or_set() -> None:
    assert said(WORDS) == "no route to 10.0.0.1"
    assert said(WORDS, "zh") == "没有到 10.0.0.1 的路由"
    set_language("zh")
    assert said(WORDS) == "没有到 10.0.0.1 的路由"
    assert said(WORDS, "en") == WORDS
    assert str(WORDS) == "no route to 10.0.0.1", "the text itself stays as it is"
    with pytest.raises(KdiscoError, match="'fr' is not one of"):
        said(WORDS, "fr")


def test_what_is_no_phrase_stays_as_it_is() -> None:
    for quoted in ("nf_conntrack: table full, dropping packet", "", None, 3):
        assert said(quoted, "zh") is quoted


def test_a_template_without_a_translation_stays_english() -> None:
    assert said(Phrase("nobody wrote {what} down", what="this"), "zh") == "nobody wrote this down"


def test_values_may_be_phrases_and_numbers_keep_their_form() -> None:
    outer = Phrase("{why}, at {where}", why=WORDS, where="node/node-1")
    assert outer == "no route to 10.0.0.1, at node/node-1"
    assert said(outer, "zh") == "没有到 10.0.0.1 的路由，位置 node/node-1"
    ended = Phrase("{found} after {count} questions, {seconds:g} s", found="1.2.3.4", count=4, seconds=0.5)
    assert (ended, said(ended, "zh")) == ("1.2.3.4 after 4 questions, 0.5 s", "1.2.3.4，4 个问题，0.5 秒")


def test_other_values_are_taken_by_their_texts_when_it_is_made() -> None:
    listed = ["a"]
    words = Phrase("there is {names}", names=listed)
    listed.append("b")
    assert said(words, "zh") == "有 ['a']"


def test_phrases_in_a_row() -> None:
    row = joined("; ", [WORDS, "KUBE-SVC-X", Phrase("a Pod")])
    assert row == "no route to 10.0.0.1; KUBE-SVC-X; a Pod"
    assert said(row, "zh") == "没有到 10.0.0.1 的路由；KUBE-SVC-X；Pod"
    assert type(joined(", ", ["a", "b"])) is str


def test_copies_know_their_words_too() -> None:
    for each in (WORDS, joined("; ", [WORDS, "x"])):
        for other in (pickle.loads(pickle.dumps(each)), copy.deepcopy(each)):  # noqa: S301 - our own
            assert other == each
            assert said(other, "zh") == said(each, "zh")


def test_made_late_it_is_the_same() -> None:
    assert partial(Phrase, "no route to {ip}", ip="10.0.0.1")() == WORDS


@given(st.dictionaries(st.sampled_from("abc"), st.text(), min_size=1))
def test_values_may_hold_anything(values: dict[str, str]) -> None:
    template = "".join(f"<{{{name}}}>" for name in values)
    assert said(Phrase(template, **values), "zh") == "".join(f"<{value}>" for value in values.values())


def test_errors_of_our_own_are_said_those_of_others_quoted() -> None:
    assert complaint(UsageError(WORDS), "zh") == "没有到 10.0.0.1 的路由"
    quoted = NotFound('pods "x" not found')
    assert complaint(quoted, "zh") == 'Error from server (NotFound): pods "x" not found'
    assert complaint(UsageError(), "zh") == ""
    set_language("zh")
    assert UsageError(WORDS)._render_traceback_() == ["没有到 10.0.0.1 的路由"]


def test_tables_speak_the_language_too() -> None:
    made = table("x", Phrase("rules"), (Phrase("node"), "TTL"), [("node-1", Bold(WORDS))], "zh")
    assert "<caption>规则</caption>" in made
    assert ">节点<" in made
    assert ">TTL<" in made
    assert "<strong>没有到 10.0.0.1 的路由</strong>" in made
    assert columns([(Phrase("node"), "x")], "zh") == ["节点  x"]


def test_a_saved_cluster_holds_plain_text_and_speaks_chinese_when_it_is_loaded(tmp_path: Path) -> None:
    cluster = Cluster(nodes=1)
    cluster.apply(ARTICLE)
    cluster.save(tmp_path / "saved.json")
    loaded = Cluster.load(tmp_path / "saved.json")
    assert loaded.state == cluster.state
    notes = [fact.note for fact in loaded.history.facts() if isinstance(fact, StagePassed)]
    assert notes == [fact.note for fact in cluster.history.facts() if isinstance(fact, StagePassed)]
    assert said(notes[-1], "zh").startswith("将通知 ")


def test_columns_of_chinese_are_as_wide_as_they_look() -> None:
    assert columns([("源", "x"), ("from", "y")]) == ["源    x", "from  y"]
