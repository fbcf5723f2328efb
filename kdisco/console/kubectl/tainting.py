"""The taints that a command line asks for: ``key=value:effect``, ``key:effect``, ``key:effect-``, ``key-``.

Upstream: kubectl pkg/cmd/taint/utils.go, apimachinery pkg/util/validation (qualified names, label values).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.call import refuse, wrong_usage
from kdisco.errors import UsageError
from kdisco.store.validate.names import LABEL_VALUE, qualified_name

__all__ = ["taint_updates"]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def taint_updates(words: Sequence[str]) -> list[dict[str, Any]]:
    """Key, value and effect of each, and whether it is to go; raises UsageError."""
    updates = [_update(word) for word in words]
    added: dict[tuple[str, str], dict[str, Any]] = {}
    for update in (each for each in updates if not each["gone"]):
        place = (update["key"], update["effect"])
        if place in added:
            text = f"{{{update['key']} {update['value']} {update['effect']} <nil>}}"
            msg = f"duplicated taints with the same key and effect: {text}"
            raise wrong_usage(msg, "taint")
        added[place] = update
    both = [
        f"{update['key']}={update['effect']}" for key, effect in added for update in updates
        if update["gone"] and key == update["key"] and update["effect"] in ("", effect)
    ]
    if both:
        what = "taint(s) in the same command"
        msg = f"can not both modify and remove the following {what}: {', '.join(both)}"
        raise refuse(msg)
    return updates


def _update(word: str) -> dict[str, Any]:
    gone, text = word.endswith("-"), word.removesuffix("-")
    place, sign, effect = text.partition(":")
    key, equal, value = place.partition("=") if sign else (place, "", "")
    if ":" in effect or "=" in value:
        raise _invalid(text, ())
    if sign and effect not in EFFECTS:
        msg = f"invalid taint effect: {effect}, unsupported taint effect"
        raise wrong_usage(msg, "taint")
    if equal and (problems := tuple(LABEL_VALUE.problems(value))):
        raise _invalid(text, problems)
    if problems := tuple(qualified_name(key)):
        raise _invalid(text, problems)
    if not gone and not sign:
        raise _invalid(text, ())
    return {"key": key, "value": value, "effect": effect, "gone": gone}


def _invalid(text: str, problems: Sequence[str]) -> UsageError:
    why = f", {'; '.join(problems)}" if problems else ""
    return wrong_usage(f"invalid taint spec: {text}{why}", "taint")
