"""Texts as HTML: what is meant as markup is, and nothing else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from kdisco.course.prose import html

ALLOWED = re.compile(r'</?(p|ul|li|code|em|strong|pre)>|<a href="https://[^"<>\s]*">|</a>')


def test_what_the_course_needs() -> None:
    assert html("Is `a<b` **so**?") == "<p>Is <code>a&lt;b</code> <strong>so</strong>?</p>"
    text = "One.\n\n- a\n- b\n\n    x: 1\n      y"
    assert html(text) == "<p>One.</p><ul><li>a</li><li>b</li></ul><pre>x: 1\n  y</pre>"
    assert html("See https://kubernetes.io/docs/.") == (
        '<p>See <a href="https://kubernetes.io/docs/">https://kubernetes.io/docs/</a>.</p>'
    )


@given(st.text(alphabet="ab<>&\"'`*- \n:/htps.", max_size=80))
def test_nothing_else_ever_becomes_markup(text: str) -> None:
    assert not re.search(r"[<>]", ALLOWED.sub("", html(text)))


def test_single_stars_stress_words_and_multiply_numbers() -> None:
    assert html("*timed out* or `a * b * c`, 2 * 3 * 4") == (
        "<p><em>timed out</em> or <code>a * b * c</code>, 2 * 3 * 4</p>"
    )
