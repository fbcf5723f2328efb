"""Every question: one right choice that the model confirms, a source, and the same words in both languages."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from kdisco.course.catalogue import CHAPTERS, texts
from kdisco.course.question import Question, questions
from kdisco.course.workbook import exercises
from kdisco.language import LANGUAGES

ALL = list(questions())
CONFUSIONS = {
    1: "the selector matches no labels",
    2: "Running is not Ready",
    3: "port, targetPort, containerPort, nodePort",
    4: "a ClusterIP does not answer a ping",
    5: "a ClusterIP from the laptop",
    6: "a Pod's address from the laptop",
    7: "which node has the NodePort",
    8: "EXTERNAL-IP pending",
    9: "short names, other namespaces, who completes them",
    10: "ndots and the number of queries",
    11: "headless: addresses, and ports that nobody translates",
    12: "one connection keeps its Pod",
    13: "at random, not in turn",
    14: "port-forward does not balance",
    15: "kube-proxy carries no packets",
    16: "a Pod that calls itself through its Service",
    17: "connections lost in a rolling update",
    18: "stale UDP connections after CoreDNS moved",
    19: "Endpoints are deprecated",
    20: "ExternalName has no Endpoints; Services without selector",
    21: "the DNS itself is behind a ClusterIP",
    22: "an egress policy that forgets port 53",
    23: "names of StatefulSet Pods need serviceName",
    24: "since when nftables mode is GA",
}
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_enough_and_in_every_chapter() -> None:
    counts = Counter(each.chapter for each in ALL)
    assert len(ALL) >= 60
    assert len({each.name for each in ALL}) == len(ALL)
    assert {chapter: counts[chapter] >= 6 for chapter in CHAPTERS} == dict.fromkeys(CHAPTERS, True)


def test_every_confusion_is_asked_about() -> None:
    asked = {number for each in ALL for number in each.about}
    assert asked == CONFUSIONS.keys()
    assert {number for each in exercises() for number in each.about} <= CONFUSIONS.keys()


def test_the_right_answer_is_not_always_the_same_letter() -> None:
    counts = Counter(each.right for each in ALL)
    assert counts.keys() == {"a", "b", "c", "d"}
    assert max(counts.values()) <= len(ALL) / 2


@pytest.mark.parametrize("question", ALL, ids=lambda each: each.name)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_has_its_words(question: Question, lang: str) -> None:
    words, choices = question.words(lang), question.choices(lang)
    assert len(choices) >= 3
    assert len(set(choices.values())) == len(choices), "no choice stands twice"
    assert question.right in choices
    assert words.keys() == {"question", "clue", "why", *choices}
    assert all(isinstance(text, str) and text.strip() for text in words.values())
    if lang == "zh":
        assert all(HAN.search(words[key]) for key in ("question", "clue", "why"))


@pytest.mark.parametrize("question", ALL, ids=lambda each: each.name)
def test_a_question_names_its_source(question: Question) -> None:
    assert re.fullmatch(r"https://[\w.-]+/[^\s]*", question.source)


@pytest.mark.parametrize("question", [each for each in ALL if each.truth], ids=lambda each: each.name)
def test_the_model_gives_the_right_answer(question: Question) -> None:
    assert question.truth is not None
    assert question.truth() == question.right


def test_most_answers_can_be_shown_on_the_model() -> None:
    told = {each.name for each in ALL if each.truth is None}
    assert told == {"00/where-truth", "01/containers", "03/registry", "06/nftables", "07/port-forward", "08/first-look",
                    "09/real-kubectl"}  # fmt: skip


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_words_without_a_question(chapter: str) -> None:
    names = {each.name.partition("/")[2] for each in questions(chapter)}
    for lang in LANGUAGES:
        assert texts(chapter, lang)["quiz"].keys() == names
