"""Columns, ages, words, YAML, JSONPath, Go's sort: the small pieces that everything is printed with."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kdisco.console.kubectl.age import ago, date, human
from kdisco.console.kubectl.gosort import go_sorted
from kdisco.console.kubectl.jsonpath import texts
from kdisco.console.kubectl.pathreader import PathError, relaxed, template
from kdisco.console.kubectl.quantity import quantity, shown
from kdisco.console.kubectl.tabs import aligned, tabulated
from kdisco.console.kubectl.words import split
from kdisco.console.kubectl.yamltext import go_json, to_yaml

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufeff")


def test_a_column_is_a_run_of_lines_that_have_it() -> None:
    assert aligned("Name:\tx\nLong name:\ty\nEvents:\n a\tb\n ccc\td\n") == (
        "Name:       x\nLong name:  y\nEvents:\n a    b\n ccc  d\n"
    )


def test_a_table_has_room_of_three() -> None:
    assert tabulated([["NAME", "A", "AGE"], ["web", "", "1d"]]) == "NAME   A     AGE\nweb          1d\n"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (600, "10m"),
        (10799, "179m"), (10800, "3h"), (11220, "3h7m"), (28799, "7h59m"), (28800, "8h"), (172799, "47h"),
        (172800, "2d"), (180000, "2d2h"), (691200, "8d"), (63071999, "729d"), (63072000, "2y"), (69120000, "2y70d"),
        (252288000, "8y"),
    ],
)
def test_lengths_have_two_units_at_most(length: float, text: str) -> None:
    assert human(length) == text


def test_times_are_shown_as_ages_and_dates() -> None:
    assert ago(None, 0) == "<unknown>"
    assert ago("1970-01-01T00:00:10Z", 25) == "15s"
    assert date("2026-01-15T08:53:00Z") == "Thu, 15 Jan 2026 08:53:00 +0000"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("get pods -o wide", ["get", "pods", "-o", "wide"]),
        ("a 'b c' \"d \\\" e\" f\\ g ''", ["a", "b c", 'd " e', "f g", ""]),
        ('-o jsonpath={range .items[*]}{"\\t"}{end} x', ["-o", 'jsonpath={range .items[*]}{"\\t"}{end}', "x"]),
        ('-p {"spec": {"a": "}"}} y', ["-p", '{"spec": {"a": "}"}}', "y"]),
        ("a \\\n b", ["a", "b"]),
        ("echo {a", ["echo", "{a"]),
    ],
)
def test_words_are_a_shells_but_braces_hold_together(line: str, words: list[str]) -> None:
    assert split(line) == words


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(ValueError, match="No closing quotation"):
        split("get 'pods")


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(LETTERS),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(LETTERS), inner, max_size=3)))
def test_yaml_reads_back_as_it_was(value: Any) -> None:
    assert yaml.safe_load(to_yaml({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-01-15T09:00:00Z", '"2026-01-15T09:00:00Z"'), ("1034", '"1034"'), ("yes", '"yes"'), ("", '""'),
        ("10:30", '"10:30"'), ("10.96.0.1", "10.96.0.1"), ("a: b", "'a: b'"), ("=", "="), ("{}", "'{}'"),
    ],
)
def test_quotes_are_gos(value: str, text: str) -> None:
    assert to_yaml({"a": value}) == f"a: {text}\n"


def test_keys_are_in_gos_natural_order() -> None:
    keys = ["a10", "a2", "a-1", "a.b", "Z", "1", "10", "2"]
    assert to_yaml(dict.fromkeys(keys, 0)).split(": 0\n")[:-1] == ['"1"', '"2"', '"10"', "Z", "a-1", "a.b", "a2", "a10"]


def test_json_escapes_what_html_would_read() -> None:
    assert go_json({"b": "<&>", "a": [1, True, None]}) == '{"a":[1,true,null],"b":"\\u003c\\u0026\\u003e"}'


POD = {
    "metadata": {"name": "a", "labels": {"app": "x", "k8s.io/name": "y"}},
    "spec": {
        "hostNetwork": True,
        "containers": [
            {"name": "c1", "ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 443}]}, {"name": "c2"},
        ],
    },
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("{.metadata.name}", "a"), ("plain {.nosuch}text", "plain text"), ("{.spec.containers[*].name}", "c1 c2"),
        ("{.spec.containers[-1].name}", "c2"), ("{.spec.containers[0:1].name}", "c1"),
        ("{.spec.containers[0,1].name}", "c1 c2"), ("{..containerPort}", "80 443"), ("{.spec.hostNetwork}", "true"),
        ("{.metadata.labels}", '{"app":"x","k8s.io/name":"y"}'), ("{.metadata.labels['k8s\\.io/name']}", "y"),
        ('{.spec.containers[?(@.name=="c2")].name}', "c2"), ("{.spec.containers[?(@.ports)].name}", "c1"),
        ("{.spec.containers[?(@.ports[0].containerPort>79)].name}", "c1"), ("{['metadata']['name']}", "a"),
        ('{range .spec.containers[*]}{.name}{"\\n"}{end}', "c1\nc2\n"),
        ("{range .spec.containers[*]}{range .ports[*]}{.containerPort},{end};{end}", "80,443,;;"),
    ],
)
def test_jsonpath_prints_what_kubectl_prints(path: str, text: str) -> None:
    assert texts(template(path), POD) == text


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("{.a", "unclosed action"), ("{.a[}", "unterminated array"), ("{foo}", "unrecognized identifier foo"),
        ("{.spec.containers[5]}", "array index out of bounds: index 5, length 2"),
        ("{.spec.containers[x]}", "invalid array index x"), ("{end}", "not in range, nothing to end"),
        ("{#}", "unrecognized character in action: U+0023 '#'"),
    ],
)
def test_jsonpath_refuses_in_kubectls_words(path: str, problem: str) -> None:
    with pytest.raises(PathError) as caught:
        texts(template(path), POD)
    assert str(caught.value) == problem


@pytest.mark.parametrize("path", ["a.b", ".a.b", "{a.b}", "{.a.b}"])
def test_a_relaxed_path_needs_no_braces(path: str) -> None:
    assert relaxed(path) == "{.a.b}"


@given(st.lists(st.integers(0, 50), max_size=200))
def test_gos_sort_sorts(items: list[int]) -> None:
    assert go_sorted(items, lambda left, right: left < right) == sorted(items)


def test_gos_sort_is_not_stable_from_thirteen_on() -> None:
    assert go_sorted(range(12), lambda _left, _right: False) == [*range(12)]
    nothing_is_less = go_sorted([(0, n) for n in range(60)], lambda left, right: left[0] < right[0])
    assert sorted(nothing_is_less) == [(0, n) for n in range(60)]


@pytest.mark.parametrize(
    ("text", "value", "again"), [("100m", 100, "100m"), ("2", 2000, "2"), ("1.5", 1500, "1500m"), ("nosuch", 0, "0")]
)
def test_cpu_is_counted_in_thousandths(text: str, value: int, again: str) -> None:
    assert (quantity(text), shown(value, binary=False)) == (value, again)


@pytest.mark.parametrize("text", ["64Mi", "1Gi", "3Ki", "100"])
def test_memory_is_shown_in_its_largest_unit(text: str) -> None:
    assert shown(quantity(text), binary=True) == text


def test_json_of_structs_keeps_its_order() -> None:
    assert list(json.loads(go_json({"kind": 1, "apiVersion": 2}, in_order=True))) == ["kind", "apiVersion"]
