"""The course's words, English and Chinese: one YAML file a chapter and language, the same keys in both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from kdisco.language import language

__all__ = ["CHAPTERS", "common", "texts"]

CHAPTERS = {
    "00": "00-welcome",
    "01": "01-pod-network",
    "02": "02-service",
    "03": "03-registration",
    "04": "04-endpoints",
    "05": "05-discovery",
    "06": "06-kernel-dnat",
    "07": "07-whole-journey",
    "08": "08-broken-services",
    "09": "09-your-own-cluster",
}
"""The chapters of the course: number and notebook."""


@cache
def texts(name: str, lang: str) -> Mapping[str, Any]:
    """The words of one chapter (``04``), or those that all share (``common``)."""
    text = files("kdisco.course").joinpath("texts", lang, f"{name}.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe, one is fast
    return loaded


def common(lang: str | None = None) -> Mapping[str, str]:
    """The words that belong to no chapter: of buttons, verdicts and judges."""
    return texts("common", language(lang))
